// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// A check that does not hold, explained: what was expected, what is, which rule decided.
struct CheckText {
  let style: TextStyle

  /// The explanation as labelled lines; `answer` is a probe's answer.
  func explain(_ check: ScenarioTest.Check, answer: Run.ProbeAnswer?) -> [(label: String, words: String)] {
    switch check.kind {
    case .probe:
      var lines = [("expected", ProbeText.words(check.expected)), ("actual", ProbeText.words(check.actual))]
      if let walk = answer?.trace.map({ walk($0, check) }) { lines.append(("walk", walk)) }
      return lines + check.differences.map { ("because", $0) }
    case .expectation:
      guard let outcome = check.outcome else { return check.differences.map { ("actual", $0) } }
      let text = ExpectationText(style: style)
      let note = outcome.note.isEmpty ? "" : ", \(outcome.note)"
      return [("expected", text.bounds(outcome)), ("actual", text.actual(outcome) + note)]
    case .baseline: return check.differences.map { ("changed", $0) }
    }
  }

  /// The rule that decided the walk: the one with the verdict, or the one that masquerades where only that differs.
  private func walk(_ trace: Trace, _ check: ScenarioTest.Check) -> String {
    let taken = trace.steps.filter { $0.kind == .rule && !$0.effect.hasPrefix("not taken") }
    func last(_ targets: [String]) -> TraceStep? {
      taken.last { step in targets.contains { step.text.contains("-j \($0)") } }
    }
    let isMasquerade = check.differences.allSatisfy { $0.hasSuffix("masqueraded") } && !check.differences.isEmpty
    let rule: TraceStep?
    if isMasquerade {
      rule = last(["MASQUERADE", "SNAT"])
      if rule == nil { return "no rule masquerades" }
    } else {
      // The likeliest branch is the one walked: it may have ended in another way than the others.
      rule =
        last(["DROP", "REJECT"]) ?? last(["DNAT"]) ?? (check.actual["verdict"] == .text("accept") ? taken.last : nil)
      if rule == nil { return "no rule changes it" }
    }
    guard let rule else { return "" }
    let quoted = TraceText.shortened(rule.text, chain: rule.chain)
    let place = [rule.place, rule.table, rule.hook, rule.chain].filter { !$0.isEmpty }.joined(separator: " ")
    return "\(place) \(rule.ruleNumber)  \(quoted)"
  }
}
