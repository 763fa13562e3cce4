// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import TestSupport
import Testing

/// The laws: their means, their distribution functions and what is refused.
@Suite struct DistributionTests {
  private static func draws(_ law: Distribution, _ count: Int, seed: UInt64 = 1) -> [Double] {
    var stream = RandomStream(seed: seed, name: "law")
    let prepared = PreparedDistribution(law)
    return (0..<count).map { _ in prepared.draw(&stream) }
  }

  static let laws: [Distribution] = [
    .constant(3), .exponential(mean: 2), .uniform(low: 1, high: 4), .normal(mean: 10, stddev: 3),
    .normal(mean: 1, stddev: 1), .lognormal(mean: 5, sigma: 0.5), .gamma(mean: 2, shape: 0.7),
    .gamma(mean: 2, shape: 4), .weibull(mean: 3, shape: 0.8), .weibull(mean: 3, shape: 2),
    .pareto(mean: 1, shape: 3.5, max: nil), .pareto(mean: 1, shape: 1.5, max: 300),
    .pareto(mean: 5, shape: 1, max: 100), .pareto(mean: 5, shape: 0.5, max: 50), .empirical([1, 2, 2, 7]),
  ]

  /// The 99.99% interval of 200 means of 500 draws holds the mean.
  @Test(arguments: laws) func meanIsTheOneGiven(_ law: Distribution) throws {
    let values = Self.draws(law, 100_000)
    let interval = try #require(Intervals.batchMeans(values, batches: 200, confidence: 0.9999))
    #expect(interval.low - 1e-9 <= law.mean && law.mean <= interval.high + 1e-9, "\(interval), not \(law.mean)")
    #expect(values.allSatisfy { $0 >= 0 && $0.isFinite })
    #expect(law.problem == nil)
  }

  @Test func meanOfTheCutNormal() {
    expectDigits(Distribution.normal(mean: 1, stddev: 1).mean, "1.2875999709")
    expectDigits(Distribution.normal(mean: 10, stddev: 5).mean, "10.276239313")
    #expect(Distribution.normal(mean: 3, stddev: 0).mean == 3)
  }

  /// The scale of the bounded law is found again from its mean: on [1, 1000] with shapes 1.5, 1 and 0.5.
  @Test(arguments: [
    SourceRow((2.9052235414299776, 1.5)), SourceRow((6.914669948931068, 1.0)), SourceRow((31.622776601683793, 0.5)),
  ])
  func boundedParetoStartsAtItsScale(_ row: SourceRow<(Double, Double)>) {
    let values = Self.draws(.pareto(mean: row.value.0, shape: row.value.1, max: 1000), 20_000)
    let least = values.min() ?? 0
    #expect(least > 1 - 1e-9 && least < 1.01, sourceLocation: row.at)
    #expect(values.allSatisfy { $0 <= 1000 }, sourceLocation: row.at)
    let test = KolmogorovSmirnov.oneSample(Array(values.prefix(1000))) { x in
      let ends = power(1000, -row.value.1)
      return (1 - power(max(x, 1), -row.value.1)) / (1 - ends)
    }
    #expect(test?.pValue ?? 0 > 0.001, sourceLocation: row.at)
  }

  /// The p-values of 200 seeds are uniform; the quantiles of each law are taken through its distribution function.
  @Test(arguments: [
    SourceRow(Distribution.exponential(mean: 2)), SourceRow(.uniform(low: 1, high: 4)),
    SourceRow(.weibull(mean: 3, shape: 1)), SourceRow(.pareto(mean: 1, shape: 3.5, max: nil)),
    SourceRow(.gamma(mean: 2, shape: 2)), SourceRow(.normal(mean: 100, stddev: 1)),
    SourceRow(.lognormal(mean: 5, sigma: 0.5)),
  ])
  func lawHolds(_ row: SourceRow<Distribution>) throws {
    let chances = try (1...200).map { seed in
      let values = Self.draws(row.value, 200, seed: UInt64(seed))
      return try #require(KolmogorovSmirnov.oneSample(values) { distributionFunction(row.value, $0) }).pValue
    }
    let test = try #require(KolmogorovSmirnov.uniform(chances))
    #expect(test.pValue >= 0.001, "p \(test.pValue)", sourceLocation: row.at)
  }

  @Test func empiricalDrawsItsValuesAlike() throws {
    let values = Self.draws(.empirical([1, 2, 2, 7]), 10_000)
    let counts = [1.0, 2, 7].map { value in values.count { $0 == value } }
    #expect(counts.reduce(0, +) == 10_000)
    let test = try #require(GoodnessOfFit.chiSquare(observed: counts, expected: [1, 2, 1]))
    #expect(test.pValue > 0.001)
  }

  @Test(arguments: [
    SourceRow((Distribution.constant(-1), "the value (-1.0) is negative")),
    SourceRow((.constant(.nan), "the value is not a finite number")),
    SourceRow((.exponential(mean: 0), "the mean must be above 0")),
    SourceRow((.exponential(mean: .infinity), "the mean is not a finite number")),
    SourceRow((.uniform(low: 3, high: 2), "low (3.0) is above high (2.0)")),
    SourceRow((.uniform(low: -1, high: 2), "low (-1.0) is negative")),
    SourceRow((.normal(mean: -1, stddev: 2), "the mean (-1.0) is negative")),
    SourceRow((.normal(mean: 1, stddev: -2), "the standard deviation (-2.0) is negative")),
    SourceRow((.lognormal(mean: 1, sigma: 11), "sigma (11.0) is above 10")),
    SourceRow((.gamma(mean: 1, shape: 0), "the shape must be above 0")),
    SourceRow((.weibull(mean: 1, shape: 0.01), "the shape (0.01) is below 0.05")),
    SourceRow(
      (.pareto(mean: 1, shape: 1, max: nil), "the shape (1.0) must be above 1, or there is no mean: give a max")),
    SourceRow((.pareto(mean: 2, shape: 1, max: 2), "max (2.0) must be above the mean (2.0)")),
    SourceRow((.empirical([]), "there are no values")),
    SourceRow((.empirical([1, -2]), "a value (-2.0) is negative")),
  ])
  func refuses(_ row: SourceRow<(Distribution, String)>) {
    #expect(row.value.0.problem == row.value.1, sourceLocation: row.at)
  }
}
