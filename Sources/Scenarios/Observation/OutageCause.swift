// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Explains outages: what began one, what came into it, each step to the rules, and what its requests failed of.
///
/// An outage comes from events that took pods away before its first request was sent, as long as the rules that answer
/// them were not everywhere by then; else from such an event before a client knew of a failure, which then hit requests
/// under way; else from the last one, where no endpoint has been left since. Where none explains it, what most of its
/// requests failed of is named: full servers, a full conntrack table.
struct OutageCause {
  /// What is said of an outage.
  struct Explanation {
    /// The cause in words; nil when nothing explains it.
    var cause: String?
    /// From the cause to the last node's rules, and from what came into the outage or ended it.
    var stages: [Summary.Outage.Stage] = []
  }

  /// What ids stand for.
  struct Names {
    var pod: (PodID) -> String?
    var node: (NodeID) -> String?
    /// The servers that had no room, in words; nil when no server was full.
    var fullServers: String?
  }

  private let changes: [ChangeRecord]
  private let steps: OutageSteps
  private let drops: DropTally
  private let names: Names

  /// Explains with these changes, in order of time, and the times of the scenario's events by their number.
  init(changes: [ChangeRecord], eventTimes: [SimTime], drops: DropTally, names: Names) {
    self.changes = changes
    self.drops = drops
    self.names = names
    steps = OutageSteps(changes: changes, times: eventTimes, nodeName: names.node)
  }

  /// What explains a span.
  func explain(_ span: OutageTracker.Span) -> Explanation {
    let began = beginnings(span)
    let inside = steps.events.filter { event in
      event.isHarmful && event.at > span.start && event.at <= span.end && !began.contains { $0.root == event.root }
    }
    let from = began.map(\.at).min() ?? span.start
    let ended = steps.events.filter { $0.isHelpful && !$0.isHarmful && $0.at > from && $0.at <= span.end }
    var parts: [(event: Int, step: OutageSteps.Step)] = []
    for (number, event) in (began + inside + ended).sorted(by: { ($0.at, $0.root) < ($1.at, $1.root) }).enumerated() {
      var path = event.out
      if let first = event.back.first, first.at <= span.end { path += event.back }
      parts += path.map { (number, $0) }
    }
    var explanation = Explanation(cause: cause(span, began: began, inside: inside))
    explanation.stages = stages(span, parts)
    return explanation
  }

  /// The events that an outage comes from, in order.
  private func beginnings(_ span: OutageTracker.Span) -> [OutageSteps.Event] {
    let harmful = steps.events.filter(\.isHarmful)
    let earlier = harmful.filter { $0.at <= span.start }
    let acting = earlier.filter { steps.reachesSlices($0) && !steps.isOver($0, by: span.start) }
    if !acting.isEmpty { return acting }
    // Pods behind no Service: only who addresses one itself feels that it is gone.
    if let last = earlier.last, !steps.reachesSlices(last) { return [last] }
    if let sudden = harmful.first(where: { $0.at > span.start && $0.at <= span.noticed }) { return [sudden] }
    let slice = changes.last { $0.kind == .endpointSliceWritten && $0.at <= span.start }
    if let slice, slice.count == 0, let last = earlier.last, span.failures.unrouted[refused] > 0 { return [last] }
    return []
  }

  /// Steps as stages in the order of time, each with the requests sent after the one before it and before itself.
  private func stages(
    _ span: OutageTracker.Span, _ parts: [(event: Int, step: OutageSteps.Step)]
  ) -> [Summary.Outage.Stage] {
    let order = parts.enumerated().sorted { ($0.element.step.at, $0.offset) < ($1.element.step.at, $1.offset) }
    var counted = 0
    return order.map { _, part in
      let before = span.byMark.reduce(0) { sum, row in
        let isBefore =
          switch part.step.mark {
          case .change(let number): row.mark.changes <= number
          case .event(let rank): row.mark.events <= rank
          }
        return isBefore ? sum + row.failures.total : sum
      }
      defer { counted = max(counted, before) }
      return Summary.Outage.Stage(
        name: part.step.name, at: part.step.at.seconds, failed: max(0, before - counted), event: part.event)
    }
  }

  private var refused: Int { Int(RequestOutcome.refused.rawValue) }

  // MARK: Words

  private func cause(
    _ span: OutageTracker.Span, began: [OutageSteps.Event], inside: [OutageSteps.Event]
  ) -> String? {
    var words = began.map(self.words)
    if began.isEmpty, let reason = reason(span) { words.append(reason) }
    let shown = 3
    for event in inside.prefix(shown) {
      words.append("at \(NumberText.fixed(event.at.seconds, 2)) s \(self.words(event))")
    }
    if inside.count > shown { words.append("and \(inside.count - shown) events more") }
    return words.isEmpty ? nil : words.joined(separator: "; ")
  }

  /// What an event took away: every pod that it named.
  private func words(_ event: OutageSteps.Event) -> String {
    let root = changes[event.root]
    if root.kind == .scaled { return "scaled to \(root.count) replica\(root.count == 1 ? "" : "s")" }
    let crashed = pods(event, .podFailed)
    if !crashed.isEmpty { return "\(list(crashed)) crashed" }
    let deleted = pods(event, .podDeleted)
    return "\(list(deleted)) \(deleted.count == 1 ? "was" : "were") deleted"
  }

  private func pods(_ event: OutageSteps.Event, _ kind: ChangeRecord.Kind) -> [String] {
    event.members.filter { changes[$0].kind == kind }.map { names.pod(changes[$0].pod) ?? "of no name" }
  }

  /// `pod a`, `pods a and b`, `8 pods (a, b, c and 5 more)`.
  private func list(_ pods: [String]) -> String {
    switch pods.count {
    case 0: "a pod"
    case 1: "pod \(pods[0])"
    case 2: "pods \(pods[0]) and \(pods[1])"
    case 3: "pods \(pods[0]), \(pods[1]) and \(pods[2])"
    default: "\(pods.count) pods (\(pods.prefix(3).joined(separator: ", ")) and \(pods.count - 3) more)"
    }
  }

  /// What most requests of a span failed of, where no event explains them.
  private func reason(_ span: OutageTracker.Span) -> String? {
    let failures = span.failures
    let most = RequestFigures.causes.max { failures.count($0) < failures.count($1) }
    guard let most, failures.count(most) > 0 else { return nil }
    switch most {
    case .overloaded: return "overload" + (names.fullServers.map { ": \($0)" } ?? "")
    case .portsExhausted: return "no local port was left to send from"
    case .dns: return "the name or Service had no address"
    case .aborted: return "the pods that sent them ended"
    case .timeout, .unreachable: return drops.main(span.start...max(span.noticed, span.end)).map(words)
    case .refused, .reset, .succeeded: return nil
    }
  }

  private func words(_ drop: (cause: DropCause, packets: UInt64, nodes: [NodeID])) -> String {
    let packets = "\(NumberText.grouped(Int(clamping: drop.packets))) packets dropped"
    let nodes = drop.nodes.prefix(3).map { names.node($0) ?? "a node" }.joined(separator: ", ")
    let more = drop.nodes.count > 3 ? " and \(drop.nodes.count - 3) more" : ""
    return switch drop.cause {
    case .loss: "loss on links, \(packets)"
    case .queue: "full link queues, \(packets)"
    case .rule: "a rule's DROP, \(packets)"
    case .noRoute: "no route or a host that is gone, \(packets)"
    case .conntrackFull: "conntrack table of \(nodes)\(more) full, \(packets)"
    case .snatPorts: "no SNAT port free, \(packets)"
    case .stale: packets
    }
  }
}
