// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// A scenario that was run, in all its replications, and judged.
public struct CheckedRun: Sendable {
  /// The scenario, its warm-up settled.
  public var scenario: Scenario
  /// The figures and the outcome of every check.
  public var summary: Summary
  /// The probes' answers in the first replication, in the scenario's order: for whoever explains a failure.
  public var answers: [Run.ProbeAnswer]

  /// How many checks ended so.
  public func count(_ status: Summary.Status) -> Int {
    summary.probes.reduce(0) { $0 + ($1.status == status ? 1 : 0) }
      + summary.expectations.reduce(0) { $0 + ($1.status == status ? 1 : 0) }
  }

  /// Whether no check failed.
  public var holds: Bool { count(.failed) == 0 }

  /// Runs and judges. Routing is the same in every replication, so probes are judged in the first.
  public static func perform(
    _ scenario: Scenario, threads: Int, progress: @escaping @Sendable (Run.Progress) -> Void = { _ in }
  ) async throws -> CheckedRun {
    let settled = try WarmupSearch.settle(scenario)
    let runs = try await Replications.perform(settled, threads: threads, progress: progress)
    var summary = SummaryMerge.merge(runs.map(\.summary))
    let answers = runs.first?.answers ?? []
    summary.probes = zip(settled.probes, answers).map(ProbeCheck.judge)
    let windows = Run.windows(settled)
    summary.expectations = settled.expectations.map { ExpectationCheck.judge($0, runs, windows: windows) }
    return CheckedRun(scenario: settled, summary: summary, answers: answers)
  }
}
