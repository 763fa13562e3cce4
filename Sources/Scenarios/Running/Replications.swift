// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Independent runs of one scenario, side by side, with the same result on any number of threads.
public enum Replications {
  /// Runs every replication and gives their results in order.
  ///
  /// `progress` is called from several threads. The error thrown is that of the first replication that fails.
  public static func perform(
    _ scenario: Scenario, threads: Int, progress: @escaping @Sendable (Run.Progress) -> Void = { _ in }
  ) async throws -> [Run.Result] {
    let count = max(1, scenario.replications)
    if count == 1 { return [try Run(scenario, progress: progress).perform()] }
    typealias Numbered = (number: Int, result: Swift.Result<Run.Result, any Error>)
    let found = await withTaskGroup(of: Numbered.self, returning: [Numbered].self) { group in
      var next = 0
      var found: [Numbered] = []
      func start() {
        guard next < count else { return }
        let number = next
        next += 1
        group.addTask {
          (number, Swift.Result { try Run(scenario, replication: number, progress: progress).perform() })
        }
      }
      for _ in 0..<max(1, threads) { start() }
      while let done = await group.next() {
        found.append(done)
        start()
      }
      return found
    }
    return try found.sorted { $0.number < $1.number }.map { try $0.result.get() }
  }
}
