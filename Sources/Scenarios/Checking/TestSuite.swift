// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// The scenarios behind the PATHs of `simrun test`.
public struct TestSuite: Sendable {
  /// The scenarios read, in order.
  public private(set) var scenarios: [Scenario] = []
  /// Files without a Scenario document, which are left out.
  public private(set) var skipped: [String] = []
  /// Everything odd or wrong about the files.
  public private(set) var diagnostics: [Diagnostic] = []

  /// Reads every file; directories are searched for YAML files, in byte order of their paths.
  public init(_ paths: [String], loader: ScenarioLoader) {
    var loader = loader
    loader.makesScenario = false
    let files = paths.flatMap { path -> [String] in
      let files = TestFiles.expand(path)
      if files.isEmpty { diagnostics.append(.error(.unreadable(file: path, reason: "it holds no YAML file"), at: nil)) }
      return files
    }
    for path in files {
      if path != "-", ScenarioLoader.holdsScenario(path) == false {
        skipped.append(path)
        continue
      }
      switch loader.load([path]) {
      case .success(let loaded):
        diagnostics += loaded.warnings
        if loaded.scenario.isImplied { skipped.append(path) } else { scenarios.append(loaded.scenario) }
      case .failure(let failure): diagnostics += failure.diagnostics
      }
    }
    // A green result that checked nothing would be taken for a good one.
    if scenarios.isEmpty, failure == nil {
      let place = paths.count == 1 ? "in '\(paths[0])'" : "in any of the \(paths.count) paths"
      diagnostics.append(.error(.refused("no Scenario document \(place); nothing was checked", hint: ""), at: nil))
    }
  }

  /// What stops the tests; nil when nothing does.
  public var failure: ScenarioLoader.Failure? {
    diagnostics.contains { $0.severity == .error } ? ScenarioLoader.Failure(diagnostics: diagnostics) : nil
  }

  /// Runs every scenario, in order, each with all threads for its replications.
  public func perform(
    threads: Int, progress: @escaping @Sendable (String, Run.Progress) -> Void = { _, _ in }
  ) async throws -> [CheckedRun] {
    var runs: [CheckedRun] = []
    for scenario in scenarios {
      do {
        runs.append(
          try await CheckedRun.perform(scenario, threads: threads) { progress(scenario.name, $0) })
      } catch let problems as AssemblyProblems {
        throw ScenarioLoader.Failure(diagnostics: scenario.diagnostics(of: problems))
      }
    }
    return runs
  }
}
