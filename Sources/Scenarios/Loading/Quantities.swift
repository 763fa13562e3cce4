// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A quantity that cannot be read: what it must be, and what would help.
struct QuantityError: Error, Hashable {
  /// What it must be: `a duration such as 1m30s`, `at most 292 years` …
  var expected: String
  /// What would mend it; may be empty.
  var hint: String = ""
}

/// Reads the quantities of a scenario from their text.
///
/// Decimals are read exactly: `0.1us` is 100 ns, `0.1ns` is an error and not zero.
enum Quantities {
  /// A Go duration: `1m30s`, `200us`, `1.5h`, `0`.
  ///
  /// Source: Go, time.ParseDuration; finer than a nanosecond is refused instead of truncated.
  static func duration(_ text: String) throws(QuantityError) -> SimDuration {
    let shape = QuantityError(expected: "a duration such as 200us, 5s or 1m30s")
    var rest = Substring(text)
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
    if rest == "0" { return .zero }
    var total: Int64 = 0
    var parts = 0
    while !rest.isEmpty {
      guard let decimal = Decimal.take(from: &rest) else { throw shape }
      let unit = rest.prefix { $0 != "." && !$0.isNumber }
      rest = rest.dropFirst(unit.count)
      guard let scale = durationUnits.first(where: { $0.name == unit })?.nanoseconds else {
        throw QuantityError(
          expected: shape.expected, hint: unit.isEmpty && parts == 0 ? "write \(text)s for seconds" : "")
      }
      let value = try whole(decimal, times: scale, atMost: .max, finest: "a nanosecond", "at most 292 years")
      let (sum, overflow) = total.addingReportingOverflow(Int64(value))
      if overflow { throw QuantityError(expected: "at most 292 years") }
      total = sum
      parts += 1
    }
    guard parts > 0 else { throw shape }
    return SimDuration(nanoseconds: isNegative ? -total : total)
  }

  /// A duration as it would be written: `168h`, `1h30m`, `12ms`.
  static func text(_ duration: SimDuration) -> String {
    var rest = duration.nanoseconds.magnitude
    if rest == 0 { return "0s" }
    var text = duration.nanoseconds < 0 ? "-" : ""
    for (name, scale) in durationUnits.reversed() where name.utf8.allSatisfy({ $0 < 128 }) {
      if rest / scale > 0 { text += "\(rest / scale)\(name)" }
      rest %= scale
    }
    return text
  }

  /// A number of bytes as a Kubernetes quantity: `500`, `16Ki`, `1M`, `1.5Gi`, `1e3`.
  ///
  /// Source: apimachinery pkg/api/resource/quantity.go; a fraction of a byte is refused.
  static func bytes(_ text: String) throws(QuantityError) -> Int64 {
    let shape = QuantityError(expected: "a size such as 500, 16Ki or 1M")
    return try scaled(text, units: sizeUnits, shape, finest: "a byte", most: "at most 8Ei")
  }

  /// Requests a second: `500/s`, `30/m`, `1k/s`, `0.5/ms`.
  static func rate(_ text: String) throws(QuantityError) -> Double {
    let shape = QuantityError(expected: "a rate such as 500/s", hint: text.contains("/") ? "" : "write \(text)/s")
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw shape }
    var number = parts[0]
    let isNegative = number.hasPrefix("-")
    if isNegative { number = number.dropFirst() }
    guard let decimal = Decimal.take(from: &number),
      let factor = rateFactors.first(where: { $0.name == number })?.factor,
      let divisor = rateDivisors.first(where: { $0.name == parts[1] })?.seconds
    else { throw shape }
    let value = decimal.double * factor / divisor
    guard value <= 1e9 else { throw QuantityError(expected: "at most 1e9/s") }
    return isNegative ? -value : value
  }

  /// Bits a second: `10Gbit`, `100Mbit`, `1.5Gbit/s`.
  static func bandwidth(_ text: String) throws(QuantityError) -> UInt64 {
    let shape = QuantityError(expected: "a bandwidth such as 10Gbit")
    var number = Substring(text)
    if number.hasSuffix("/s") { number = number.dropLast(2) }
    guard number.hasSuffix("bit") else { throw shape }
    return UInt64(
      clamping: try scaled(
        String(number.dropLast(3)), units: bitUnits, shape, finest: "a bit", most: "at most 9.2Ebit"))
  }

  /// A share: `0.25` or `25%`.
  static func share(_ text: String) throws(QuantityError) -> Double {
    let shape = QuantityError(expected: "between 0 and 1")
    var rest = Substring(text)
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
    guard let decimal = Decimal.take(from: &rest, exponents: true), rest.isEmpty || rest == "%" else { throw shape }
    let value = rest == "%" ? decimal.double / 100 : decimal.double
    guard value <= 1, !isNegative || value == 0 else { throw shape }
    return value
  }

  private static let durationUnits: [(name: String, nanoseconds: UInt64)] = [
    ("ns", 1), ("us", 1000), ("µs", 1000), ("μs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
    ("m", 60_000_000_000), ("h", 3_600_000_000_000),
  ]
  private static let sizeUnits: [(name: String, factor: UInt64)] = [
    ("", 1), ("k", 1000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000), ("E", 1_000_000_000_000_000_000), ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30),
    ("Ti", 1 << 40), ("Pi", 1 << 50), ("Ei", 1 << 60),
  ]
  private static let bitUnits: [(name: String, factor: UInt64)] = [
    ("", 1), ("k", 1000), ("K", 1000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
  ]
  private static let rateFactors: [(name: String, factor: Double)] = [("", 1), ("k", 1e3), ("M", 1e6)]
  private static let rateDivisors: [(name: String, seconds: Double)] = [
    ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("min", 60), ("h", 3600),
  ]

  private static func scaled(
    _ text: String, units: [(name: String, factor: UInt64)], _ shape: QuantityError, finest: String, most: String
  ) throws(QuantityError) -> Int64 {
    var rest = Substring(text)
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
    guard let decimal = Decimal.take(from: &rest, exponents: true),
      let factor = units.first(where: { $0.name == rest })?.factor
    else { throw shape }
    let value = Int64(try whole(decimal, times: factor, atMost: UInt64(Int64.max), finest: finest, most))
    return isNegative ? -value : value
  }

  /// The product, which must be whole and in range.
  private static func whole(
    _ decimal: Decimal, times factor: UInt64, atMost limit: UInt64, finest: String, _ most: String
  ) throws(QuantityError) -> UInt64 {
    let bound = min(limit, UInt64(Int64.max))
    // digits × factor / 10^places, in 128 bits: digits has at most 19 figures.
    let product = decimal.digits.multipliedFullWidth(by: factor)
    var quotient = UInt128(product.high) << 64 | UInt128(product.low)
    for _ in 0..<max(0, decimal.places) {
      guard quotient % 10 == 0 else { throw QuantityError(expected: "no finer than \(finest)") }
      quotient /= 10
    }
    for _ in 0..<max(0, -decimal.places) {
      if quotient > UInt128(bound) { throw QuantityError(expected: most) }
      quotient *= 10
    }
    guard quotient <= UInt128(bound) else { throw QuantityError(expected: most) }
    return UInt64(quotient)
  }
}

/// An unsigned decimal number: `digits` / 10^`places`.
private struct Decimal {
  var digits: UInt64 = 0
  var places = 0

  var double: Double {
    var value = Double(digits)
    var scale = 1.0
    for _ in 0..<min(abs(places), 400) { scale *= 10 }
    if places > 0 { value /= scale } else { value *= scale }
    return value
  }

  /// Takes a number off the front; nil when there is none or it has more than 19 significant figures.
  static func take(from text: inout Substring, exponents: Bool = false) -> Decimal? {
    var result = Decimal()
    var count = 0
    var hasPoint = false
    var rest = text.utf8
    while let byte = rest.first {
      if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else if byte &- 48 < 10 {
        let (shifted, over) = result.digits.multipliedReportingOverflow(by: 10)
        let (sum, carry) = shifted.addingReportingOverflow(UInt64(byte - 48))
        if over || carry { return nil }
        result.digits = sum
        count += 1
        if hasPoint { result.places += 1 }
      } else {
        break
      }
      rest = rest.dropFirst()
    }
    guard count > 0 else { return nil }
    if exponents, let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
      var power = rest.dropFirst()
      let isNegative = power.first == UInt8(ascii: "-")
      if isNegative || power.first == UInt8(ascii: "+") { power = power.dropFirst() }
      let digits = power.prefix { $0 &- 48 < 10 }
      if let value = Int(Substring(digits)), value < 400 {
        result.places += isNegative ? value : -value
        rest = power.dropFirst(digits.count)
      }
    }
    text = Substring(rest)
    return result
  }
}
