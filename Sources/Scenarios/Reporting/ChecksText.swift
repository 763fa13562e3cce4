// SPDX-License-Identifier: GPL-3.0-or-later

/// Probes and expectations with what they found, in a run's report.
struct ChecksText {
  let summary: Summary
  let style: TextStyle

  /// Both blocks; nothing where nothing was to be checked.
  var lines: [String] { probes + expectations }

  /// Probes: what failed is explained, the rest is a line each, and of many only what failed.
  private var probes: [String] {
    guard !summary.probes.isEmpty else { return [] }
    let many = summary.probes.count > 20
    var lines = ["", style.paint("Probes", .strong)]
    for probe in summary.probes where !many || probe.status == .failed {
      let head = "  \(style.mark(probe.status)) "
      let name = TextLayout.fit(probe.name, 40, style)
      let words = probe.status == .failed ? probe.differences.joined(separator: "; ") : ProbeText.words(probe.actual)
      let texts = TextLayout.wrap(words, lead: TextLayout.left(name, 40) + "  ", columns: TextStyle.columns - 4)
      lines += texts.enumerated().map { ($0.offset == 0 ? head : "    ") + $0.element }
      if probe.status == .failed, let place = probe.place {
        lines += TextLayout.wrap(place, lead: String(repeating: " ", count: 46))
      }
    }
    if many {
      let held = summary.probes.reduce(0) { $0 + ($1.status == .failed ? 0 : 1) }
      lines.append("  \(style.passed) \(held) of \(summary.probes.count) are as expected or only observed")
    }
    return lines
  }

  private var expectations: [String] {
    guard !summary.expectations.isEmpty else { return [] }
    let text = ExpectationText(style: style)
    let rows = summary.expectations.map { expectation in
      [
        TextLayout.fit(expectation.metric, 36, style),
        subject(expectation),
        TextLayout.fit(text.bounds(expectation), 20, style),
        "got \(text.actual(expectation))",
      ]
    }
    let table = TextLayout.table(rows).map { TextLayout.fit($0, TextStyle.columns - 4, style) }
    let widest = table.map(\.count).max() ?? 0
    var lines = ["", style.paint("Expectations", .strong)]
    for (expectation, row) in zip(summary.expectations, table) {
      lines.append("  \(style.mark(expectation.status)) \(row)")
      // Only what fails is looked up in the file.
      guard expectation.status == .failed else { continue }
      let place = TextLayout.fit(expectation.place, TextStyle.columns - 6, style)
      if widest + 6 + place.count <= TextStyle.columns {
        lines[lines.count - 1] = "  \(style.mark(expectation.status)) \(TextLayout.left(row, widest))  \(place)"
      } else {
        lines.append("      \(place)")
      }
    }
    return lines
  }

  private func subject(_ expectation: Summary.ExpectationOutcome) -> String {
    var text = expectation.of.isEmpty ? "" : "of \(TextLayout.fit(expectation.of, 32, style))"
    if let during = expectation.during {
      let figures = FigureText(style: style)
      let window = "\(figures.plainSeconds(during.lowerBound))\(style.unknown)\(figures.seconds(during.upperBound))"
      text += (text.isEmpty ? "" : " ") + window
    }
    return text
  }
}

/// A probe's answer in words, from its data.
enum ProbeText {
  /// `deliver to 10.244.2.4:8888, not masqueraded`.
  static func words(_ actual: Datum) -> String {
    if case .text(let problem)? = actual["error"] { return problem }
    var text = ""
    if case .text(let verdict)? = actual["verdict"] { text = verdict }
    let endpoints = actual["endpoints"]?.elements.compactMap { element -> String? in
      if case .text(let endpoint) = element { endpoint } else { nil }
    }
    if let endpoints, !endpoints.isEmpty {
      let shown = endpoints.prefix(3).joined(separator: ", ")
      let more = endpoints.count > 3 ? " and \(endpoints.count - 3) more" : ""
      text += text.isEmpty ? "to \(shown)\(more)" : " to \(shown)\(more)"
    }
    if case .flag(let masquerade)? = actual["masquerade"] {
      text += (text.isEmpty ? "" : ", ") + (masquerade ? "masqueraded" : "not masqueraded")
    }
    if case .object(let chances)? = actual["probabilities"], !chances.isEmpty, actual["branches"] == nil {
      let shown = chances.prefix(4).map { "\($0.name) \(JSONText.compact($0.value))" }.joined(separator: ", ")
      text += (text.isEmpty ? "" : "; ") + "probabilities " + shown
    }
    return text
  }
}
