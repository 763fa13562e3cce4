// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import SimCore

/// Streams by name, and draws that belong to an entity.
@Suite struct RandomStreamTests {
  /// First values, fixed for ever: a change of one changes every result ever published.
  @Test func firstValuesAreFixed() {
    var stream = RandomStream(seed: 1, name: "client/7/arrivals")
    let values = [stream.next(), stream.next(), stream.next()]
    #expect(values == [6_653_242_427_158_828_440, 5_932_062_129_910_046_357, 12_549_226_568_023_860_056])
    var other = RandomStream(seed: 1, replication: 1, name: "client/7/arrivals")
    #expect(other.next() == 9_437_253_438_720_464_110)
    var keyed = KeyedDraw(seed: 1, purpose: DrawPurpose(rawValue: 2), entity: 3)
    #expect([keyed.next(), keyed.next()] == [18_262_582_328_403_028_175, 17_743_893_513_029_071_784])
    let bits = [stream.exponential().bitPattern, stream.exponential().bitPattern]
    #expect(bits == [4_606_286_309_054_112_951, 4_587_156_447_064_746_600])
  }

  /// splitmix64 and xoshiro256++ agree with their authors' C code, from fixed states.
  @Test func generatorsAreTheAuthors() {
    var state: UInt64 = 0
    #expect(splitMix64(&state) == 0xe220_a839_7b1d_cdaf)
    #expect(splitMix64(&state) == 0x6e78_9e6a_a1b9_65f4)
    var stream = RandomStream(key: 0)
    (stream.s0, stream.s1, stream.s2, stream.s3) = (1, 2, 3, 4)
    for value in [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386] as [UInt64] {
      #expect(stream.next() == value)
    }
  }

  @Test func otherStreamsShiftNothing() {
    var alone = RandomStream(seed: 5, name: "a")
    let expected = (0..<100).map { _ in alone.next() }
    var first = RandomStream(seed: 5, name: "a")
    var second = RandomStream(seed: 5, name: "b")
    for value in expected {
      #expect(first.next() == value)
      #expect(second.next() != value)
    }
  }

  @Test func namesSeedsAndReplicationsDiffer() {
    var seen: Set<UInt64> = []
    for seed in 0..<20 as Range<UInt64> {
      for replication in 0..<20 as Range<UInt32> {
        for name in ["", "a", "b", "aa", "client/1", "client/2"] {
          var stream = RandomStream(seed: seed, replication: replication, name: name)
          seen.insert(stream.next())
        }
      }
    }
    #expect(seen.count == 2400)
  }

  /// Neighbouring names, side by side: every pair of cells alike.
  @Test func neighboursAreIndependent() throws {
    var one = RandomStream(seed: 9, name: "client/1")
    var two = RandomStream(seed: 9, name: "client/2")
    var counts = [Int](repeating: 0, count: 256)
    for _ in 0..<50_000 { counts[Int(one.below(16) * 16 + two.below(16))] += 1 }
    let test = try #require(GoodnessOfFit.chiSquare(observed: counts, expected: [Double](repeating: 1, count: 256)))
    #expect(test.pValue > 0.001 && test.pValue < 0.999)
  }

  @Test func unitIsUniform() throws {
    let chances = try (1...200).map { seed in
      var stream = RandomStream(seed: UInt64(seed), name: "unit")
      return try #require(KolmogorovSmirnov.uniform((0..<500).map { _ in stream.unit() })).pValue
    }
    #expect(try #require(KolmogorovSmirnov.uniform(chances)).pValue >= 0.001)
  }

  @Test func belowStaysBelow() {
    var stream = RandomStream(seed: 2, name: "below")
    for bound in [1, 2, 3, 1000, .max] as [UInt64] {
      for _ in 0..<200 { #expect(stream.below(bound) < bound) }
    }
  }
}
