// SPDX-License-Identifier: GPL-3.0-or-later

/// A row number in one table: no array index by itself, and never mixed up with another table's.
public struct ID<Kind>: RawRepresentable, Hashable, Comparable, BitwiseCopyable, Sendable {
  /// The row number.
  public let rawValue: UInt32

  /// Wraps a row number.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Wraps an array index, which must be below 2^32 - 1.
  @inlinable public init(index: Int) {
    precondition(index >= 0 && index < Int(UInt32.max), "row number out of range")
    rawValue = UInt32(truncatingIfNeeded: index)
  }

  /// The id that stands for no row.
  @inlinable public static var none: ID { ID(rawValue: .max) }

  /// Whether this is `none`.
  @inlinable public var isNone: Bool { rawValue == .max }

  /// The row number as an array index.
  @inlinable public var index: Int { Int(rawValue) }

  /// Orders by row number.
  @inlinable public static func < (a: ID, b: ID) -> Bool { a.rawValue < b.rawValue }
}
