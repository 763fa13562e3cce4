// SPDX-License-Identifier: GPL-3.0-or-later

/// The directory where `simrun test` keeps summaries to compare with.
public struct TestBaselines: Sendable {
  private let directory: String
  private let updates: Bool

  /// Compares with what a directory holds, or with `updates` replaces it.
  public init(directory: String, updates: Bool) {
    self.directory = directory
    self.updates = updates
  }

  /// Adds the comparison to each test; when updating, writes the new summaries instead.
  ///
  /// A scenario that sends nothing has no baseline: its probes say all that there is.
  public func apply(_ runs: [CheckedRun], to tests: inout [ScenarioTest]) throws(ResultFiles.Failure) {
    for (at, run) in runs.enumerated() where !run.summary.workloads.isEmpty {
      let path = "\(directory)/\(ResultFiles.fileName(run.scenario.name)).json"
      if updates {
        try ResultFiles.write(JSONReport.run(run.summary), to: path)
      } else {
        let kept = ResultFiles.read(path)
        tests[at].addBaseline(kept.flatMap { Baseline.changes(kept: $0, now: run.summary) }, path: path)
      }
    }
  }
}
