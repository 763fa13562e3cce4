// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Looks a figure up by its path in a summary, within what it is of.
///
/// The path walks the same tree that the JSON shows, so every number in the JSON is a metric.
public enum Metric {
  /// What a metric is of.
  public enum Subject: Hashable, Sendable {
    case run
    case service(NamespacedName)
    case workload(String)
    case pod(NamespacedName)
    case node(String)
  }

  /// What a look-up found.
  public enum Finding: Hashable, Sendable {
    /// The figure.
    case value(Double)
    /// The path exists and there is nothing to say: no latency where no request succeeded.
    case unknown
    /// There is no such path; the names that exist where it ends.
    case noSuchPath(known: [String])
    /// There is no such object in the run.
    case noSuchObject
  }

  /// Whether a figure of several replications is that of all counts together: latencies and tests. Others are means.
  public static func isPooled(_ path: String) -> Bool { path.hasPrefix("latency.") || path.contains("chiSquare") }

  /// The figure of a path.
  public static func find(_ path: String, of subject: Subject, in summary: Summary) -> Finding {
    guard let tree = tree(of: subject, in: summary) else { return .noSuchObject }
    return walk(path, in: tree)
  }

  /// The figure of a path in a tree of data. List elements are reached by their name, their endpoint or their number.
  static func walk(_ path: String, in tree: Datum) -> Finding {
    var here = tree
    for step in path.split(separator: ".", omittingEmptySubsequences: false).map(String.init) {
      if case .absent = here { return .unknown }
      if let next = here[step] {
        here = next
      } else if let next = here.elements.first(where: { $0["name"] == .text(step) || $0["endpoint"] == .text(step) }) {
        here = next
      } else if let number = Int(step), here.elements.indices.contains(number) {
        here = here.elements[number]
      } else {
        return .noSuchPath(known: here.names)
      }
    }
    if let number = here.number { return .value(number) }
    if case .absent = here { return .unknown }
    return .noSuchPath(known: here.names)
  }

  static func tree(of subject: Subject, in summary: Summary) -> Datum? {
    switch subject {
    case .run: summary.datum
    case .service(let name):
      summary.services.first { $0.name == name.name && $0.namespace == name.namespace }?.datum
    case .workload(let name): summary.workloads.first { $0.name == name }?.datum
    case .node(let name): summary.nodes.first { $0.name == name }?.datum
    case .pod(let name): pod(name.description, in: summary)
    }
  }

  /// A pod's figures over all Services it stands behind; its shares only when it stands behind one.
  private static func pod(_ name: String, in summary: Summary) -> Datum? {
    let ours = summary.services.flatMap(\.backends).filter { $0.pod == name }
    guard let first = ours.first else { return nil }
    guard ours.count > 1 else { return first.datum }
    return .fields([
      "pod": .text(name), "node": .text(first.node),
      "connections": .count(ours.reduce(0) { $0 + $1.connections }),
      "requests": .count(ours.reduce(0) { $0 + $1.requests }), "bytes": .count(ours.reduce(0) { $0 + $1.bytes }),
      "busyTime": .seconds(first.busyTime), "share": .absent, "expectedShare": .absent,
    ])
  }
}

extension Metric.Subject: CustomStringConvertible {
  /// As it is written after `of:`; empty for the whole run.
  public var description: String {
    switch self {
    case .run: ""
    case .service(let name): "service/\(name)"
    case .workload(let name): "workload/\(name)"
    case .pod(let name): "pod/\(name)"
    case .node(let name): "node/\(name)"
    }
  }
}
