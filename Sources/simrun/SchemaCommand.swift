// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Scenarios

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of a Scenario.",
    discussion: """
      Editors check and complete with it; each default comes with its source.

      EXAMPLE
        simrun schema > scenario.schema.json
      """)

  @OptionGroup var styleOptions: StyleOptions

  func run() throws { try Terminal(styleOptions).print(ScenarioSchema.text) }
}
