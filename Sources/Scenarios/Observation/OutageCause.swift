// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Explains outages by what happened to the cluster: the change that began one, and each step from it to the rules.
///
/// An outage's cause is the last pod that failed or was deleted, or the last scaling, before its first request was sent,
/// as long as the rules that answer it were not everywhere by then; else the first such change before a client knew of a
/// failure, which then hit requests under way. The steps are the first of their kind that the same event of the scenario
/// led to: kubelet, EndpointSlice, each node's rules.
struct OutageCause {
  private let changes: [ChangeRecord]
  private let podName: (PodID) -> String?
  private let nodeName: (NodeID) -> String?

  /// Explains with these changes, in order of time.
  init(
    changes: [ChangeRecord], podName: @escaping (PodID) -> String?, nodeName: @escaping (NodeID) -> String?
  ) {
    self.changes = changes
    self.podName = podName
    self.nodeName = nodeName
  }

  /// The cause of a span in words, and its steps; nil and none when nothing explains it.
  func explain(_ span: OutageTracker.Span) -> (cause: String?, stages: [Summary.Outage.Stage]) {
    guard let root = root(of: span) else { return (nil, []) }
    var stages: [Summary.Outage.Stage] = []
    var counted = 0
    for step in [root] + steps(from: root) {
      // A request waited for this step when the step's change was not yet among those that had happened.
      let before = span.byChange.reduce(0) { $1.changes <= step ? $0 + $1.failed : $0 }
      stages.append(Summary.Outage.Stage(name: name(step), at: changes[step].at.seconds, failed: before - counted))
      counted = before
    }
    return (cause(root), stages)
  }

  private func root(of span: OutageTracker.Span) -> Int? {
    if let last = changes.indices.last(where: { changes[$0].at <= span.start && changes[$0].kind.beginsOutages }) {
      let root = firstOfEvent(last)
      let end = steps(from: root).last
      let isOver = end.map { changes[$0].kind == .rulesApplied && changes[$0].at < span.start } ?? false
      if !isOver { return root }
    }
    return changes.indices.first {
      changes[$0].at > span.start && changes[$0].at <= span.noticed && changes[$0].kind.beginsOutages
    }
  }

  /// The first change of the event that a change belongs to.
  private func firstOfEvent(_ index: Int) -> Int {
    let number = changes[index].cause
    guard number != .max else { return index }
    return changes.indices.first { changes[$0].cause == number && changes[$0].kind.beginsOutages } ?? index
  }

  /// The changes that lead from a root to the rules of the last node.
  private func steps(from root: Int) -> [Int] {
    let later = changes.indices.filter { $0 > root && belongs(changes[$0], to: changes[root]) }
    var steps: [Int] = []
    if let noticed = later.first(where: { changes[$0].kind == .kubeletNoticed }) { steps.append(noticed) }
    guard let written = later.first(where: { changes[$0].kind == .endpointSliceWritten }) else { return steps }
    steps.append(written)
    var seen: [NodeID] = []
    for at in later where at > written && changes[at].kind == .rulesApplied && !seen.contains(changes[at].node) {
      seen.append(changes[at].node)
      steps.append(at)
    }
    return steps.sorted()
  }

  private func belongs(_ change: ChangeRecord, to root: ChangeRecord) -> Bool {
    if root.cause != .max && change.cause == root.cause { return true }
    guard change.cause == .max else { return false }
    return change.pod == root.pod || change.kind == .endpointSliceWritten || change.kind == .rulesApplied
  }

  private func name(_ index: Int) -> String {
    let change = changes[index]
    return switch change.kind {
    case .podFailed: "crash"
    case .podDeleted: "deletion"
    case .scaled: "scaling"
    case .kubeletNoticed: "kubelet"
    case .endpointSliceWritten: "EndpointSlice"
    case .rulesApplied: nodeName(change.node) ?? "a node"
    case .podRemoved: "removal"
    case .podCreated: "creation"
    case .podStarted: "start"
    }
  }

  private func cause(_ index: Int) -> String {
    let pod = podName(changes[index].pod).map { "pod \($0)" } ?? "a pod"
    return switch changes[index].kind {
    case .podFailed: "\(pod) crashed"
    case .podDeleted: "\(pod) was deleted"
    case .scaled: "scaled to \(changes[index].count) replicas"
    case .kubeletNoticed, .endpointSliceWritten, .rulesApplied, .podRemoved, .podCreated, .podStarted: name(index)
    }
  }
}

extension ChangeRecord.Kind {
  /// Whether it can be what an outage comes from.
  fileprivate var beginsOutages: Bool {
    switch self {
    case .podFailed, .podDeleted, .scaled: true
    case .podRemoved, .podCreated, .podStarted, .kubeletNoticed, .endpointSliceWritten, .rulesApplied: false
    }
  }
}
