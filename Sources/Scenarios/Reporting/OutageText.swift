// SPDX-License-Identifier: GPL-3.0-or-later

/// Each outage with what its requests failed of, its cause, and how far the news of it had come when.
struct OutageText {
  let summary: Summary
  let style: TextStyle
  /// The directory of the CSV tables; nil when none was written.
  var results: String?

  /// Of more outages than this the worst are shown.
  static let shown = 5

  private var figures: FigureText { FigureText(style: style) }

  /// A block an outage, in order of time.
  var lines: [String] {
    let all = summary.outages.enumerated()
    let worst = all.sorted { ($1.element.failed, $0.offset) < ($0.element.failed, $1.offset) }.prefix(OutageText.shown)
    var lines: [String] = []
    for (number, outage) in worst.sorted(by: { $0.offset < $1.offset }) { lines += [""] + block(number + 1, outage) }
    let more = summary.outages.count - OutageText.shown
    let file = (results.map { $0 + "/" } ?? "") + "outages.csv"
    if more > 0 { lines.append("  \(figures.count(more, "smaller outage")) in \(file)") }
    return lines
  }

  private func block(_ number: Int, _ outage: Summary.Outage) -> [String] {
    let from = NumberText.fixed(outage.start, 2)
    let to = NumberText.fixed(outage.end, 2)
    var head = "\(from)\(style.unknown)\(to) s, \(figures.count(outage.failed, "request")) of "
    head += "workload/\(outage.workload) failed (\(kinds(outage))), "
    head += "cause: \(outage.cause ?? "nothing that happened explains it")"
    if summary.replications > 1 { head += ", run \(outage.replication)" }
    var lines = TextLayout.wrap(head, lead: TextLayout.left("Outage \(number)", 11))
    guard !outage.stages.isEmpty else { return lines }
    let shown = 4
    let events = events(outage)
    for event in events.prefix(shown) { lines += steps(event) }
    if events.count > shown { lines.append("  \(figures.count(events.count - shown, "more event")) in summary.json") }
    return lines + TextLayout.wrap(waiting(outage, events), lead: "  ")
  }

  /// What the requests failed of: all of them, so that it adds up.
  private func kinds(_ outage: Summary.Outage) -> String {
    let parts = zip(RequestFigures.causes, outage.failedBy).filter { $0.1 > 0 }
      .map { "\(NumberText.grouped($0.1)) \($0.0.words)" }
    guard outage.withoutEndpoint > 0 else { return parts.joined(separator: ", ") }
    let without = outage.withoutEndpoint == outage.failed ? "any" : NumberText.grouped(outage.withoutEndpoint)
    return parts.joined(separator: ", ") + "; no rule gave \(without) of them an endpoint"
  }

  /// The stages by event.
  private func events(_ outage: Summary.Outage) -> [[Summary.Outage.Stage]] {
    let count = (outage.stages.map(\.event).max() ?? 0) + 1
    return (0..<count).map { event in outage.stages.filter { $0.event == event } }.filter { !$0.isEmpty }
  }

  /// An event and how long after it each step came; steps are kept whole on their lines.
  private func steps(_ event: [Summary.Outage.Stage]) -> [String] {
    let stages = event.prefix(12)
    var words = stages.enumerated().map { at, stage in
      at == 0
        ? "\(NumberText.fixed(stage.at, 2)) s \(stage.name)"
        : "+\(NumberText.fixed(stage.at - event[0].at, 2)) \(stage.name)"
    }
    if event.count > stages.count { words.append("\(event.count - stages.count) more nodes") }
    var lines: [String] = []
    var line = ""
    for word in words {
      if !line.isEmpty, line.count + word.count + 3 > TextStyle.columns {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? (lines.isEmpty ? "  " : "      ") : "   ") + word
    }
    return lines + [line]
  }

  /// How many requests failed before which step: with those under way and those after the last step, all of them.
  private func waiting(_ outage: Summary.Outage, _ events: [[Summary.Outage.Stage]]) -> String {
    var parts: [(words: String, failed: Int)] = []
    for (number, event) in events.enumerated() {
      for (at, stage) in event.enumerated() {
        let words =
          at == 0 ? (number == 0 ? "" : "the \(stage.name) at \(NumberText.fixed(stage.at, 2)) s") : step(stage.name)
        if at > 0, let last = parts.last, last.words == words {
          parts[parts.count - 1].failed += stage.failed
        } else {
          parts.append((words, stage.failed))
        }
      }
    }
    let under = parts.first?.failed ?? 0
    let before =
      under > 0
      ? "\(NumberText.grouped(under)) \(under == 1 ? "was" : "were") sent before the \(events[0][0].name); " : ""
    // With one event the zeros say how fast it was; with more they only fill the line.
    let told = parts.dropFirst().filter { events.count == 1 || $0.failed > 0 }
      .map { TextLayout.whole("\($0.words) \(NumberText.grouped($0.failed))") }
    let after = outage.failedAfter
    let rest = after > 0 ? "\(NumberText.grouped(after)) failed after the last of these steps" : ""
    if told.isEmpty { return before + rest }
    return before + "failed while waiting for: " + told.joined(separator: ", ") + (rest.isEmpty ? "" : "; " + rest)
  }

  private func step(_ name: String) -> String {
    if name == "kubelet" { return "the kubelet" }
    if name.hasSuffix(" kubelets") { return "the \(name)" }
    if name == "EndpointSlice" { return "the slice" }
    if name == "start" { return "a pod's start" }
    return "the nodes' rules"
  }
}
