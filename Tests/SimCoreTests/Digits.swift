// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

/// Whether a number, rounded to the digits that a text gives, is that text.
func expectDigits(_ value: Double?, _ text: String, at: SourceLocation = #_sourceLocation) {
  guard let value, let expected = Double(text) else {
    Issue.record("\(String(describing: value)), not \(text)", sourceLocation: at)
    return
  }
  let decimals = text.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.count ?? 0
  let unit = (0..<decimals).reduce(1.0) { unit, _ in unit / 10 }
  let allowed = unit * 0.5001 + expected.magnitude * 1e-15
  #expect((value - expected).magnitude <= allowed, "\(value), not \(text)", sourceLocation: at)
}
