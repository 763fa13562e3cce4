// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// A cluster's objects as `kubectl get` prints them.
///
/// Source of columns and cells: Kubernetes v1.36, pkg/printers/internalversion/printers.go; of the layout: cli-runtime's
/// tabwriter (columns at least 6 wide, padded by 3 blanks, the last one not).
public struct KubectlTable: Sendable {
  /// A kind of object that can be listed.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case services
    case endpoints
    case endpointslices
    case pods
    case nodes
    case deployments

    /// The kind that a word on the command line stands for: plural, singular or short name; nil for none.
    public init?(word: String) {
      switch word.lowercased() {
      case "services", "service", "svc": self = .services
      case "endpoints", "ep": self = .endpoints
      case "endpointslices", "endpointslice": self = .endpointslices
      case "pods", "pod", "po": self = .pods
      case "nodes", "node", "no": self = .nodes
      case "deployments", "deployment", "deploy": self = .deployments
      default: return nil
      }
    }

    /// The kinds of a list with commas, each once; `all` is every kind of the namespace that kubectl means by it.
    public static func list(_ words: String) throws(UsageProblem) -> [Kind] {
      var kinds: [Kind] = []
      for word in words.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
        if word == "all" {
          kinds += [.pods, .services, .deployments].filter { !kinds.contains($0) }
        } else if let kind = Kind(word: word) {
          if !kinds.contains(kind) { kinds.append(kind) }
        } else {
          let known = allCases.map(\.rawValue)
          let nearest = NearestName.find(word, among: known).map { "; did you mean '\($0)'?" } ?? ""
          throw UsageProblem("'\(word)' cannot be listed\(nearest): \(known.joined(separator: ", "))")
        }
      }
      return kinds
    }

    /// Whether its objects are in namespaces.
    public var isNamespaced: Bool { self != .nodes }

    /// What stands before names when several kinds are listed.
    var prefix: String {
      switch self {
      case .services: "service/"
      case .endpoints: "endpoints/"
      case .endpointslices: "endpointslice.discovery.k8s.io/"
      case .pods: "pod/"
      case .nodes: "node/"
      case .deployments: "deployment.apps/"
      }
    }
  }

  /// Which objects, and how.
  public struct Options: Hashable, Sendable {
    /// Only this namespace; nil for all.
    public var namespace: String?
    /// `-o wide`.
    public var isWide: Bool

    /// Sets options.
    public init(namespace: String? = "default", isWide: Bool = false) {
      self.namespace = namespace
      self.isWide = isWide
    }
  }

  private let inventory: Inventory
  private let options: Options

  /// Lists what exists in an inventory.
  public init(_ inventory: Inventory, options: Options = Options()) {
    self.inventory = inventory
    self.options = options
  }

  /// The tables of some kinds, a blank line between; empty when there is nothing of any kind.
  public func render(_ kinds: [Kind]) -> String {
    kinds.compactMap { table($0, named: kinds.count > 1) }.joined(separator: "\n")
  }

  /// What kubectl says where there is nothing.
  public static func nothing(in namespace: String?) -> String {
    namespace.map { "No resources found in \($0) namespace." } ?? "No resources found"
  }

  /// One kind's table; nil when there are no objects.
  private func table(_ kind: Kind, named: Bool) -> String? {
    var rows = KubectlRows(inventory: inventory, isWide: options.isWide).rows(kind)
    if let namespace = options.namespace, kind.isNamespaced { rows.removeAll { $0.name.namespace != namespace } }
    guard !rows.isEmpty else { return nil }
    let showsNamespace = options.namespace == nil && kind.isNamespaced
    let head = (showsNamespace ? ["NAMESPACE"] : []) + ["NAME"] + KubectlRows.heads(kind, isWide: options.isWide)
    let body = rows.map { row in
      (showsNamespace ? [row.name.namespace] : []) + [(named ? kind.prefix : "") + row.name.name] + row.cells
    }
    return KubectlTable.tabulate([head] + body)
  }

  /// Cells in columns as Go's tabwriter sets them with minwidth 6 and padding 3.
  static func tabulate(_ rows: [[String]]) -> String {
    let columns = rows.first?.count ?? 0
    let widths = (0..<columns).map { column in
      max(6, (rows.map { $0[column].count }.max() ?? 0) + 3)
    }
    return rows.map { row in
      row.enumerated().map { $0.offset + 1 < columns ? TextLayout.left($0.element, widths[$0.offset]) : $0.element }
        .joined() + "\n"
    }.joined()
  }
}
