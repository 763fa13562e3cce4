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

  /// Moves the instant, within [0, `never`].
  @inlinable public static func += (time: inout SimTime, span: SimDuration) { time = time + span }
}

extension SimTime: CustomStringConvertible {
  /// Seconds with all nine decimals, such as `12.000000001s`.
  public var description: String { decimalSeconds(nanoseconds) }
}

/// Writes nanoseconds as seconds, exactly.
func decimalSeconds(_ nanoseconds: UInt64) -> String {
  let fraction = String(nanoseconds % 1_000_000_000)
  return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.count) + fraction + "s"
}
