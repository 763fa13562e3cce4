// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Scenarios

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a scenario and report what happened to its requests.",
    discussion: """
      Prints the report and writes results/NAME/: summary.json and CSV tables. Exits
      with 1 when a probe or an expectation does not hold. Without a Scenario one is
      made: every Service gets 100 requests/s for 60 s, fewer where there are many.

      EXAMPLES
        simrun run app.yaml
        simrun run app.yaml --replications 20 --seed 7
        simrun run app.yaml --set workloads.browse.retries.attempts=2
        kubectl get all,endpointslices -A -o yaml | simrun run -
      """)

  @OptionGroup var input: InputOptions

  @Option(help: ArgumentHelp("How many independent runs.", valueName: "number"))
  var replications: String?

  @Option(help: "What to print: text or json.")
  var format = ResultFormat.text

  @Option(help: ArgumentHelp("Where results go, in a directory of the scenario's name.", valueName: "directory"))
  var outputDir = "results"

  @OptionGroup var styleOptions: StyleOptions

  func run() async throws {
    let terminal = Terminal(styleOptions)
    var scenario: Scenario?
    do {
      let more = replications.map {
        [ScenarioLoader.Override(option: "--replications", key: "replications", value: $0)]
      }
      let loaded = try input.load(terminal, more: more ?? [], makesLoad: true)
      scenario = loaded
      for note in loaded.notes { terminal.note(note) }
      let progress = ProgressLine(style: terminal.style, replications: loaded.replications)
      let checked = try await CheckedRun.perform(loaded, threads: Processors.count) {
        progress.update(loaded.name, $0)
      }
      progress.finish()
      try show(checked, terminal)
      if !checked.holds { throw ExitCodes.doesNotHold }
    } catch {
      throw ExitCodes.report(error, terminal: terminal, scenario: scenario)
    }
  }

  /// Writes the files and prints the report, which stands also where the files cannot be written.
  private func show(_ checked: CheckedRun, _ terminal: Terminal) throws {
    let directory = "\(outputDir)/\(ResultFiles.fileName(checked.summary.scenario))"
    let written = Result { try ResultFiles.write(checked.summary, into: directory) }
    switch format {
    case .text:
      let report = TerminalReport(
        checked, style: terminal.style, results: (try? written.get()) == nil ? nil : directory,
        options: input.settings.words)
      try terminal.print(report.render())
    case .json: try terminal.print(JSONReport.run(checked.summary))
    }
    try written.get()
  }
}
