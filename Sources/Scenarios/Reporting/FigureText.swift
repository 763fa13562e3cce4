// SPDX-License-Identifier: GPL-3.0-or-later

/// Figures as people read them.
struct FigureText {
  let style: TextStyle

  /// A share in per cent with two decimals, more where that would show nothing: `0.56%`, `0.0004%`.
  func percent(_ share: Double?) -> String {
    guard let share else { return style.unknown }
    let value = share * 100
    if value > 0, value < 0.01 { return NumberText.significant(value, 1) + "%" }
    // What is not all must not read as all.
    if value < 100, value > 99.99 { return NumberText.significant(value, 7) + "%" }
    return NumberText.fixed(value, 2) + "%"
  }

  /// Three significant digits without a unit: `75.4`, `107`, `0.0213`.
  func three(_ value: Double) -> String {
    let magnitude = value.magnitude
    if magnitude == 0 { return "0" }
    if magnitude >= 99.95 { return NumberText.grouped(Int(value.rounded())) }
    if magnitude >= 9.995 { return NumberText.fixed(value, 1) }
    if magnitude >= 0.9995 { return NumberText.fixed(value, 2) }
    return NumberText.significant(value, 3)
  }

  /// A length of time in the unit that reads best: `2.15 s`, `75.4 ms`.
  func span(_ seconds: Double?) -> String {
    guard let seconds else { return style.unknown }
    if seconds == 0 { return "0 s" }
    if seconds < 1e-3 { return three(seconds * 1e6) + style.either(" µs", ascii: " us") }
    if seconds < 0.9995 { return three(seconds * 1e3) + " ms" }
    return three(seconds) + " s"
  }

  /// A whole number of seconds without decimals, else with two: `120 s`, `30.01 s`.
  func seconds(_ value: Double) -> String { plainSeconds(value) + " s" }

  /// As `seconds`, without the unit.
  func plainSeconds(_ value: Double) -> String {
    value == value.rounded() ? NumberText.fixed(value, 0) : NumberText.fixed(value, 2)
  }

  /// `p 0.95`, and `p < 0.0001` for what is less.
  func pValue(_ p: Double) -> String {
    p < 0.0001 ? "p < 0.0001" : "p " + NumberText.fixed(p, p < 0.01 ? 4 : p < 0.1 ? 3 : 2)
  }

  /// A figure with at most six significant digits.
  func plain(_ value: Double?) -> String {
    guard let value else { return style.unknown }
    if value == value.rounded(), value.magnitude < 1e15 { return NumberText.grouped(Int(value)) }
    return NumberText.significant(value, 6)
  }

  /// A number of things: `1 node`, `3 nodes`.
  func count(_ number: Int, _ thing: String) -> String {
    NumberText.grouped(number) + " " + thing + (number == 1 ? "" : "s")
  }
}
