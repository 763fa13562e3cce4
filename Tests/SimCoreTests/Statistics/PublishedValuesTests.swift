// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// Every statistic against values computed elsewhere, to every digit given.
@Suite struct PublishedValuesTests {
  @Test func studentT() {
    expectDigits(Intervals.studentT(confidence: 0.95, degreesOfFreedom: 9), "2.2621571628")
    expectDigits(Intervals.studentT(confidence: 0.99, degreesOfFreedom: 9), "3.2498355416")
    expectDigits(Intervals.studentT(confidence: 0.95, degreesOfFreedom: 29), "2.0452296421")
    expectDigits(Intervals.studentT(confidence: 0.99, degreesOfFreedom: 29), "2.7563859037")
  }

  @Test func chiSquareAndG() {
    let observed = [18, 25, 21, 30, 26]
    let even = [Double](repeating: 1, count: 5)
    let pearson = GoodnessOfFit.chiSquare(observed: observed, expected: even)
    expectDigits(pearson?.statistic, "3.5833333333")
    expectDigits(pearson?.pValue, "0.465320958751")
    #expect(pearson?.degreesOfFreedom == 4)
    let g = GoodnessOfFit.gTest(observed: observed, expected: even)
    expectDigits(g?.statistic, "3.6270605054")
    expectDigits(g?.pValue, "0.458823240439")
  }

  @Test func pooledCells() {
    let pooled = GoodnessOfFit.chiSquare(observed: [3, 1, 40, 56], expected: [0.02, 0.03, 0.4, 0.55])
    expectDigits(pooled?.statistic, "0.218181818182")
    expectDigits(pooled?.pValue, "0.896648900257")
    #expect(pooled?.degreesOfFreedom == 2)
  }

  @Test func kolmogorovSmirnov() {
    let values = [0.03, 0.11, 0.19, 0.34, 0.35, 0.47, 0.58, 0.66, 0.79, 0.97]
    let one = KolmogorovSmirnov.uniform(values)
    expectDigits(one?.statistic, "0.15")
    expectDigits(one?.exactP, "0.95396527")
    expectDigits(one?.asymptoticP, "0.978035935316")
    let two = KolmogorovSmirnov.twoSample(
      [1.2, 2.4, 0.7, 3.1, 2.2, 1.9, 0.4, 2.8], [2.9, 3.3, 1.6, 4.1, 2.5, 3.8, 3, 2.1, 4.4, 3.6])
    expectDigits(two?.statistic, "0.575")
    expectDigits(two?.exactP, "0.0704328351387")
    expectDigits(two?.asymptoticP, "0.105833310937")
  }

  @Test func welch() {
    let test = MeanDifference.welch([20.1, 22.3, 19.8, 24, 21.5], [25.2, 27.9, 23.1, 26.4, 30, 24.6])
    expectDigits(test?.t, "-3.67876903906")
    expectDigits(test?.degreesOfFreedom, "8.77883283248")
    expectDigits(test?.pValue, "0.0053064313522")
    expectDigits(test?.difference.low, "-7.53658047105")
    expectDigits(test?.difference.high, "-1.78341952895")
  }

  @Test func paired() {
    let test = MeanDifference.paired([12, 15, 11, 18, 14, 16], [14, 18, 11, 21, 15, 20])
    expectDigits(test?.t, "-3.60555127546")
    expectDigits(test?.pValue, "0.0154526212859")
    expectDigits(test?.difference.mean, "-2.16666666667")
    expectDigits(test?.difference.halfWidth, "1.54472743603")
  }

  @Test func holm() {
    let adjusted = Holm.adjust([0.013, 0.0008, 0.21, 0.04, 0.027]) ?? []
    #expect(adjusted.count == 5)
    for (value, text) in zip(adjusted, ["0.052", "0.004", "0.21", "0.081", "0.081"]) {
      #expect((value - (Double(text) ?? 0)).magnitude < 1e-15)
    }
  }

  @Test func shares() {
    let shares = [1, 2, 3, 4, 10]
    #expect(Fairness.gini(shares).map { ($0 - 0.4).magnitude < 1e-15 } == true)
    expectDigits(Fairness.jain(shares), "0.6153846154")
    expectDigits(Moments.coefficientOfVariation(shares), "0.7905694150")
    expectDigits(Moments.maxOverMean(shares), "2.5")
  }

  @Test func mser5() {
    let series = (0..<100).map { (i: Int) -> Double in Double((17 * i) % 23 + max(0, 30 - 2 * i)) }
    let end = WarmUp.mser5(series)
    expectDigits(end?.statistic, "0.2407001832")
    #expect(end?.drop == 15)
    expectDigits(end?.mean, "10.8470588235")
  }

  @Test func batchMeansAndLag() {
    let series = (0..<200).map { (i: Int) -> Double in Double((37 * i * i + 11 * i) % 101) }
    let interval = Intervals.batchMeans(series, batches: 10)
    expectDigits(interval?.mean, "49.235")
    expectDigits(interval?.halfWidth, "4.33183408177")
    expectDigits(Autocorrelation.lag(series, 1), "-0.0226497143067")
  }

  @Test func quantiles() {
    let values: [Double] = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]
    #expect(Quantiles.type7(values, p: 0.5) == 4)
    #expect(Quantiles.type7(values, p: 0.9) == 6)
    #expect(Quantiles.type7(values, p: 0.99).map { ($0 - 8.7).magnitude < 1e-12 } == true)
  }
}
