// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// The benchmarks of the simulator: each does a known amount of work and prints one line of JSON.
@main struct Simbench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simbench",
    abstract: "Measures the simulator; each subcommand prints one line of JSON.",
    discussion: """
      Beyond a fixed start-up the work grows with the last option and nothing else, so that the process may be timed \
      from outside at two sizes and the start-up cancels out.
      """,
    subcommands: [
      Suite.self, Hold.self, Echo.self, Flows.self, Connections.self, Load.self, Rules.self, Traces.self,
      Changes.self, Digests.self, Guard.self,
    ],
    defaultSubcommand: Suite.self)
}

/// A whole number above zero.
struct Amount: ExpressibleByArgument {
  let value: Int

  init?(argument: String) {
    guard let value = Int(argument), value > 0 else { return nil }
    self.value = value
  }
}
