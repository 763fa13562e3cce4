// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

extension Findings {
  /// Reports a value that is not what it must be, as it is written.
  func bad(_ node: YAMLNode, expected: String, hint: String = "") {
    guard let scalar = node.scalar, scalar.kind != .null else {
      error(.wrongType(expected: expected, found: node.typeName, hint: hint), at: node.place)
      return
    }
    let text = scalar.text.count > 60 ? String(scalar.text.prefix(60)) + "…" : scalar.text
    error(.badValue(text.isEmpty ? "an empty string" : "'\(text)'", expected: expected, hint: hint), at: node.place)
  }
}

extension ValueKind where Value == Int64 {
  /// A whole number in a range.
  static func integer(_ range: ClosedRange<Int64>) -> ValueKind {
    ValueKind(schema: .integer(range)) { node, findings in
      guard let scalar = node.scalar, scalar.kind == .integer || scalar.kind == .float else {
        findings.error(.wrongType(expected: "a whole number", found: node.typeName, hint: ""), at: node.place)
        return nil
      }
      guard scalar.kind == .integer else {
        findings.bad(node, expected: "a whole number")
        return nil
      }
      switch WholeNumber.parse(scalar.text) {
      case .octal:
        findings.bad(node, expected: "a whole number without leading zeros", hint: "YAML reads leading zeros as octal")
      case .tooLarge: findings.bad(node, expected: WholeNumber.expected(range, tooSmall: scalar.text.hasPrefix("-")))
      case .value(let value):
        if range.contains(value) { return value }
        findings.bad(node, expected: WholeNumber.expected(range, tooSmall: value < range.lowerBound))
      }
      return nil
    }
  }
}

/// Reads whole numbers.
enum WholeNumber {
  /// What a text holds.
  enum Parsed {
    case value(Int64)
    case octal
    case tooLarge
  }

  /// A text that looks like a whole number.
  static func parse(_ text: String) -> Parsed {
    let isNegative = text.hasPrefix("-")
    let digits = isNegative || text.hasPrefix("+") ? text.dropFirst() : Substring(text)
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      return Int64((isNegative ? "-" : "") + digits.dropFirst(2), radix: 16).map(Parsed.value) ?? .tooLarge
    }
    if digits.utf8.count > 1, digits.hasPrefix("0") { return .octal }
    return Int64((isNegative ? "-" : "") + digits).map(Parsed.value) ?? .tooLarge
  }

  /// What a number in a range is called, by the side on which it lies outside.
  static func expected(_ range: ClosedRange<Int64>, tooSmall: Bool) -> String {
    if range.upperBound == .max || range.upperBound == Int64(Int32.max) {
      if tooSmall, range.lowerBound == 0 { return "a whole number that is not negative" }
      if tooSmall, range.lowerBound == 1 { return "a whole number above zero" }
      return tooSmall ? "a whole number, at least \(range.lowerBound)" : "a whole number up to \(range.upperBound)"
    }
    return "a whole number between \(range.lowerBound) and \(range.upperBound)"
  }
}

extension ValueKind where Value == UInt64 {
  /// Any 64-bit seed.
  static var seed: ValueKind {
    ValueKind(schema: .integer(0...Int64.max)) { node, findings in
      if let scalar = node.scalar, scalar.kind == .integer, let value = UInt64(scalar.text) { return value }
      findings.bad(node, expected: "a whole number between 0 and \(UInt64.max)")
      return nil
    }
  }

  /// A bandwidth between 1kbit and 1000Tbit: beyond them a packet takes hours, or no time at all.
  static var bandwidth: ValueKind {
    ValueKind(schema: .string(pattern: #"^[0-9.]+[kKMGT]?bit(/s)?$"#)) { node, findings in
      guard let scalar = node.scalar, scalar.kind == .string else {
        findings.bad(node, expected: "a bandwidth such as 10Gbit")
        return nil
      }
      do throws(QuantityError) {
        if scalar.text.hasPrefix("-") { throw QuantityError(expected: "a bandwidth that is not negative") }
        let value = try Quantities.bandwidth(scalar.text)
        if value == 0 { throw QuantityError(expected: "a bandwidth above zero") }
        if value < 1000 { throw QuantityError(expected: "at least 1kbit") }
        if value > 1_000_000_000_000_000 { throw QuantityError(expected: "at most 1000Tbit") }
        return value
      } catch {
        findings.bad(node, expected: error.expected, hint: error.hint)
        return nil
      }
    }
  }
}

extension ValueKind where Value == Int {
  /// A count in a range that fits 32 bits.
  static func count(_ range: ClosedRange<Int64>) -> ValueKind {
    let integer = ValueKind<Int64>.integer(range)
    return ValueKind(schema: integer.schema) { integer.read($0, $1).map(Int.init) }
  }
  /// At least zero.
  static var count: ValueKind { count(0...Int64(Int32.max)) }
  /// At least one.
  static var positive: ValueKind { count(1...Int64(Int32.max)) }
}

extension ValueKind where Value == UInt16 {
  /// A port number, 1…65535.
  static var port: ValueKind {
    let integer = ValueKind<Int64>.integer(1...65535)
    return ValueKind(schema: integer.schema) { integer.read($0, $1).map { UInt16($0) } }
  }
}

extension ValueKind where Value == SimDuration {
  /// What a duration looks like.
  static var pattern: String { #"^[-+]?([0-9.]+(ns|us|µs|μs|ms|s|m|h))+$|^0$"# }

  /// The longest duration of a scenario: a week (chosen: the timeline has a row a second, and Linux forgets an
  /// established connection after five days).
  static var longest: SimDuration { .seconds(7 * 24 * 3600) }

  /// A duration that is not negative and at most a week.
  static var duration: ValueKind { duration(canBeZero: true, atMost: longest) }
  /// A duration above zero and at most a week.
  static var positiveDuration: ValueKind { duration(canBeZero: false, atMost: longest) }
  /// A duration that is not negative, as Kubernetes takes it.
  static var anyDuration: ValueKind { duration(canBeZero: true, atMost: nil) }
  /// A duration above zero, as Kubernetes takes it.
  static var anyPositiveDuration: ValueKind { duration(canBeZero: false, atMost: nil) }
  /// A duration that is not negative and at most so long.
  static func duration(atMost most: SimDuration) -> ValueKind { duration(canBeZero: true, atMost: most) }

  private static func duration(canBeZero: Bool, atMost most: SimDuration?) -> ValueKind {
    ValueKind(schema: .string(pattern: pattern)) { node, findings in
      guard let scalar = node.scalar, scalar.kind == .string || scalar.kind == .integer || scalar.kind == .float else {
        findings.bad(node, expected: "a duration such as 5s")
        return nil
      }
      do throws(QuantityError) {
        let value = try Quantities.duration(scalar.text)
        if value < .zero { throw QuantityError(expected: "a duration that is not negative") }
        if value == .zero, !canBeZero { throw QuantityError(expected: "a duration above zero") }
        if let most, value > most { throw QuantityError(expected: "at most \(Quantities.text(most))") }
        return value
      } catch {
        findings.bad(node, expected: error.expected, hint: error.hint)
        return nil
      }
    }
  }
}

extension ValueKind where Value == SimTime {
  /// An instant, as a duration from the start.
  static var time: ValueKind {
    let duration = ValueKind<SimDuration>.duration
    return ValueKind(schema: duration.schema) { node, findings in
      duration.read(node, findings).map { SimTime(nanoseconds: UInt64($0.nanoseconds)) }
    }
  }
}

extension ValueKind where Value == Double {
  /// A share, 0…1 or a percentage.
  static var share: ValueKind {
    ValueKind(schema: .oneOf([.number(0...1), .string(pattern: "^[0-9.]+%$")])) { node, findings in
      if let scalar = node.scalar, scalar.kind != .null, let value = try? Quantities.share(scalar.text) { return value }
      findings.bad(node, expected: "a number between 0 and 1")
      return nil
    }
  }

  /// A rate between 0.001/h and 1M/s: one request in 42 days, and as many as memory holds while they wait.
  static var rate: ValueKind {
    ValueKind(schema: .string(pattern: #"^[0-9.]+[kM]?/(us|ms|s|m|min|h)$"#)) { node, findings in
      guard let scalar = node.scalar, scalar.kind != .null else {
        findings.bad(node, expected: "a rate such as 500/s")
        return nil
      }
      do throws(QuantityError) {
        let value = try Quantities.rate(scalar.text)
        if value < 0 { throw QuantityError(expected: "a rate that is not negative") }
        if value == 0 { throw QuantityError(expected: "a rate above zero") }
        if value < 0.001 / 3600 { throw QuantityError(expected: "at least 0.001/h") }
        if value > 1e6 { throw QuantityError(expected: "at most 1M/s") }
        return value
      } catch {
        findings.bad(node, expected: error.expected, hint: error.hint)
        return nil
      }
    }
  }

  /// Any finite number.
  static var number: ValueKind {
    ValueKind(schema: .number(nil)) { node, findings in
      guard let scalar = node.scalar, scalar.kind == .integer || scalar.kind == .float,
        let value = Double(scalar.text), value.isFinite
      else {
        findings.bad(node, expected: "a number")
        return nil
      }
      return value
    }
  }

  /// A finite number above zero.
  static var positiveNumber: ValueKind {
    number.then { value, node, findings in
      if value > 0 { return value }
      findings.bad(node, expected: "a number above zero")
      return nil
    }
  }

  /// A duration in seconds that is not negative, for distributions of times.
  static var seconds: ValueKind { ValueKind<SimDuration>.duration.then { value, _, _ in value.seconds } }

  /// A number of bytes up to 1G, for distributions of sizes.
  static var bytes: ValueKind {
    ValueKind(schema: .oneOf([.integer(0...1_000_000_000), .string(pattern: #"^[0-9.]+([kMGTPE]|[KMGTPE]i)?$"#)])) {
      node, findings in
      guard let scalar = node.scalar, scalar.kind != .null else {
        findings.bad(node, expected: "a size such as 500 or 16Ki")
        return nil
      }
      do throws(QuantityError) {
        let value = try Quantities.bytes(scalar.text)
        if value < 0 { throw QuantityError(expected: "a size that is not negative") }
        if value > 1_000_000_000 { throw QuantityError(expected: "at most 1G") }
        return Double(value)
      } catch {
        findings.bad(node, expected: error.expected, hint: error.hint)
        return nil
      }
    }
  }
}
