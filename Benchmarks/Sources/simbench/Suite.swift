// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// Runs every benchmark once at its usual size, then the guard.
struct Suite: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "All of them at their usual sizes, and the guard.")

  private static let commands = [
    "hold --pending 10000 --events 20000000", "hold --pending 1000000 --events 20000000",
    "echo --services 10 --requests 1000000", "echo --services 10000 --requests 1000000",
    "flows --services 10 --flows 500000", "flows --services 10000 --flows 500000",
    "connections --connections 100000", "load --nodes 5000 --services 10000 --pods 150000", "guard",
  ]

  func run() throws {
    for line in Suite.commands {
      var command = try Simbench.parseAsRoot(line.split(separator: " ").map(String.init))
      try command.run()
    }
  }
}
