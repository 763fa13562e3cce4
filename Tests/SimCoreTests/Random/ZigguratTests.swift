// SPDX-License-Identifier: GPL-3.0-or-later
import CGSL
import Testing

@testable import SimCore

/// Exponential draws by the ziggurat of our own, and the logarithm and exponential under it.
@Suite struct ZigguratTests {
  @Test func seriesAgreeWithTheLibrary() {
    var stream = RandomStream(seed: 3, name: "series")
    for _ in 0..<20_000 {
      let x = (stream.unit() - 0.5) * 1000
      #expect((Series.exp(x) / exp(x) - 1).magnitude < 1e-15)
      let y = exp((stream.unit() - 0.5) * 80)
      #expect((Series.log(y) - log(y)).magnitude <= 4e-16 * max(1, log(y).magnitude))
    }
    #expect(Series.log(1) == 0)
    #expect(Series.exp(0) == 1)
  }

  /// The layers climb from the tail to the top of the curve, all of one area.
  @Test func layersClose() {
    let layers = (0..<256).map { Ziggurat.layers[$0] }
    for (below, layer) in zip(layers.dropFirst(), layers.dropFirst(2)) {
      #expect(below.high == layer.low)
      #expect(below.scale > layer.scale)
    }
    let top = layers[255]
    #expect(((top.high - top.low) * top.scale * 0x1p53 / Ziggurat.area - 1).magnitude < 1e-9)
    #expect(top.certain == 0)
    #expect((layers[0].high * layers[0].scale * 0x1p53 / Ziggurat.area - 1).magnitude < 1e-15)
    #expect((layers[1].scale * 0x1p53 - Ziggurat.edge).magnitude < 1e-14)
  }

  @Test func lawHoldsOnTwoHundredSeeds() throws {
    let chances = try (1...200).map { seed in
      var stream = RandomStream(seed: UInt64(seed), name: "ziggurat")
      let values = (0..<1000).map { _ in -expm1(-stream.exponential()) }
      return try #require(KolmogorovSmirnov.uniform(values)).pValue
    }
    let test = try #require(KolmogorovSmirnov.uniform(chances))
    #expect(test.pValue >= 0.001, "p \(test.pValue)")
  }

  /// A million draws in fine cells, wedges and tail among them.
  @Test func lawHoldsInFineCells() throws {
    var stream = RandomStream(seed: 11, name: "ziggurat")
    var counts = [Int](repeating: 0, count: 512)
    var beyond: [Double] = []
    for _ in 0..<1_000_000 {
      let value = stream.exponential()
      counts[min(511, Int(-expm1(-value) * 512))] += 1
      if value > Ziggurat.edge { beyond.append(value - Ziggurat.edge) }
    }
    let cells = try #require(
      GoodnessOfFit.chiSquare(observed: counts, expected: [Double](repeating: 1, count: 512)))
    #expect(cells.pValue > 0.001 && cells.pValue < 0.999)
    // Beyond the edge lie e^-edge of all, and by no memory they follow the law again.
    let share = try #require(Intervals.wilson(successes: beyond.count, trials: 1_000_000, confidence: 0.999))
    #expect(share.contains(exp(-Ziggurat.edge)))
    let tail = try #require(KolmogorovSmirnov.uniform(beyond.map { -expm1(-$0) }))
    #expect(tail.pValue > 0.001)
  }
}
