// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import Scenarios

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two files, or one with two settings: the flows that go elsewhere.",
    discussion: """
      Every door of every Service is asked from every kind of source in both; what differs in verdict, masquerading,
      endpoints or their probabilities is listed. Exits with 1 when something differs.

      EXAMPLES
        simrun diff app.yaml app-new.yaml
        simrun diff app.yaml app.yaml --set-b cluster.proxy.iptables.masqueradeAll=true
        simrun diff app.yaml app.yaml --at-b 31s
      """)

  @Argument(help: "The first file.", completion: .file()) var first: String
  @Argument(help: "The second file; the same one for two settings.", completion: .file()) var second: String

  @Option(
    name: .customLong("set-a"), help: ArgumentHelp("Set a key of the first. Repeatable.", valueName: "key=value"))
  var firstSettings: [String] = []

  @Option(
    name: .customLong("set-b"), help: ArgumentHelp("Set a key of the second. Repeatable.", valueName: "key=value"))
  var secondSettings: [String] = []

  @Option(name: .customLong("at-a"), help: ArgumentHelp("The moment of the first's run.", valueName: "time"))
  var firstMoment: String?

  @Option(name: .customLong("at-b"), help: ArgumentHelp("The moment of the second's run.", valueName: "time"))
  var secondMoment: String?

  @Option(help: "What to print: text or json.")
  var format = ResultFormat.text

  @OptionGroup var styleOptions: StyleOptions

  func run() throws {
    let terminal = Terminal(styleOptions)
    var scenario: Scenario?
    let isDifferent: Bool
    do {
      let before = try snapshot(first, firstSettings, "--set-a", firstMoment, terminal, &scenario)
      let after = try snapshot(second, secondSettings, "--set-b", secondMoment, terminal, &scenario)
      let diff = ReachabilityDiff(
        try before.matrix(), named: before.endpointNames(), try after.matrix(), named: after.endpointNames())
      isDifferent = !diff.changes.isEmpty
      switch format {
      case .text:
        try terminal.print(
          DiffText(style: terminal.style).render(
            diff, first: title(first, firstSettings, firstMoment), second: title(second, secondSettings, secondMoment)))
      case .json: try terminal.print(JSONReport.diff(diff))
      }
    } catch {
      throw ExitCodes.report(error, terminal: terminal, scenario: scenario)
    }
    if isDifferent { throw ExitCodes.doesNotHold }
  }

  private func snapshot(
    _ file: String, _ settings: [String], _ option: String, _ moment: String?, _ terminal: Terminal,
    _ scenario: inout Scenario?
  ) throws -> ClusterSnapshot {
    let overrides = try settings.map { setting in
      guard let override = ScenarioLoader.Override(option: option, assignment: setting) else {
        throw UsageProblem("\(option) takes KEY=VALUE, not '\(setting)'")
      }
      return override
    }
    let loaded = try ScenarioLoader(overrides: overrides).load([file]).get()
    terminal.report(loaded.warnings)
    scenario = loaded.scenario
    return try ClusterSnapshot(
      loaded.scenario, at: try moment.map { try QuestionReader.time($0, of: loaded.scenario) } ?? .zero)
  }

  private func title(_ file: String, _ settings: [String], _ moment: String?) -> String {
    ([file] + settings + (moment.map { ["at \($0)"] } ?? [])).joined(separator: " ")
  }
}
