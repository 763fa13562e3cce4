// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for Storage/ and Engine/ until they land, so that the model can be written beside them.

/// A typed row number.
public struct ID<Kind>: RawRepresentable, Hashable, Comparable, BitwiseCopyable, Sendable {
  /// The number.
  public let rawValue: UInt32
  /// Wraps a number.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// No row.
  @inlinable public static var none: ID { ID(rawValue: .max) }
  /// Whether it is `none`.
  @inlinable public var isNone: Bool { rawValue == .max }
  /// The number as an array index.
  @inlinable public var index: Int { Int(rawValue) }
  /// Orders by number.
  @inlinable public static func < (a: ID, b: ID) -> Bool { a.rawValue < b.rawValue }
}

/// An instant, in nanoseconds.
public struct SimTime: Comparable, Hashable, BitwiseCopyable, Sendable {
  /// Nanoseconds since the start.
  public let nanoseconds: UInt64
  /// Wraps nanoseconds.
  @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
  /// The start.
  public static var zero: SimTime { SimTime(nanoseconds: 0) }
  /// Orders in time.
  @inlinable public static func < (a: SimTime, b: SimTime) -> Bool { a.nanoseconds < b.nanoseconds }
}

/// A span of time, in nanoseconds.
public struct SimDuration: Comparable, Hashable, BitwiseCopyable, Sendable {
  /// Nanoseconds.
  public let nanoseconds: Int64
  /// Wraps nanoseconds.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  /// Whole nanoseconds.
  public static func nanoseconds(_ n: Int64) -> SimDuration { SimDuration(nanoseconds: n) }
  /// Whole microseconds.
  public static func microseconds(_ n: Int64) -> SimDuration { SimDuration(nanoseconds: n * 1000) }
  /// Whole milliseconds.
  public static func milliseconds(_ n: Int64) -> SimDuration { SimDuration(nanoseconds: n * 1_000_000) }
  /// Whole seconds.
  public static func seconds(_ n: Int64) -> SimDuration { SimDuration(nanoseconds: n * 1_000_000_000) }
  /// Orders by length.
  @inlinable public static func < (a: SimDuration, b: SimDuration) -> Bool { a.nanoseconds < b.nanoseconds }
}

/// A 128-bit key.
public struct KeyPair: Hashable, BitwiseCopyable, Sendable {
  /// First word.
  public var first: UInt64
  /// Second word.
  public var second: UInt64
  /// Pairs two words.
  @inlinable public init(_ first: UInt64, _ second: UInt64) {
    self.first = first
    self.second = second
  }
}

/// A map by 128-bit key.
public struct FlatMap128<Value: BitwiseCopyable>: ~Copyable {
  private var values: [KeyPair: Value] = [:]
  /// Makes an empty map.
  public init() {}
  /// Looks a key up.
  public func find(_ key: KeyPair) -> Value? { values[key] }
  /// Sets a key's value.
  public mutating func insert(_ key: KeyPair, _ value: Value) { values[key] = value }
}

/// A counter-based generator.
public struct KeyedDraw: BitwiseCopyable, Sendable {
  private var state: UInt64
  /// Keys the draws.
  @inlinable public init(key: UInt64) { self.init(state: key) }
  @usableFromInline init(state: UInt64) { self.state = state }
  /// 31 random bits.
  public mutating func next31() -> UInt32 {
    state &+= 0x9e37_79b9_7f4a_7c15
    let p = state.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return UInt32(truncatingIfNeeded: (p.high ^ p.low) >> 33)
  }
}
