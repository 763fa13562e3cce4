// SPDX-License-Identifier: GPL-3.0-or-later

/// Each outage with its cause, and how far the news of it had come when.
struct OutageText {
  let summary: Summary
  let style: TextStyle

  /// More outages than this are only counted.
  static let shown = 5

  private var figures: FigureText { FigureText(style: style) }

  /// A block an outage.
  var lines: [String] {
    var lines: [String] = []
    for (number, outage) in summary.outages.prefix(OutageText.shown).enumerated() {
      lines += [""] + block(number + 1, outage)
    }
    let more = summary.outages.count - OutageText.shown
    if more > 0 { lines.append("  \(figures.count(more, "more outage")) in outages.csv") }
    return lines
  }

  private func block(_ number: Int, _ outage: Summary.Outage) -> [String] {
    let from = NumberText.fixed(outage.start, 2)
    let to = NumberText.fixed(outage.end, 2)
    var head = "\(from)\(style.unknown)\(to) s, \(figures.count(outage.failed, "request")) of "
    head += "workload/\(outage.workload) failed, cause: \(outage.cause ?? "nothing that happened explains it")"
    if summary.replications > 1 { head += ", run \(outage.replication + 1)" }
    var lines = TextLayout.wrap(head, lead: TextLayout.left("Outage \(number)", 11))
    guard let first = outage.stages.first else { return lines }
    let stages = outage.stages.prefix(12)
    var steps = stages.map { "+\(NumberText.fixed($0.at - first.at, 2)) \($0.name)" }
    if outage.stages.count > stages.count { steps.append("\(outage.stages.count - stages.count) more nodes") }
    lines += wrap(steps)
    let waited = waiting(outage)
    let under = first.failed > 0 ? "\(NumberText.grouped(first.failed)) were under way; " : ""
    if !waited.isEmpty { lines += TextLayout.wrap(under + "failed while waiting for: " + waited, lead: "  ") }
    return lines
  }

  /// Steps are kept whole on their lines.
  private func wrap(_ steps: [String]) -> [String] {
    var lines: [String] = []
    var line = ""
    for step in steps {
      if !line.isEmpty, line.count + step.count + 3 > TextStyle.columns {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "  " : "   ") + step
    }
    return lines + [line]
  }

  private func waiting(_ outage: Summary.Outage) -> String {
    var parts: [String] = []
    var nodes = 0
    for stage in outage.stages.dropFirst() {
      switch stage.name {
      case "kubelet": parts.append("the kubelet \(NumberText.grouped(stage.failed))")
      case "EndpointSlice": parts.append("the slice \(NumberText.grouped(stage.failed))")
      default: nodes += stage.failed
      }
    }
    if outage.stages.contains(where: { !["kubelet", "EndpointSlice"].contains($0.name) && $0 != outage.stages[0] }) {
      parts.append("the nodes' rules \(NumberText.grouped(nodes))")
    }
    return parts.joined(separator: ", ")
  }
}
