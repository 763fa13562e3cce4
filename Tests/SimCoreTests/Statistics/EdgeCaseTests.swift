// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// Where a statistic does not exist it is nil, never NaN; and further values computed elsewhere.
@Suite struct EdgeCaseTests {
  @Test func moments() {
    #expect(Moments.mean([Double]()) == nil)
    #expect(Moments.mean([1, .nan]) == nil)
    #expect(Moments.mean([1, .infinity]) == nil)
    #expect(Moments.mean([1e16, 1, -1e16]) == 1.0 / 3)
    #expect(Moments.variance([1]) == nil)
    #expect(Moments.variance([1, 3]) == 2)
    #expect(Moments.populationVariance([1, 3]) == 1)
    #expect(Moments.standardDeviation([4, 4]) == 0)
    #expect(Moments.coefficientOfVariation([0, 0]) == nil)
    #expect(Moments.coefficientOfVariation([Int]()) == nil)
    #expect(Moments.maxOverMean([0, 0]) == nil)
    #expect(Moments.maxOverMean([0, 0, 6]) == 3)
  }

  @Test func shares() {
    #expect(Fairness.jain([Int]()) == nil)
    #expect(Fairness.jain([0, 0]) == nil)
    #expect(Fairness.jain([1, -1]) == nil)
    #expect(Fairness.jain([5, 5, 5]) == 1)
    #expect(Fairness.jain([0, 0, 7, 0]) == 0.25)
    #expect(Fairness.jain([1e200, 1e200]) == 1)
    #expect(Fairness.gini([0, 0]) == nil)
    #expect(Fairness.gini([0, 0, 7, 0]) == 0.75)
    #expect(Fairness.gini([3, 3]) == 0)
    #expect(Fairness.gini([1, .nan]) == nil)
  }

  /// Jain's index is 1 / (1 + CV²), and CV² is chi-square over the requests.
  @Test func jainIsTheCoefficientOfVariation() throws {
    var random = RandomStream(seed: 4, name: "shares")
    for _ in 0..<100 {
      var counts = [Int](repeating: 0, count: 10)
      for _ in 0..<1000 { counts[Int(random.below(10))] += 1 }
      let jain = try #require(Fairness.jain(counts))
      let variation = try #require(Moments.coefficientOfVariation(counts))
      let square = try #require(GoodnessOfFit.chiSquare(observed: counts, expected: [Double](repeating: 1, count: 10)))
      #expect((jain - 1 / (1 + variation * variation)).magnitude < 1e-14)
      #expect((variation * variation - square.statistic / 1000).magnitude < 1e-14)
    }
  }

  /// Nodes weighted alike: pods (1, 3), (2, 1, 1) and (5, 1).
  @Test func jainOfNodesWeightedAlike() {
    let sixth = 1.0 / 6
    #expect(Fairness.jain([0.5, sixth, sixth, sixth]).map { ($0 - 0.75).magnitude < 1e-15 } == true)
    #expect(Fairness.jain([sixth, sixth, 2 * sixth, 2 * sixth]).map { ($0 - 0.9).magnitude < 1e-15 } == true)
    expectDigits(Fairness.jain([0.1, 0.1, 0.1, 0.1, 0.1, 0.5]), "0.5555555556")
  }

  @Test func goodnessOfFit() {
    #expect(GoodnessOfFit.chiSquare(observed: [], expected: []) == nil)
    #expect(GoodnessOfFit.chiSquare(observed: [10], expected: [1]) == nil)
    #expect(GoodnessOfFit.chiSquare(observed: [10, 5], expected: [1]) == nil)
    #expect(GoodnessOfFit.chiSquare(observed: [0, 0], expected: [1, 1]) == nil)
    #expect(GoodnessOfFit.chiSquare(observed: [2, 2], expected: [1, 1]) == nil, "one pooled cell")
    #expect(GoodnessOfFit.chiSquare(observed: [10, -1], expected: [1, 1]) == nil)
    #expect(GoodnessOfFit.chiSquare(observed: [10, 10], expected: [.nan, 1]) == nil)
    let impossible = GoodnessOfFit.chiSquare(observed: [40, 40, 1], expected: [1, 1, 0])
    #expect(impossible?.statistic == .infinity && impossible?.pValue == 0)
    #expect(GoodnessOfFit.chiSquare(observed: [40, 40, 0], expected: [1, 1, 0])?.degreesOfFreedom == 1)
    let even = GoodnessOfFit.gTest(observed: [20, 20], expected: [3, 3])
    #expect(even?.statistic == 0 && even?.pValue == 1)
    #expect(GoodnessOfFit.gTest(observed: [20, 0], expected: [1, 1])?.statistic.isFinite == true)
    let merged = GoodnessOfFit.chiSquare(observed: [1, 6, 40, 53], expected: [1, 6, 40, 53])
    #expect(merged?.degreesOfFreedom == 2, "a pooled cell under 5 takes the least other one")
  }

  /// Values of SciPy 1.17's kstwo, ks_2samp and kstwobign.
  @Test func kolmogorovSmirnov() throws {
    expectDigits(KolmogorovSmirnov.uniform([0.1, 0.2, 0.3, 0.31, 0.35, 0.4, 0.42])?.exactP, "0.009211072069465")
    let half = KolmogorovSmirnov.uniform((0..<20).map { (Double($0) + 0.5) / 40 })
    #expect(half.map { (($0.exactP ?? 0) / 2.116062379117589e-05 - 1).magnitude < 1e-12 } == true)
    let apart = try #require(
      KolmogorovSmirnov.twoSample((0..<30).map(Double.init), (20..<50).map(Double.init))?.exactP)
    #expect((apart / 1.2750060342394341e-06 - 1).magnitude < 1e-12)
    #expect(KolmogorovSmirnov.uniform([]) == nil)
    #expect(KolmogorovSmirnov.uniform([.nan]) == nil)
    #expect(KolmogorovSmirnov.uniform([-3])?.pValue == 0)
    #expect(KolmogorovSmirnov.uniform([0.5])?.exactP == 1)
    #expect(KolmogorovSmirnov.twoSample([], [1]) == nil)
    #expect(KolmogorovSmirnov.twoSample([1, 2], [1, 2])?.pValue == 1)
    let large = KolmogorovSmirnov.uniform((0..<2000).map { (Double($0) + 0.5) / 2000 })
    #expect(large?.exactP == nil && large?.asymptoticP == 1)
  }

  @Test func intervals() {
    #expect(Intervals.mean([1]) == nil)
    #expect(Intervals.mean([1, 2], confidence: 1) == nil)
    #expect(Intervals.mean([1, 2], confidence: .nan) == nil)
    #expect(Intervals.mean([2, 2, 2])?.halfWidth == 0)
    #expect(Intervals.batchMeans([1, 2, 3], batches: 1) == nil)
    #expect(Intervals.batchMeans([1], batches: 2) == nil)
    #expect(Intervals.batchMeans([100, 1, 3, 5, 7], batches: 2)?.mean == 4, "the front fills no batch")
    expectDigits(Intervals.wilson(successes: 7, trials: 50)?.low, "0.06950833427016")
    expectDigits(Intervals.wilson(successes: 7, trials: 50)?.high, "0.26186193710586")
    expectDigits(Intervals.wilson(successes: 0, trials: 50)?.high, "0.07134759913336")
    #expect(Intervals.wilson(successes: 0, trials: 50)?.low == 0)
    #expect(Intervals.wilson(successes: 50, trials: 50)?.high == 1)
    #expect(Intervals.wilson(successes: 0, trials: 0) == nil)
    #expect(Intervals.wilson(successes: 3, trials: 2) == nil)
  }

  @Test func theRest() {
    #expect(Quantiles.type7([], p: 0.5) == nil)
    #expect(Quantiles.type7([1], p: 1.1) == nil)
    #expect(Quantiles.type7([1], p: .nan) == nil)
    #expect(Quantiles.type7([2, 1], p: 1) == 2)
    #expect(Quantiles.type7([2, 1], p: 0) == 1)
    #expect(WarmUp.mser5([1, 2, 3]) == nil)
    #expect(WarmUp.mser5([Double](repeating: 3, count: 20)) == WarmUp.mser5([Double](repeating: 3, count: 20)))
    #expect(WarmUp.mser5([Double](repeating: 3, count: 20))?.drop == 0)
    #expect(Holm.adjust([]) == [])
    #expect(Holm.adjust([0.5, 1.5]) == nil)
    #expect(Holm.adjust([.nan]) == nil)
    #expect(Holm.adjust([0.9, 0.8]) == [1, 1])
    #expect(Autocorrelation.lag([1, 1, 1], 1) == nil)
    #expect(Autocorrelation.lag([1, 2], 2) == nil)
    #expect(Autocorrelation.lag([1, 2], 0) == 1)
    #expect(MeanDifference.paired([1, 2], [1]) == nil)
    #expect(MeanDifference.paired([1, 2], [1, 2])?.pValue == 1)
    #expect(MeanDifference.welch([2, 2], [1, 1])?.pValue == 0)
    #expect(MeanDifference.welch([2, 2], [1]) == nil)
  }

  @Test func histograms() {
    let cells = Histogram.equalWidth([0, 0.5, 1, 1.5, 4, 5, -1], low: 0, high: 4, cells: 4)
    #expect(cells?.counts == [2, 2, 0, 1])
    #expect(cells?.below == 1 && cells?.above == 1 && cells?.width == 1)
    #expect(Histogram.equalWidth([1], low: 1, high: 1, cells: 3) == nil)
    #expect(Histogram.equalWidth([.nan], low: 0, high: 1, cells: 3) == nil)
    #expect(Histogram.automatic([]) == nil)
    #expect(Histogram.automatic([7, 7])?.counts == [2])
    #expect(Histogram.automatic((0..<100).map(Double.init))?.counts.reduce(0, +) == 100)
  }
}
