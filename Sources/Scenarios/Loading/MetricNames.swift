// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// The metrics that an expectation can bound, by what they are of.
enum MetricNames {
  private static let requests =
    ["sent", "attempts", "succeeded", "failed", "inFlight", "successRatio"].map { "requests.\($0)" }
    + RequestOutcome.allCases.filter { $0 != .succeeded }.map { "requests.failedBy.\($0.name)" }
  private static let latency = ["mean", "p50", "p90", "p99", "p999", "max"].map { "latency.\($0)" }
  private static let outage = ["count", "total", "longest"].map { "outage.\($0)" }
  private static let fairness = [
    "jain", "gini", "coefficientOfVariation", "maxOverMean", "chiSquare.statistic", "chiSquare.degreesOfFreedom",
    "chiSquare.pValue",
  ]
  private static let balance =
    fairness.map { "balance.\($0)" }
    + ["requests", "bytes", "busyTime"].flatMap { basis in fairness.map { "balance.\(basis).\($0)" } }
  private static let counts = ["connections", "requests", "bytes"]
  private static let engine = ["engine.events", "engine.packets", "engine.simulatedSeconds"]

  /// The metrics of a kind of subject.
  static func of(_ subject: Expectation.Subject) -> [String] {
    switch subject {
    case .run: requests + latency + outage + engine
    case .workload: requests + latency + outage
    case .service: balance + requests + latency + counts
    case .pod: counts + ["share", "expectedShare", "busyTime"] + requests + latency
    case .node: counts
    }
  }
}
