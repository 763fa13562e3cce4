// SPDX-License-Identifier: GPL-3.0-or-later

/// A span of simulated time in whole nanoseconds, up to 292 years either way.
public struct SimDuration: Comparable, Hashable, BitwiseCopyable, Sendable {
  /// Nanoseconds.
  public let nanoseconds: Int64

  /// Wraps nanoseconds.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Rounds seconds to nanoseconds; nil when they are no number or out of range.
  @inlinable public init?(seconds: Double) {
    let scaled = (seconds * 1e9).rounded()
    guard scaled > -9.2e18, scaled < 9.2e18 else { return nil }
    nanoseconds = Int64(scaled)
  }

  /// Rounds seconds to nanoseconds, for draws in a hot loop: what is negative or no number becomes zero, what is too long
  /// becomes the longest span.
  @inlinable public init(clampingSeconds seconds: Double) {
    let scaled = seconds * 1e9 + 0.5
    if scaled < 0x1p63 {
      nanoseconds = scaled > 0 ? Int64(scaled) : 0
    } else {
      nanoseconds = scaled.isNaN ? 0 : .max
    }
  }

  /// No time at all.
  @inlinable public static var zero: SimDuration { SimDuration(nanoseconds: 0) }
  /// Whole nanoseconds.
  @inlinable public static func nanoseconds(_ n: Int64) -> SimDuration { SimDuration(nanoseconds: n) }
  /// Whole microseconds, saturating.
  @inlinable public static func microseconds(_ n: Int64) -> SimDuration { .scaled(n, 1000) }
  /// Whole milliseconds, saturating.
  @inlinable public static func milliseconds(_ n: Int64) -> SimDuration { .scaled(n, 1_000_000) }
  /// Whole seconds, saturating.
  @inlinable public static func seconds(_ n: Int64) -> SimDuration { .scaled(n, 1_000_000_000) }

  @inlinable static func scaled(_ n: Int64, _ unit: Int64) -> SimDuration {
    let (product, overflow) = n.multipliedReportingOverflow(by: unit)
    return SimDuration(nanoseconds: overflow ? ((n < 0) == (unit < 0) ? .max : .min) : product)
  }

  /// The span in seconds, for display and statistics.
  @inlinable public var seconds: Double { Double(nanoseconds) / 1e9 }

  /// Orders by length.
  @inlinable public static func < (a: SimDuration, b: SimDuration) -> Bool { a.nanoseconds < b.nanoseconds }

  /// The sum, saturating.
  @inlinable public static func + (a: SimDuration, b: SimDuration) -> SimDuration {
    let (sum, overflow) = a.nanoseconds.addingReportingOverflow(b.nanoseconds)
    return SimDuration(nanoseconds: overflow ? (b.nanoseconds < 0 ? .min : .max) : sum)
  }

  /// The difference, saturating.
  @inlinable public static func - (a: SimDuration, b: SimDuration) -> SimDuration {
    let (difference, overflow) = a.nanoseconds.subtractingReportingOverflow(b.nanoseconds)
    return SimDuration(nanoseconds: overflow ? (b.nanoseconds < 0 ? .max : .min) : difference)
  }

  /// A multiple, saturating.
  @inlinable public static func * (a: SimDuration, factor: Int64) -> SimDuration { .scaled(a.nanoseconds, factor) }

  /// A multiple, saturating.
  @inlinable public static func * (factor: Int64, a: SimDuration) -> SimDuration { a * factor }

  /// A part, rounded toward zero.
  ///
  /// - Precondition: the divisor is not zero.
  @inlinable public static func / (a: SimDuration, divisor: Int64) -> SimDuration {
    precondition(divisor != 0, "a span divided by zero")
    let (quotient, overflow) = a.nanoseconds.dividedReportingOverflow(by: divisor)
    return SimDuration(nanoseconds: overflow ? .max : quotient)
  }

  /// The span the other way, saturating.
  @inlinable public static prefix func - (a: SimDuration) -> SimDuration { .zero - a }

  /// Lengthens the span, saturating.
  @inlinable public static func += (a: inout SimDuration, b: SimDuration) { a = a + b }

  /// Shortens the span, saturating.
  @inlinable public static func -= (a: inout SimDuration, b: SimDuration) { a = a - b }

  /// The span times a factor, rounded to the nearest nanosecond, saturating; nil when the factor is not finite.
  @inlinable public func scaled(by factor: Double) -> SimDuration? {
    guard factor.isFinite else { return nil }
    let product = (Double(nanoseconds) * factor).rounded()
    if product >= 0x1p63 { return SimDuration(nanoseconds: .max) }
    return SimDuration(nanoseconds: product <= -0x1p63 ? .min : Int64(product))
  }
}

extension SimDuration: CustomStringConvertible {
  /// Seconds with all nine decimals, such as `-0.000000250s`.
  public var description: String { (nanoseconds < 0 ? "-" : "") + decimalSeconds(nanoseconds.magnitude) }
}
