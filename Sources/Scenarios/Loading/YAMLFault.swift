// SPDX-License-Identifier: GPL-3.0-or-later

/// A fault that libyaml found, in words that say what was expected and where.
///
/// Source of libyaml's words: libyaml 0.2.5, src/scanner.c, src/parser.c.
struct YAMLFault {
  /// What should have stood there.
  var expected: String
  /// What stood there.
  var found: String
  /// Why it was expected.
  var hint: String
  /// Where.
  var place: SourcePlace

  /// Translates libyaml's `problem` and `context`.
  init(problem: String, context: String, at: Int, from: Int?, source: SourceText) {
    let end = source.bytes.count
    place = source.place(min(at, end)..<min(at + 1, end))
    if at >= end {
      // The end of the file is shown behind the last thing in it.
      let last = source.bytes.lastIndex { $0 > 32 }.map { $0 + 1 } ?? 0
      place = source.place(last..<last)
    }
    found = YAMLFault.describe(source, at)
    hint = ""
    let opened = from.map { source.position(of: $0).line }
    switch (context, problem) {
    case ("while scanning a quoted scalar", _) where problem.contains("end of stream") || problem.contains("document"):
      expected = "a closing quote"
      hint = "the quote opens here"
      if let from { place = source.place(from..<from + 1) }
    case ("while parsing a flow sequence", _):
      expected = "',' or ']'"
      if let opened { hint = "the list opens on line \(opened)" }
    case ("while parsing a flow mapping", _):
      expected = "',' or '}'"
      if let opened { hint = "the mapping opens on line \(opened)" }
    case (_, "did not find expected node content"):
      expected = "a value"
    case ("while parsing a block mapping", _):
      expected = "a key, indented like the one on line \(opened ?? 1)"
    case ("while parsing a block collection", _):
      expected = "'-', indented like the one on line \(opened ?? 1)"
    case ("while scanning a simple key", _):
      expected = "':' after the key"
      if let from { place = source.place(from..<from + 1) }
    case (_, "mapping values are not allowed in this context"):
      expected = "the end of the value"
      hint = "quote a value that holds ': ', or indent the line"
    case (_, "mapping keys are not allowed in this context"),
      (_, "block sequence entries are not allowed in this context"):
      expected = "a value"
    case (_, "found character that cannot start any token"):
      expected = found == "a tab" ? "spaces" : "a value"
      hint = found == "a tab" ? "YAML is indented by spaces" : "quote a value that starts so"
    case (_, _) where problem.contains("tab character"):
      expected = "spaces"
      hint = "YAML is indented by spaces"
    case (_, "found unknown escape character"):
      expected = "an escape that YAML knows"
      hint = "in single quotes a backslash is a backslash"
    default:
      expected = YAMLFault.expectation(in: problem)
      hint = context
    }
  }

  private static func expectation(in problem: String) -> String {
    for start in ["did not find expected ", "did not find the expected ", "could not find expected "]
    where problem.hasPrefix(start) {
      return String(problem.dropFirst(start.count))
    }
    return "YAML (\(problem))"
  }

  private static func describe(_ source: SourceText, _ at: Int) -> String {
    let rest = source.bytes[min(at, source.bytes.count)...]
    guard let first = rest.first else { return "the end of the file" }
    switch first {
    case 9: return "a tab"
    case 10, 13: return "the end of the line"
    default: break
    }
    if rest.starts(with: [45, 45, 45]) { return "'---'" }
    // Up to the end of the word, so that a message shows what a reader sees.
    let stops: Set<UInt8> = [10, 13, 9, 32, 44, 58, 91, 93, 123, 125]
    let word = rest.prefix { !stops.contains($0) }
    return "'\(String(decoding: word.isEmpty ? rest.prefix(1) : word.prefix(40), as: UTF8.self))'"
  }
}
