// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Reads a node's real rules: the text of `iptables-save`, or of `iptables -S`, and of `ipset save`.
enum RuleDumpReader {
  /// The rules of a dump; nil when there is a mistake in it, each reported at its own place.
  static func read(_ text: SourceText, _ findings: Findings) -> IPTablesRuleset? {
    let parsed = IPTablesSaveParser.parse(text.bytes, family: nil)
    for problem in parsed.problems {
      findings.error(
        .refused(problem.problem.description, hint: "as iptables-save prints it"),
        at: text.place(line: problem.line, column: problem.column))
    }
    return parsed.problems.isEmpty ? parsed.ruleset : nil
  }

  /// The sets that `ipset save` printed; nil when there is a mistake in it, each reported at its own place.
  static func readSets(_ text: SourceText, _ findings: Findings) -> [IPSet]? {
    let parsed = IPSetSaveParser.parse(String(decoding: text.bytes, as: UTF8.self))
    for problem in parsed.problems {
      findings.error(
        .refused(problem.problem.description, hint: "as ipset save prints it"),
        at: text.place(line: problem.line, column: problem.column))
    }
    return parsed.problems.isEmpty ? parsed.sets : nil
  }
}
