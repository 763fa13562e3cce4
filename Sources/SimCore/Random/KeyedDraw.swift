// SPDX-License-Identifier: GPL-3.0-or-later

/// What a keyed draw decides; each purpose has draws of its own.
public struct DrawPurpose: RawRepresentable, Hashable, BitwiseCopyable, Sendable {
  /// The number that keeps purposes apart.
  public let rawValue: UInt32
  /// Wraps a number.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// Draws that belong to an entity: which endpoint this connection gets, whether this packet is lost.
///
/// Counter-based: the n-th draw is a function of (seed, purpose, entity, n) alone, so it does not depend on the order in
/// which entities come by, and a draw more for one entity shifts no other's. Two folded products over the key and the
/// counter, as wyhash finishes a block.
public struct KeyedDraw: BitwiseCopyable, Sendable {
  @usableFromInline var key: UInt64
  @usableFromInline var number: UInt64 = 0

  /// The draws of an entity for a purpose.
  @inlinable @inline(__always) public init(seed: UInt64, purpose: DrawPurpose, entity: UInt64) {
    let mixed = foldedProduct(seed ^ 0xa076_1d64_78bd_642f, UInt64(purpose.rawValue) &* 2 &+ 0xe703_7ed1_a0b4_28db)
    key = foldedProduct(entity ^ 0x8ebc_6af0_9c88_c6e3, mixed ^ 0x5899_65cc_7537_4cc3) ^ mixed
  }

  /// 64 random bits.
  @inlinable @inline(__always) public mutating func next() -> UInt64 {
    number &+= 1
    let first = foldedProduct(key ^ number &* 0x9e37_79b9_7f4a_7c15, 0xe703_7ed1_a0b4_28db)
    return foldedProduct(first ^ 0x1d8e_4e27_c47d_124f, key ^ 0xeb44_acca_b455_d165)
  }

  /// 31 random bits, as `xt_statistic` draws them.
  @inlinable @inline(__always) public mutating func next31() -> UInt32 { UInt32(truncatingIfNeeded: next() &>> 33) }

  /// A number in [0, 1), a multiple of 2^-53.
  @inlinable @inline(__always) public mutating func unit() -> Double { Double(next() &>> 11) * 0x1p-53 }

  /// A whole number in 0..<bound; see `RandomStream.below`.
  @inlinable @inline(__always) public mutating func below(_ bound: UInt64) -> UInt64 {
    precondition(bound > 0, "nothing is below zero")
    return next().multipliedFullWidth(by: bound).high
  }

  /// A stream of this entity's own, for distributions that take an unknown number of draws.
  @inlinable public mutating func stream() -> RandomStream { RandomStream(key: next()) }
}
