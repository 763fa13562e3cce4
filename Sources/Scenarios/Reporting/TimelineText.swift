// SPDX-License-Identifier: GPL-3.0-or-later

/// The run from left to right: failures, endpoints, what happened.
struct TimelineText {
  let summary: Summary
  let style: TextStyle

  private static let room = 60
  private static let lead = 11

  private var figures: FigureText { FigureText(style: style) }
  /// Seconds a column.
  private var step: Int { max(1, (summary.timeline.count + TimelineText.room - 1) / TimelineText.room) }

  /// The rows; none without a timeline.
  var lines: [String] {
    let buckets = summary.timeline
    guard !buckets.isEmpty, summary.requests.sent > 0 else { return [] }
    let columns = stride(from: 0, to: buckets.count, by: step).map { start in
      Array(buckets[start..<min(start + step, buckets.count)])
    }
    let failed = columns.map { $0.reduce(0) { $0 + $1.requests.failed } }
    let most = failed.max() ?? 0
    var lines = ["", TextLayout.left("Timeline", TimelineText.lead) + ruler(columns.count)]
    lines.append(row("failed", failed.map { level($0, most) }) + "  most: " + NumberText.grouped(most))
    let endpoints = columns.map { $0.first?.endpoints ?? nil }
    if endpoints.contains(where: { $0 != nil }) {
      let known = endpoints.compactMap { $0 }
      let greatest = known.max() ?? 0
      let least = known.min() ?? 0
      let services = summary.services.count { $0.connections > 0 }
      let together = services > 1 ? "of \(services) Services" : ""
      if greatest < 10, known.allSatisfy({ $0 == $0.rounded() }) {
        let digits = endpoints.map { $0.map { Character(String(Int($0))) } ?? "?" }
        lines.append(row("endpoints", digits) + (together.isEmpty ? "" : "  " + together))
      } else if least == greatest {
        let words = ["\(figures.plain(least)) throughout", together].filter { !$0.isEmpty }.joined(separator: ", ")
        lines.append(TextLayout.left("endpoints", TimelineText.lead) + words)
      } else {
        // From the least to the greatest: what changed is to be seen, however many there are.
        let levels = endpoints.map { $0.map { level(Int($0 - least), Int(greatest - least)) } ?? "?" }
        lines.append(row("endpoints", levels) + "  \(figures.plain(least)) to \(figures.plain(greatest))")
      }
    }
    return lines + events(columns.count)
  }

  private func row(_ name: String, _ cells: [Character]) -> String {
    TextLayout.left(name, TimelineText.lead) + String(cells)
  }

  private func level(_ value: Int, _ most: Int) -> Character {
    guard value > 0, most > 0 else { return style.levels[0] }
    return style.levels[1 + min(7, (value * 8 - 1) / most)]
  }

  private func ruler(_ columns: Int) -> String {
    var text = ""
    for column in stride(from: 0, to: columns, by: 10) where columns - column >= 6 || column == 0 {
      text = TextLayout.left(text, column) + "\(column * step) s"
    }
    let unit = step == 1 ? "a column is 1 s" : "a column is \(step) s"
    return TextLayout.left(text, columns) + "  " + unit
  }

  /// A line for each event, as far as they are few.
  private func events(_ columns: Int) -> [String] {
    let shown = 6
    var lines: [String] = []
    let happened = summary.events.filter { $0.at < summary.duration }
    for (at, event) in happened.prefix(shown).enumerated() {
      let column = min(max(0, columns - 1), Int(event.at) / step)
      let words = "\(style.up) \(figures.seconds(event.at)) \(event.text)"
      let room = TextStyle.columns - TimelineText.lead
      // What would leave the page stands further left, its arrow no longer under its moment but its time beside it.
      let indent = max(0, min(column, room - words.count))
      lines.append(
        TextLayout.left(at == 0 ? "events" : "", TimelineText.lead) + String(repeating: " ", count: indent)
          + TextLayout.fit(words, room, style))
    }
    let more = happened.count - shown
    if more > 0 { lines.append(TextLayout.left("", TimelineText.lead) + "\(more) more in summary.json") }
    return lines
  }
}
