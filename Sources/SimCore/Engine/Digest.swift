// SPDX-License-Identifier: GPL-3.0-or-later

/// A running fingerprint of a history: equal histories, equal digests, on every machine.
///
/// Two runs with equal digests have, but for a chance of about 2^-64, seen the same things in the same order. It is no
/// defence against somebody who constructs collisions.
public struct Digest: BitwiseCopyable, Sendable, Hashable, CustomStringConvertible {
  @usableFromInline var state: UInt64 = 0x5157_1a2b_3c4d_5e6f

  /// The fingerprint so far.
  @inlinable public var value: UInt64 { state }

  /// Starts an empty history.
  @inlinable public init() {}

  /// Adds what happened at an instant, packed in one word.
  @inlinable @inline(__always) public mutating func mix(_ time: SimTime, _ word: UInt64) {
    state = foldedProduct(state ^ time.nanoseconds, word ^ 0x9e37_79b9_7f4a_7c15) &+ 0x5851_f42d_4c95_7f2d
  }

  /// Sixteen hexadecimal digits.
  public var description: String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
