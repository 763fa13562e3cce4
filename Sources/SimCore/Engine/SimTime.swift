// SPDX-License-Identifier: GPL-3.0-or-later

/// An instant of simulated time: whole nanoseconds since the start of the run. Never the wall clock.
public struct SimTime: Comparable, Hashable, BitwiseCopyable, Sendable {
  /// Nanoseconds since the start.
  public let nanoseconds: UInt64

  /// Wraps nanoseconds.
  @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// The start of the run.
  @inlinable public static var zero: SimTime { SimTime(nanoseconds: 0) }

  /// Later than everything that happens: an unset deadline.
  @inlinable public static var never: SimTime { SimTime(nanoseconds: .max) }

  /// The time in seconds, for display and statistics.
  @inlinable public var seconds: Double { Double(nanoseconds) / 1e9 }

  /// The instant so many nanoseconds further on, at most `never`.
  @inlinable public func advanced(by nanoseconds: Int64) -> SimTime {
    if nanoseconds < 0 {
      let back = nanoseconds.magnitude
      return SimTime(nanoseconds: back > self.nanoseconds ? 0 : self.nanoseconds - back)
    }
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(UInt64(nanoseconds))
    return overflow ? .never : SimTime(nanoseconds: sum)
  }

  /// Orders in time.
  @inlinable public static func < (a: SimTime, b: SimTime) -> Bool { a.nanoseconds < b.nanoseconds }

  /// The instant a span later (earlier for a negative one), within [0, `never`].
  @inlinable public static func + (time: SimTime, span: SimDuration) -> SimTime {
    time.advanced(by: span.nanoseconds)
  }

  /// The instant a span earlier, within [0, `never`].
  @inlinable public static func - (time: SimTime, span: SimDuration) -> SimTime {
    time.advanced(by: span.nanoseconds == .min ? .max : -span.nanoseconds)
  }

  /// The span from one instant to another; saturates at the range of `SimDuration`.
  @inlinable public static func - (a: SimTime, b: SimTime) -> SimDuration {
    if a >= b { return SimDuration(nanoseconds: Int64(clamping: a.nanoseconds - b.nanoseconds)) }
    return SimDuration(nanoseconds: -Int64(clamping: b.nanoseconds - a.nanoseconds))
  }
}

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
}
