// SPDX-License-Identifier: GPL-3.0-or-later
private import CGSL

/// The outcome of a chi-square or G test.
public struct ChiSquare: Sendable, Hashable {
  /// The statistic; infinite when something was observed in a cell that was expected never to be.
  public let statistic: Double
  /// Cells after pooling, less one.
  public let degreesOfFreedom: Int
  /// The chance of a statistic at least this large if the expectation is true.
  public let pValue: Double
}

/// Whether counts agree with what was expected of them.
public enum GoodnessOfFit {
  /// Pearson's test: Σ(observed - expected)² / expected against chi-square with cells - 1 degrees of freedom.
  ///
  /// `expected` is in any unit: counts, shares or weights; it is scaled to the total observed. Cells that then expect
  /// fewer than 5 are pooled into one, and that one with the least other cell while it still expects fewer than 5.
  /// Nil when fewer than two cells remain, the lengths differ, or a number is negative or not finite.
  /// Sources: Pearson 1900; Cochran 1954, doi:10.2307/3001616, for the 5.
  public static func chiSquare(observed: [Int], expected: [Double]) -> ChiSquare? {
    test(observed, expected) { observed, expected in (observed - expected) * (observed - expected) / expected }
  }

  /// The likelihood-ratio test: 2 Σ observed log(observed / expected), pooled and judged as `chiSquare`.
  ///
  /// Source: Sokal and Rohlf, Biometry, 17.2.
  public static func gTest(observed: [Int], expected: [Double]) -> ChiSquare? {
    test(observed, expected) { observed, expected in
      observed > 0 ? 2 * observed * Series.log(observed / expected) : 0
    }
  }

  private static func test(
    _ observed: [Int], _ expected: [Double], term: (_ observed: Double, _ expected: Double) -> Double
  ) -> ChiSquare? {
    guard observed.count == expected.count, observed.allSatisfy({ $0 >= 0 }),
      expected.allSatisfy({ $0 >= 0 && $0.isFinite })
    else { return nil }
    let total = observed.reduce(0.0) { $0 + Double($1) }
    let weight = Moments.sum(expected)
    guard total > 0, weight > 0, weight.isFinite else { return nil }
    let cells = zip(observed, expected).map { (observed: Double($0), expected: $1 / weight * total) }
    let pooled = pool(cells)
    guard pooled.count > 1 else { return nil }
    let freedom = pooled.count - 1
    if cells.contains(where: { $0.expected == 0 && $0.observed > 0 }) {
      return ChiSquare(statistic: .infinity, degreesOfFreedom: freedom, pValue: 0)
    }
    let statistic = max(0, Moments.sum(pooled.map { term($0.observed, $0.expected) }))
    let chance = gsl_cdf_chisq_Q(statistic, Double(freedom))
    guard statistic.isFinite, chance.isFinite else { return nil }
    return ChiSquare(statistic: statistic, degreesOfFreedom: freedom, pValue: chance)
  }

  /// The cells, those that expect fewer than 5 as one.
  private static func pool(_ cells: [(observed: Double, expected: Double)]) -> [(observed: Double, expected: Double)] {
    var kept = cells.filter { $0.expected >= 5 }
    var rest = (observed: 0.0, expected: 0.0)
    for cell in cells where cell.expected < 5 {
      rest.observed += cell.observed
      rest.expected += cell.expected
    }
    // Shares add up to less than they should in the last digits: 5 means 5 less their rounding.
    while rest.expected > 0, rest.expected < 5 - 1e-9,
      let least = kept.indices.min(by: { kept[$0].expected < kept[$1].expected })
    {
      let cell = kept.remove(at: least)
      rest.observed += cell.observed
      rest.expected += cell.expected
    }
    return rest.expected > 0 ? [rest] + kept : kept
  }
}
