// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// Draws that belong to an entity.
@Suite struct KeyedDrawTests {
  private static func draw(_ entity: UInt64, purpose: UInt32 = 1) -> KeyedDraw {
    KeyedDraw(seed: 7, purpose: DrawPurpose(rawValue: purpose), entity: entity)
  }

  @Test func orderOfEntitiesDoesNotMatter() {
    let forward = (0..<1000 as Range<UInt64>).map { entity in
      var draw = Self.draw(entity)
      return [draw.next(), draw.next()]
    }
    for entity in (0..<1000 as Range<UInt64>).reversed() {
      var draw = Self.draw(entity)
      if entity % 3 == 0 { _ = Self.draw(entity, purpose: 2) }
      #expect([draw.next(), draw.next()] == forward[Int(entity)])
    }
  }

  @Test func purposesAndSeedsAreApart() {
    var seen: Set<UInt64> = []
    for seed in 0..<10 as Range<UInt64> {
      for purpose in 0..<10 as Range<UInt32> {
        for entity in 0..<100 as Range<UInt64> {
          var draw = KeyedDraw(seed: seed, purpose: DrawPurpose(rawValue: purpose), entity: entity)
          seen.insert(draw.next())
        }
      }
    }
    #expect(seen.count == 10_000)
  }

  /// Over entities that count up, as they do: the first draw, the second, and both together.
  @Test func uniformOverEntities() throws {
    var pairs = [Int](repeating: 0, count: 256)
    var bits = [Int](repeating: 0, count: 31)
    for entity in 0..<100_000 as Range<UInt64> {
      var draw = Self.draw(entity)
      let first = draw.next31()
      #expect(first < 1 << 31)
      for bit in 0..<31 where first >> UInt32(bit) & 1 == 1 { bits[bit] += 1 }
      pairs[Int(first >> 27) * 16 + Int(draw.below(16))] += 1
    }
    let test = try #require(GoodnessOfFit.chiSquare(observed: pairs, expected: [Double](repeating: 1, count: 256)))
    #expect(test.pValue > 0.001 && test.pValue < 0.999)
    for (bit, ones) in bits.enumerated() {
      #expect(abs(ones - 50_000) < 700, "bit \(bit)")
    }
  }

  @Test func uniformAlongOneEntity() throws {
    var draw = Self.draw(42)
    let values = (0..<1000).map { _ in draw.unit() }
    let test = try #require(KolmogorovSmirnov.uniform(values))
    #expect(test.pValue > 0.001)
    let dependence = try #require(Autocorrelation.lag(values, 1))
    #expect(dependence.magnitude < 0.1)
  }

  @Test func aStreamOfItsOwn() {
    var draw = Self.draw(1)
    var other = Self.draw(2)
    var a = draw.stream()
    var b = other.stream()
    #expect(a.next() != b.next())
    var again = Self.draw(1)
    var same = again.stream()
    a = draw.stream()
    _ = same.next()
    #expect(a.next() != same.next())
  }
}
