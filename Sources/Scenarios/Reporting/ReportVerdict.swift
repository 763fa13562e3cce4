// SPDX-License-Identifier: GPL-3.0-or-later

/// The first sentences of a report: what one would tell a colleague, with the number that decides.
struct ReportVerdict {
  let summary: Summary
  let style: TextStyle

  private var figures: FigureText { FigureText(style: style) }

  /// `FAIL`, `PASS`, or `DONE` when nothing was to be checked.
  var word: String {
    if failedChecks > 0 { return "FAIL" }
    return passedChecks > 0 ? "PASS" : "DONE"
  }

  /// The verdict in lines.
  var lines: [String] {
    let sentences = [requests, checks].compactMap { $0 }
    let text = "\(summary.scenario): " + (sentences.isEmpty ? "nothing was sent and nothing asked." : sentences[0])
    var lines = TextLayout.wrap(text, lead: word + "  ")
    if sentences.count > 1 { lines += TextLayout.wrap(sentences[1], lead: "      ") }
    let ink: TextStyle.Ink = word == "FAIL" ? .bad : word == "PASS" ? .good : .strong
    lines[0] = style.paint(word, ink) + lines[0].dropFirst(word.count)
    return lines
  }

  private var failedChecks: Int { count(.failed) }
  private var passedChecks: Int { count(.passed) }

  private func count(_ status: Summary.Status) -> Int {
    (summary.probes.map(\.status) + summary.expectations.map(\.status)).reduce(0) { $0 + ($1 == status ? 1 : 0) }
  }

  private var requests: String? {
    let requests = summary.requests
    guard requests.sent > 0 else {
      return summary.workloads.isEmpty ? nil : "no request was sent in the part of the run that counts."
    }
    let all = NumberText.grouped(requests.sent)
    guard requests.failed > 0 else {
      let late = requests.inFlight > 0 ? " that ended" : ""
      let tail = summary.latency.p99.map { ", 99% of them within \(figures.span($0))" } ?? ""
      return "all \(all) requests\(late) were answered\(tail)."
    }
    let share = figures.percent(Double(requests.failed) / Double(requests.sent))
    return "\(NumberText.grouped(requests.failed)) of \(all) requests failed (\(share))\(where_)."
  }

  /// When they failed.
  private var where_: String {
    let outages = summary.outages
    guard let first = outages.first else { return "" }
    if outages.count == 1 {
      let length = figures.span(first.end - first.start)
      let when = ", all within \(length) from \(figures.seconds(first.start)) on"
      return first.cause.map { "\(when): \($0)" } ?? when
    }
    let longest = outages.map { $0.end - $0.start }.max() ?? 0
    let words = ", in \(outages.count) outages, the longest \(figures.span(longest))"
    guard let worst = outages.max(by: { $0.failed < $1.failed }), let cause = worst.cause else { return words }
    return "\(words), the worst with \(NumberText.grouped(worst.failed)): \(cause)"
  }

  private var checks: String? {
    let total = failedChecks + passedChecks
    guard total > 0 else { return nil }
    guard failedChecks > 0 else {
      return total == 1 ? "The one check holds." : "All \(NumberText.grouped(total)) checks hold."
    }
    let verb = failedChecks == 1 ? "does" : "do"
    let sentence = "\(failedChecks) of \(figures.count(total, "check")) \(verb) not hold"
    if let expectation = summary.expectations.first(where: { $0.status == .failed }) {
      let text = ExpectationText(style: style)
      return "\(sentence): \(expectation.metric) is \(text.actual(expectation)), not \(text.bounds(expectation))."
    }
    if let probe = summary.probes.first(where: { $0.status == .failed }), let difference = probe.differences.first {
      return "\(sentence): '\(probe.name)' \(difference)."
    }
    return sentence + "."
  }
}

/// Expectations in words.
struct ExpectationText {
  let style: TextStyle

  /// The bounds: `≥ 0.999`.
  func bounds(_ expectation: Summary.ExpectationOutcome) -> String {
    expectation.bounds.map { bound in
      switch bound.key {
      case "atLeast": style.either("≥ ", ascii: ">= ") + bound.text
      case "atMost": style.either("≤ ", ascii: "<= ") + bound.text
      case "equals": "= " + bound.text
      default: "within " + bound.text
      }
    }.joined(separator: ", ")
  }

  /// What was found, with enough digits to tell it from its bounds.
  func actual(_ expectation: Summary.ExpectationOutcome) -> String {
    guard let actual = expectation.actual else { return style.unknown }
    if expectation.bounds.contains(where: { $0.text.last?.isLetter ?? false }), actual.magnitude < 1e9 {
      return FigureText(style: style).span(actual)
    }
    for digits in [4, 6, 9, 17] {
      let text = NumberText.significant(actual, digits)
      let shown = Double(text) ?? actual
      if expectation.bounds.allSatisfy({ $0.values.allSatisfy { ($0 < shown) == ($0 < actual) } }) {
        return actual == actual.rounded() ? FigureText(style: style).plain(actual) : text
      }
    }
    return "\(actual)"
  }
}
