// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Scenarios

struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Check the probes and expectations of scenarios.",
    discussion: """
      A line a scenario, failures explained last, then the totals. Directories are
      searched for YAML files; files without a Scenario are skipped. Exits with 1
      when a check fails.

      EXAMPLES
        simrun test scenarios
        simrun test routing.yaml --junit junit.xml
        simrun test scenarios --baseline results/baseline
        simrun test scenarios --baseline results/baseline --update-baseline
      """)

  @Argument(help: "Scenario files and directories of them; '-' is standard input.", completion: .file())
  var paths: [String]

  @Option(help: ArgumentHelp("Also write the checks as JUnit XML.", valueName: "file"))
  var junit: String?

  @Option(help: ArgumentHelp("Compare each summary with the one kept here.", valueName: "directory"))
  var baseline: String?

  @Flag(help: "Keep the new summaries in the baseline directory instead of comparing.")
  var updateBaseline = false

  @OptionGroup var settings: SettingOptions

  @Option(help: "What to print: text or json.")
  var format = ResultFormat.text

  @OptionGroup var styleOptions: StyleOptions

  func validate() throws {
    if updateBaseline, baseline == nil { throw ValidationError("--update-baseline needs --baseline DIRECTORY") }
  }

  func run() async throws {
    let terminal = Terminal(styleOptions)
    do {
      let suite = TestSuite(paths, loader: ScenarioLoader(overrides: try settings.overrides()))
      for path in suite.skipped { terminal.note("\(path) skipped: it holds no Scenario document") }
      if let failure = suite.failure { throw failure }
      terminal.report(suite.diagnostics)
      let progress = ProgressLine(style: terminal.style)
      let runs = try await suite.perform(threads: Processors.count) { progress.update($0, $1) }
      progress.finish()
      var tests = runs.map { ScenarioTest($0, file: $0.scenario.files.first ?? "-") }
      if let baseline {
        try TestBaselines(directory: baseline, updates: updateBaseline).apply(runs, to: &tests)
      }
      if let junit { try ResultFiles.write(JUnitReport.render(tests), to: junit) }
      switch format {
      case .text: try terminal.print(TestText(style: terminal.style, options: settings.words).render(tests))
      case .json: try terminal.print(JSONReport.test(tests))
      }
      if tests.contains(where: { $0.count(.failed) > 0 }) { throw ExitCodes.doesNotHold }
    } catch {
      throw ExitCodes.report(error, terminal: terminal)
    }
  }
}
