// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import Scenarios

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check files without running them.",
    discussion: """
      Lists every mistake with its place, and puts the cluster together to see that
      everything can be allocated.

      EXAMPLE
        simrun validate app.yaml scenario.yaml
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var styleOptions: StyleOptions

  func run() throws {
    let terminal = Terminal(styleOptions)
    var scenario: Scenario?
    do {
      let loaded = try input.load(terminal)
      scenario = loaded
      _ = try ClusterSnapshot(loaded)
      try terminal.print(ValidationText.render(loaded, style: terminal.style))
    } catch {
      throw ExitCodes.report(error, terminal: terminal, scenario: scenario)
    }
  }
}
