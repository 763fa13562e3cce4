// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// `simrun test` for people: a line a scenario, failures explained last, then the totals.
public struct TestText: Sendable {
  private let style: TextStyle

  /// Sets the style.
  public init(style: TextStyle = TextStyle()) { self.style = style }

  /// The whole output.
  public func render(_ tests: [ScenarioTest]) -> String {
    let width = min(48, tests.map(\.name.count).max() ?? 0)
    var lines = tests.map { line($0, width: width) }
    for test in tests {
      for (number, check) in test.checks.enumerated() where check.status == .failed {
        lines += [""] + explain(test, check, number: number)
      }
    }
    let passed = tests.reduce(0) { $0 + $1.count(.passed) }
    let failed = tests.reduce(0) { $0 + $1.count(.failed) }
    lines += ["", "\(NumberText.grouped(passed)) passed, \(NumberText.grouped(failed)) failed"]
    return style.finish(lines.map { $0.trimmedEnd + "\n" }.joined())
  }

  private func line(_ test: ScenarioTest, width: Int) -> String {
    let name = TextLayout.left(TextLayout.fit(test.name, width, style), width)
    let judged = test.count(.passed) + test.count(.failed)
    var text = "\(style.mark(test.status)) \(name)  " + TextLayout.right(NumberText.grouped(judged), 4)
    if test.count(.failed) > 0 { text += "   " + style.paint("\(test.count(.failed)) failed", .bad) }
    if test.count(.observed) > 0 { text += "   \(test.count(.observed)) observed" }
    return text
  }

  private func explain(_ test: ScenarioTest, _ check: ScenarioTest.Check, number: Int) -> [String] {
    let between = style.either("›", ascii: ">")
    let name = TextLayout.fit("\(test.name) \(between) \(check.name)", 64, style)
    let place = check.place ?? test.file
    let room = TextStyle.columns - 2 - name.count
    var lines = ["\(style.failed) \(name)" + TextLayout.right(place, max(place.count + 2, room))]
    if place.count + 2 > room { lines = ["\(style.failed) \(name)"] + TextLayout.wrap(place, lead: "    ") }
    switch check.kind {
    case .probe: lines += probe(test, check, number: number)
    case .expectation:
      lines += TextLayout.wrap(bounds(check.expected), lead: "    expected  ")
      lines += TextLayout.wrap(check.differences.first ?? "", lead: "    actual    ")
      lines.append("    next      simrun run \(ShellText.word(test.file))")
    case .baseline:
      let shown = 12
      for (at, words) in check.differences.prefix(shown).enumerated() {
        lines += TextLayout.wrap(words, lead: at == 0 ? "    changed   " : "              ")
      }
      let more = check.differences.count - shown
      if more > 0 { lines.append("              and \(NumberText.grouped(more)) more") }
    }
    return lines
  }

  private func bounds(_ expected: Datum) -> String {
    guard case .object(let fields) = expected else { return "" }
    return fields.map { field in
      let value = JSONText.compact(field.value)
      switch field.name {
      case "atLeast": return style.either("≥ ", ascii: ">= ") + value
      case "atMost": return style.either("≤ ", ascii: "<= ") + value
      case "equals": return "= " + value
      default: return "\(field.name) \(value)"
      }
    }.joined(separator: ", ")
  }

  private func probe(_ test: ScenarioTest, _ check: ScenarioTest.Check, number: Int) -> [String] {
    var lines = TextLayout.wrap(ProbeText.words(check.expected), lead: "    expected  ")
    lines += TextLayout.wrap(ProbeText.words(check.actual), lead: "    actual    ")
    if let trace = number < test.answers.count ? test.answers[number].trace : nil,
      let rule = trace.steps.last(where: { $0.kind == .rule })
    {
      let quoted = TraceText.shortened(rule.text, chain: rule.chain)
      let where_ = [rule.place, rule.table, rule.hook, rule.chain].filter { !$0.isEmpty }.joined(separator: " ")
      lines += TextLayout.wrap("\(where_) \(rule.ruleNumber)  \(quoted)", lead: "    walk      ")
    }
    lines += check.differences.flatMap { TextLayout.wrap($0, lead: "    because   ") }
    lines.append("    next      simrun trace \(ShellText.word(test.file)) --probe \(ShellText.word(check.name))")
    return lines
  }
}
