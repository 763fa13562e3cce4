// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// `simrun test` for people: a line a scenario, failures explained last, then the totals.
public struct TestText: Sendable {
  private let style: TextStyle
  private let options: [String]

  /// Sets the style, and the options of the command line that changed the scenarios, for the commands to go on with.
  public init(style: TextStyle = TextStyle(), options: [String] = []) {
    self.style = style
    self.options = options
  }

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
    lines += explanation(test, check, number: number)
    return lines
      + next(test, check).enumerated().map { ($0.offset == 0 ? "    next      " : "              ") + $0.element }
  }

  private func explanation(_ test: ScenarioTest, _ check: ScenarioTest.Check, number: Int) -> [String] {
    let answer = check.kind == .probe && number < test.answers.count ? test.answers[number] : nil
    let all = CheckText(style: style).explain(check, answer: answer)
    // A run that differs at all differs in hundreds of figures: the first ones tell what it is about.
    let shown = check.kind == .baseline ? 12 : all.count
    var lines: [String] = []
    for (at, line) in all.prefix(shown).enumerated() {
      let isSame = at > 0 && all[at - 1].label == line.label
      lines += TextLayout.wrap(line.words, lead: "    " + TextLayout.left(isSame ? "" : line.label, 10))
    }
    let more = all.count - shown
    if more > 0 { lines.append("              and \(NumberText.grouped(more)) more: the diff below has them all") }
    return lines
  }

  /// Commands that go on from a failed check.
  private func next(_ test: ScenarioTest, _ check: ScenarioTest.Check) -> [String] {
    guard test.file != "-" else { return [] }
    let input = ([ShellText.word(test.file)] + options).joined(separator: " ")
    switch check.kind {
    case .probe: return ["simrun trace \(input) --probe \(ShellText.word(check.name))"]
    case .expectation: return ["simrun run \(input)"]
    case .baseline:
      guard case .text(let path) = check.expected else { return [] }
      let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
      let accept = "simrun test \(input) --baseline \(ShellText.word(directory)) --update-baseline"
      // Where nothing is kept there is nothing to compare with.
      guard case .list = check.actual else { return [accept] }
      return [
        "simrun run \(input) --format json | diff \(ShellText.word(path)) -", accept + "   # keeps the new figures",
      ]
    }
  }
}
