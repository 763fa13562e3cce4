// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The changes of a run by the event that led to them, and each event's steps to the nodes' rules.
struct OutageSteps {
  /// What one event of the scenario, or one change that came by itself, led to.
  struct Event {
    /// Its first change.
    var root: Int
    /// When it happened.
    var at: SimTime
    /// Its place among the scenario's events by time; nil when it is none of them.
    var rank: Int?
    /// Its changes, `root` the first.
    var members: [Int]
    /// Whether it took pods away.
    var isHarmful = false
    /// Whether it brought pods.
    var isHelpful = false
    /// The steps by which it took pods out of the rules; none where it took none away.
    var out: [Step] = []
    /// The steps by which it brought its first pod into the rules; none where it brought none.
    var back: [Step] = []

    /// Starts an event with its first change.
    init(root: Int, at: SimTime, rank: Int?, members: [Int]) {
      self.root = root
      self.at = at
      self.rank = rank
      self.members = members
    }
  }

  /// One step on the way to the rules.
  struct Step {
    /// `crash`, `kubelet`, `EndpointSlice`, or a node's name.
    var name: String
    /// When it happened.
    var at: SimTime
    /// What had happened before it.
    var mark: Mark

    /// What tells requests sent before it from those sent after.
    enum Mark {
      /// The number of a change.
      case change(Int)
      /// The rank of an event of the scenario.
      case event(Int)
    }
  }

  /// The events, by their first change.
  private(set) var events: [Event] = []
  private let changes: [ChangeRecord]
  private let nodes: Int
  private let nodeName: (NodeID) -> String?

  /// Sorts changes, which are in order of time, by event; `times` are those of the scenario's events by their number.
  init(changes: [ChangeRecord], times: [SimTime], nodeName: @escaping (NodeID) -> String?) {
    self.changes = changes
    self.nodeName = nodeName
    nodes = Set(changes.filter { $0.kind == .rulesApplied }.map(\.node)).count
    var rows: [UInt32: Int] = [:]
    var events: [Event] = []
    let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    for (at, change) in changes.enumerated() {
      if change.cause != .max, let row = rows[change.cause] {
        events[row].members.append(at)
      } else if change.cause != .max {
        rows[change.cause] = events.count
        let number = Int(change.cause)
        let time = number < times.count ? min(times[number], change.at) : change.at
        events.append(Event(root: at, at: time, rank: order.firstIndex(of: number), members: [at]))
      } else if change.kind.takesPods || change.kind == .scaled {
        // What comes by itself goes on with what concerns the same pod, and with the next slice and rules.
        let later = changes.indices.filter {
          $0 > at && changes[$0].cause == .max
            && (changes[$0].pod == change.pod || [.endpointSliceWritten, .rulesApplied].contains(changes[$0].kind))
        }
        events.append(Event(root: at, at: change.at, rank: nil, members: [at] + later))
      }
    }
    for row in events.indices {
      events[row].isHarmful = events[row].members.contains { changes[$0].kind.takesPods }
      events[row].isHelpful = events[row].members.contains { changes[$0].kind == .podStarted }
    }
    self.events = events
    for row in events.indices {
      self.events[row].out = events[row].isHarmful ? out(events[row]) : []
      self.events[row].back = back(events[row])
    }
  }

  /// The steps by which an event took pods out of the rules: the last kubelet that saw a crash, the first slice after it,
  /// each node's first rules after that.
  private func out(_ event: Event) -> [Step] {
    var steps = [root(event)]
    var last = event.root
    let crashed = event.members.filter { changes[$0].kind == .podFailed }
    let kubelets = crashed.compactMap { crash in
      event.members.first { $0 > crash && isSeen($0, pod: changes[crash].pod) }
    }
    if let seen = kubelets.max() {
      steps.append(step(kubelets.count > 1 ? "\(kubelets.count) kubelets" : "kubelet", seen))
      last = seen
    } else if let taken = event.members.last(where: { changes[$0].kind == .podDeleted }) {
      last = taken
    }
    return steps + rules(event, after: last)
  }

  /// The steps by which an event brought its first pod into the rules; the first is the event itself where it did
  /// nothing else.
  private func back(_ event: Event) -> [Step] {
    guard let started = event.members.first(where: { changes[$0].kind == .podStarted }) else { return [] }
    var steps = event.isHarmful ? [] : [root(event)]
    if steps.last.map({ $0.at < changes[started].at }) ?? true { steps.append(step("start", started)) }
    var last = started
    if let seen = event.members.first(where: { $0 > started && isSeen($0, pod: changes[started].pod) }) {
      steps.append(step("kubelet", seen))
      last = seen
    }
    return steps + rules(event, after: last)
  }

  /// Whether an event led to a new slice: whether a Service was concerned.
  func reachesSlices(_ event: Event) -> Bool {
    event.members.contains { changes[$0].kind == .endpointSliceWritten }
  }

  /// Whether everything that an event took away was out of every node's rules by some moment.
  func isOver(_ event: Event, by time: SimTime) -> Bool {
    guard let last = event.out.last, case .change(let number) = last.mark else { return false }
    return changes[number].kind == .rulesApplied && last.at < time
  }

  private func isSeen(_ number: Int, pod: PodID) -> Bool {
    changes[number].kind == .kubeletNoticed && changes[number].pod == pod
  }

  /// The first slice after a change, and each node's first rules after the slice: the event's own, else any, since a sync
  /// that serves two events bears the name of one.
  private func rules(_ event: Event, after last: Int) -> [Step] {
    guard let written = event.members.first(where: { $0 > last && changes[$0].kind == .endpointSliceWritten }) else {
      return []
    }
    var own: [NodeID: Int] = [:]
    for at in event.members where at > written && changes[at].kind == .rulesApplied && own[changes[at].node] == nil {
      own[changes[at].node] = at
    }
    var any: [NodeID: Int] = [:]
    for at in changes.indices.dropFirst(written + 1) where any.count < nodes {
      guard changes[at].kind == .rulesApplied, any[changes[at].node] == nil else { continue }
      any[changes[at].node] = at
    }
    // Collected by node, ordered by change: the dictionaries' order does not show.
    let applied = any.map { own[$0.key] ?? $0.value }.sorted()
    return [step("EndpointSlice", written)] + applied.map { step(nodeName(changes[$0].node) ?? "a node", $0) }
  }

  private func root(_ event: Event) -> Step {
    let change = changes[event.root]
    let name =
      switch change.kind {
      case .podFailed: "crash"
      case .podDeleted: "deletion"
      case .scaled: "scaling"
      case .podRemoved: "removal"
      case .podCreated: "creation"
      case .podStarted: event.at < change.at ? "restore" : "start"
      case .kubeletNoticed: "kubelet"
      case .endpointSliceWritten: "EndpointSlice"
      case .rulesApplied: nodeName(change.node) ?? "a node"
      }
    let isEarlier = event.at < change.at
    guard isEarlier, let rank = event.rank else { return step(name, event.root) }
    return Step(name: name, at: event.at, mark: .event(rank))
  }

  private func step(_ name: String, _ number: Int) -> Step {
    Step(name: name, at: changes[number].at, mark: .change(number))
  }
}

extension ChangeRecord.Kind {
  /// Whether a pod goes out of service with it.
  var takesPods: Bool {
    switch self {
    case .podFailed, .podDeleted: true
    case .podRemoved, .podCreated, .podStarted, .kubeletNoticed, .endpointSliceWritten, .rulesApplied, .scaled: false
    }
  }
}
