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

  /// Pearson's test of what was left to chance against the exact probabilities: of connections, or under ClientIP
  /// affinity of each client's first one, which the client's others follow. Nil where too little is known.
  static func test(_ service: ServiceFigures) -> ChiSquareFigures? {
    let drawn = service.backends.map { backend -> (count: Int, expected: Double?) in
      service.hasClientIPAffinity
        ? (backend.clients ?? 0, backend.expectedClients) : (backend.connections, backend.expectedConnections)
    }
    let known = drawn.filter { $0.count > 0 || ($0.expected ?? 0) > 0 }
    guard known.contains(where: { ($0.expected ?? 0) > 0 }) else { return nil }
    return GoodnessOfFit.chiSquare(observed: known.map(\.count), expected: known.map { $0.expected ?? 0 })
      .map {
        ChiSquareFigures(statistic: $0.statistic, degreesOfFreedom: Double($0.degreesOfFreedom), pValue: $0.pValue)
      }
  }

  /// How evenly anything is spread over the backends that got connections or could have.
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
