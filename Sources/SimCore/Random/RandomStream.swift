// SPDX-License-Identifier: GPL-3.0-or-later

/// An independent stream of random bits, found by name: adding a stream, or a draw to one, never shifts another.
///
/// xoshiro256++ 1.0 (Blackman and Vigna 2021, doi:10.1145/3460772), seeded by splitmix64 from seed, replication and
/// name. Two names give independent streams but for a chance of about 2^-64.
public struct RandomStream: BitwiseCopyable, Sendable {
  @usableFromInline var s0: UInt64
  @usableFromInline var s1: UInt64
  @usableFromInline var s2: UInt64
  @usableFromInline var s3: UInt64

  /// The stream of this name in a replication of an experiment.
  public init(seed: UInt64, replication: UInt32 = 0, name: String) {
    var mixed = seed
    let first = splitMix64(&mixed)
    self.init(key: foldedProduct(first ^ stableHash(name), 0xa076_1d64_78bd_642f ^ UInt64(replication)) ^ first)
  }

  /// The stream of a 64-bit key, for streams that are made by the million.
  @inlinable public init(key: UInt64) {
    var state = key
    s0 = splitMix64(&state)
    s1 = splitMix64(&state)
    s2 = splitMix64(&state)
    s3 = splitMix64(&state)
  }

  /// 64 random bits.
  @inlinable @inline(__always) public mutating func next() -> UInt64 {
    let sum = s0 &+ s3
    let result = (sum &<< 23 | sum &>> 41) &+ s0
    let shifted = s1 &<< 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = s3 &<< 45 | s3 &>> 19
    return result
  }

  /// A number in [0, 1), a multiple of 2^-53.
  @inlinable @inline(__always) public mutating func unit() -> Double { Double(next() &>> 11) * 0x1p-53 }

  /// A whole number in 0..<bound.
  ///
  /// By multiply and shift (Lemire 2019, doi:10.1145/3230636, without the rejection): each value's chance is off by at
  /// most bound / 2^64, which no run is long enough to see for the bounds used here.
  ///
  /// - Precondition: `bound` is not 0.
  @inlinable @inline(__always) public mutating func below(_ bound: UInt64) -> UInt64 {
    precondition(bound > 0, "nothing is below zero")
    return next().multipliedFullWidth(by: bound).high
  }
}
