// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A namespaced name, ordered as kube-proxy's sorted walks and our outputs order: namespace, then name.
public struct NamespacedName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The namespace; empty for cluster-scoped kinds.
  public var namespace: String
  /// The object's name.
  public var name: String

  /// Joins a namespace and a name.
  public init(_ namespace: String, _ name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// `namespace/name`, or the bare name when there is no namespace.
  public var description: String { namespace.isEmpty ? name : namespace + "/" + name }

  /// Orders by namespace, then by name, byte by byte.
  public static func < (a: NamespacedName, b: NamespacedName) -> Bool {
    if a.namespace != b.namespace { return a.namespace.utf8.lexicographicallyPrecedes(b.namespace.utf8) }
    return a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
  }
}

/// Labels or annotations: keys in byte order, each once.
public struct Labels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// The pairs, sorted by key.
  public private(set) var pairs: [Pair]

  /// One key with its value.
  public struct Pair: Hashable, Sendable {
    /// The key, a qualified name.
    public let key: String
    /// The value, possibly empty.
    public let value: String
  }

  /// Sorts pairs by key; of equal keys the last one stands.
  public init(_ pairs: some Sequence<(String, String)> = []) {
    self.pairs = []
    for (key, value) in pairs { self[key] = value }
  }

  /// A literal, for tests.
  public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

  /// The value of a key.
  public subscript(key: String) -> String? {
    get { pairs.first { $0.key == key }?.value }
    set {
      pairs.removeAll { $0.key == key }
      guard let newValue else { return }
      let at = pairs.firstIndex { key.utf8.lexicographicallyPrecedes($0.key.utf8) } ?? pairs.endIndex
      pairs.insert(Pair(key: key, value: newValue), at: at)
    }
  }

  /// Whether there is no pair.
  public var isEmpty: Bool { pairs.isEmpty }

  /// Whether these labels hold every pair of an equality selector; an empty selector matches everything.
  public func matches(_ selector: Labels) -> Bool {
    selector.pairs.allSatisfy { self[$0.key] == $0.value }
  }
}

/// A set-based selector, as Deployments and the like have it (`matchLabels` and `matchExpressions`).
///
/// Source: apimachinery pkg/apis/meta/v1, LabelSelector.
public struct LabelSelector: Hashable, Sendable {
  /// Pairs that must all be there.
  public var matchLabels: Labels
  /// Requirements that must all hold.
  public var matchExpressions: [Requirement]

  /// One requirement on one key.
  public struct Requirement: Hashable, Sendable {
    /// The label's key.
    public var key: String
    /// How the value is judged.
    public var `operator`: Operator
    /// The values of `In` and `NotIn`.
    public var values: [String]

    /// States a requirement.
    public init(key: String, operator: Operator, values: [String]) {
      self.key = key
      self.operator = `operator`
      self.values = values
    }
  }

  /// The operators of a requirement.
  public enum Operator: String, Hashable, Sendable, CaseIterable {
    case `in` = "In"
    case notIn = "NotIn"
    case exists = "Exists"
    case doesNotExist = "DoesNotExist"
  }

  /// Makes a selector.
  public init(matchLabels: Labels = Labels(), matchExpressions: [Requirement] = []) {
    self.matchLabels = matchLabels
    self.matchExpressions = matchExpressions
  }

  /// Whether labels meet every pair and requirement.
  public func matches(_ labels: Labels) -> Bool {
    guard labels.matches(matchLabels) else { return false }
    return matchExpressions.allSatisfy { requirement in
      let value = labels[requirement.key]
      return switch requirement.operator {
      case .in: value.map(requirement.values.contains) ?? false
      case .notIn: value.map { !requirement.values.contains($0) } ?? true
      case .exists: value != nil
      case .doesNotExist: value == nil
      }
    }
  }
}

/// The metadata of an object, as far as it is modelled.
public struct ObjectMeta: Hashable, Sendable {
  /// The object's name, unique among its kind in its namespace.
  public var name: String
  /// Its namespace; empty for cluster-scoped kinds.
  public var namespace: String
  /// Its labels.
  public var labels: Labels
  /// Its annotations.
  public var annotations: Labels
  /// The controller that owns it (`ownerReferences` with `controller: true`): kind and name.
  public var controller: OwnerReference?

  /// The owner of an object.
  public struct OwnerReference: Hashable, Sendable {
    /// The owner's kind.
    public var kind: String
    /// The owner's name, in the same namespace.
    public var name: String

    /// Names an owner.
    public init(kind: String, name: String) {
      self.kind = kind
      self.name = name
    }
  }

  /// Makes metadata.
  public init(
    name: String, namespace: String = "", labels: Labels = Labels(), annotations: Labels = Labels(),
    controller: OwnerReference? = nil
  ) {
    self.name = name
    self.namespace = namespace
    self.labels = labels
    self.annotations = annotations
    self.controller = controller
  }

  /// Namespace and name together.
  public var namespacedName: NamespacedName { NamespacedName(namespace, name) }
}

/// A port by number or by a container port's name (`targetPort`, a probe's `port`).
///
/// Source: apimachinery pkg/util/intstr.
public enum IntOrString: Hashable, Sendable {
  case number(UInt16)
  case name(String)
}
