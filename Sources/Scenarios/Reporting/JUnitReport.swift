// SPDX-License-Identifier: GPL-3.0-or-later

/// Checks as JUnit XML, in the form that CI systems read: a suite a scenario, a case a check.
///
/// Times are left out: the same scenarios give the same bytes.
public enum JUnitReport {
  /// The whole document.
  public static func render(_ tests: [ScenarioTest]) -> String {
    let count = tests.reduce(0) { $0 + $1.checks.count }
    let failed = tests.reduce(0) { $0 + $1.count(.failed) }
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"simrun\" tests=\"\(count)\" failures=\"\(failed)\">\n"
    for test in tests { text += suite(test) }
    return text + "</testsuites>\n"
  }

  private static func suite(_ test: ScenarioTest) -> String {
    var text = "  <testsuite name=\(quoted(test.name)) tests=\"\(test.checks.count)\""
    text += " failures=\"\(test.count(.failed))\" skipped=\"\(test.count(.observed))\" file=\(quoted(test.file))>\n"
    for (number, check) in test.checks.enumerated() {
      text += "    <testcase name=\(quoted(check.name)) classname=\(quoted("\(test.name).\(check.kind.rawValue)"))"
      switch check.status {
      case .passed: text += "/>\n"
      case .observed: text += "><skipped message=\"observed\"/></testcase>\n"
      case .failed:
        let answer = check.kind == .probe && number < test.answers.count ? test.answers[number] : nil
        let lines = CheckText(style: TextStyle()).explain(check, answer: answer)
        let body = [check.place ?? test.file] + lines.map { "\($0.label): \($0.words)" }
        let message = message(check)
        text += ">\n      <failure message=\(quoted(message))>\(escaped(body.joined(separator: "\n")))</failure>\n"
        text += "    </testcase>\n"
      }
    }
    return text + "  </testsuite>\n"
  }

  /// A failure in one line: a bound beside what was found, with their units.
  private static func message(_ check: ScenarioTest.Check) -> String {
    if let outcome = check.outcome {
      let text = ExpectationText(style: TextStyle())
      return "\(outcome.name) is \(text.actual(outcome)), expected \(text.bounds(outcome))"
    }
    let more = check.differences.count - 1
    return (check.differences.first ?? "failed") + (more > 0 ? " (and \(more) more)" : "")
  }

  private static func quoted(_ text: String) -> String { "\"" + escaped(text) + "\"" }

  /// Text with what XML reserves spelled out; characters that XML 1.0 forbids become `?`.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n": result += "\n"
      default:
        if scalar.value < 0x20 && scalar != "\t" || scalar.value == 0xfffe || scalar.value == 0xffff {
          result += "?"
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }
}
