// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// How a Service's connections were spread, beside how its rules should have spread them.
enum Balance {
  /// Fills in shares, their intervals and the exact shares.
  ///
  /// `expected` is, for each backend, the sum over the counted connections of its exact probability when each was
  /// opened; nil when that is not known. The interval is Wilson's score interval at 95 %.
  static func shares(_ backends: inout [BackendFigures], expected: [Double]?) {
    let total = backends.reduce(0) { $0 + $1.connections }
    let weight = expected?.reduce(0, +) ?? 0
    guard total > 0 else { return }
    for at in backends.indices {
      backends[at].share = Double(backends[at].connections) / Double(total)
      backends[at].shareInterval = Intervals.wilson(successes: backends[at].connections, trials: total)
        .map { $0.low...$0.high }
      if let expected, weight > 0 { backends[at].expectedShare = expected[at] / weight }
    }
  }

  /// The figures over the backends that got connections or could have.
  static func figures(_ backends: [BackendFigures], expected: [Double]?) -> BalanceFigures {
    let counted = backends.indices.filter { at in
      backends[at].connections > 0 || expected.map { $0[at] > 0 } ?? true
    }
    let counts = counted.map { backends[$0].connections }
    var figures = evenness(counts)
    if let expected {
      figures.chiSquare = GoodnessOfFit.chiSquare(observed: counts, expected: counted.map { expected[$0] })
        .map {
          ChiSquareFigures(
            statistic: $0.statistic, degreesOfFreedom: Double($0.degreesOfFreedom), pValue: $0.pValue)
        }
    }
    return figures
  }

  /// How evenly anything is spread over the backends that got connections or could have. There is no test: requests on
  /// one connection go where it goes.
  static func figures(
    _ backends: [BackendFigures], expected: [Double]?, of amount: KeyPath<BackendFigures, Int>
  ) -> BalanceFigures {
    evenness(
      backends.indices.filter { at in
        backends[at].connections > 0 || backends[at][keyPath: amount] > 0 || expected.map { $0[at] > 0 } ?? true
      }.map { backends[$0][keyPath: amount] })
  }

  private static func evenness(_ counts: [Int]) -> BalanceFigures {
    var figures = BalanceFigures()
    guard counts.contains(where: { $0 > 0 }) else { return figures }
    figures.jain = Fairness.jain(counts)
    figures.gini = Fairness.gini(counts)
    figures.coefficientOfVariation = Moments.coefficientOfVariation(counts)
    figures.maxOverMean = Moments.maxOverMean(counts)
    return figures
  }
}
