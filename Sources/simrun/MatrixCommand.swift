// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import Scenarios

struct MatrixCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matrix",
    abstract: "Show who reaches what: every door of every Service, from every kind of source.",
    discussion: """
      A door is an address of a Service: cluster IP, node port, external IP or load balancer. Each is asked from a pod
      of the node, the node itself, a pod elsewhere and outside, at nodes with and without endpoints where that
      makes a difference. The answers are exact.

      EXAMPLES
        simrun matrix app.yaml
        simrun matrix app.yaml --at 31s --format json
      """)

  @OptionGroup var input: InputOptions

  @Option(help: ArgumentHelp("The moment of the run, such as 31s.", valueName: "time"))
  var at: String?

  @Option(help: "What to print: text or json.")
  var format = ResultFormat.text

  @OptionGroup var styleOptions: StyleOptions

  func run() throws {
    let terminal = Terminal(styleOptions)
    var scenario: Scenario?
    do {
      let loaded = try input.load(terminal)
      scenario = loaded
      let snapshot = try ClusterSnapshot(loaded, at: try at.map { try QuestionReader.time($0, of: loaded) } ?? .zero)
      let matrix = try snapshot.matrix()
      switch format {
      case .text:
        let count = snapshot.inventory.nodes.count
        try terminal.print(MatrixText(style: terminal.style).render(matrix, nodeCount: count))
      case .json: try terminal.print(JSONReport.matrix(matrix))
      }
    } catch {
      throw ExitCodes.report(error, terminal: terminal, scenario: scenario)
    }
  }
}
