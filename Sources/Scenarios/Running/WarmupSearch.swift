// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Finds where the initial transient of a scenario with `warmup: auto` ends, by a run of its own.
///
/// MSER-5 over the latencies of succeeded requests in the order of their end (means of as many as keep the series under
/// its limit); the warm-up ends when the first request after the cut was sent. Source: SimCore, `WarmUp`.
enum WarmupSearch {
  /// The longest series that is judged.
  private static let limit = 20_000

  /// The scenario with its warm-up settled; as it is when that is fixed.
  static func settle(_ scenario: Scenario) throws -> Scenario {
    guard scenario.warmup == .automatic else { return scenario }
    var settled = scenario
    settled.world.warmup = try end(of: scenario)
    settled.warmup = .fixed(settled.world.warmup)
    return settled
  }

  private static func end(of scenario: Scenario) throws -> SimDuration {
    let cluster = try SimulatedCluster(scenario.world)
    let end = SimTime.zero + scenario.world.duration
    var series = Series()
    while cluster.now < end {
      try cluster.run(until: min(cluster.now + .seconds(1), end))
      _ = cluster.drainChanges()
      cluster.drainConnections { _ in }
      cluster.drainRequests { records in
        for record in records where record.outcome == .succeeded { series.add(record) }
      }
    }
    guard let cut = WarmUp.mser5(series.means), cut.drop > 0, cut.drop < series.starts.count else { return .zero }
    return series.starts[cut.drop] - .zero
  }

  /// Means of so many latencies each; when there are too many of them, pairs become one.
  private struct Series {
    var means: [Double] = []
    var starts: [SimTime] = []
    private var size = 1
    private var open: [Double] = []
    private var openStart = SimTime.never

    mutating func add(_ record: RequestRecord) {
      open.append(record.latency.seconds)
      openStart = min(openStart, record.arrival)
      guard open.count == size, let mean = Moments.mean(open) else { return }
      means.append(mean)
      starts.append(openStart)
      open = []
      openStart = .never
      if means.count == WarmupSearch.limit { halve() }
    }

    private mutating func halve() {
      size *= 2
      means = stride(from: 0, to: means.count - 1, by: 2).map { (means[$0] + means[$0 + 1]) / 2 }
      starts = stride(from: 0, to: starts.count - 1, by: 2).map { min(starts[$0], starts[$0 + 1]) }
    }
  }
}
