// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Glibc
import Scenarios

extension TextStyle.ColourPolicy: ExpressibleByArgument {}

/// How output looks; every command has these.
struct StyleOptions: ParsableArguments {
  @Option(help: "When to colour: auto, always or never. Auto heeds NO_COLOR and TERM=dumb.")
  var color = TextStyle.ColourPolicy.auto

  @Flag(help: "Replace every glyph by ASCII characters.")
  var ascii = false
}

/// Files, and what options say in their place.
struct InputOptions: ParsableArguments {
  @Argument(help: "Manifests and a Scenario; several are one input, '-' is standard input.", completion: .file())
  var files: [String]

  @OptionGroup var settings: SettingOptions

  /// Reads the files; without a Scenario document clients and their requests are made up only where they are asked for.
  func load(
    _ terminal: Terminal, more: [ScenarioLoader.Override] = [], makesLoad: Bool = false
  ) throws -> Scenario {
    let loader = ScenarioLoader(overrides: try settings.overrides() + more, makesScenario: makesLoad)
    let loaded = try loader.load(files).get()
    terminal.report(loaded.warnings)
    return loaded.scenario
  }
}

/// What options say in place of the file.
struct SettingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The seed of all chance.", valueName: "number"))
  var seed: String?

  @Option(help: ArgumentHelp("How long requests are sent, such as 2m30s.", valueName: "time"))
  var duration: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set a key under spec: workloads.browse.arrivals.rate=100/s. Repeatable.", valueName: "key=value"))
  var settings: [String] = []

  /// The options as words for a shell, for a command that goes on from this one.
  var words: [String] {
    var words: [String] = []
    if let seed { words += ["--seed", seed] }
    if let duration { words += ["--duration", duration] }
    for setting in settings { words += ["--set", setting] }
    return words.map(ShellText.word)
  }

  /// The options as overrides, in the order that lets `--set` have the last word.
  func overrides() throws -> [ScenarioLoader.Override] {
    var overrides: [ScenarioLoader.Override] = []
    if let seed { overrides.append(.init(option: "--seed", key: "seed", value: seed)) }
    if let duration { overrides.append(.init(option: "--duration", key: "duration", value: duration)) }
    for setting in settings {
      guard let override = ScenarioLoader.Override(option: "--set", assignment: setting) else {
        throw UsageProblem("--set takes KEY=VALUE, not '\(setting)'")
      }
      overrides.append(override)
    }
    return overrides
  }
}

/// The formats of a result.
enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}

/// The machine's processors.
enum Processors {
  static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
