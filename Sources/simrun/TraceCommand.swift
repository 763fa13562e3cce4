// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import Scenarios
import SimCore

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Walk one new connection hop by hop and rule by rule.",
    discussion: """
      Every branch has its exact probability; the walk shown is the likeliest one.

      EXAMPLES
        simrun trace app.yaml --from client/internet --to service/default/web:80
        simrun trace app.yaml --from 10.244.1.2 --to 10.96.0.41:80 --via node-1
        simrun trace app.yaml --probe "internet to the node port" --enumerate
      """)

  @OptionGroup var input: InputOptions

  @Option(help: ArgumentHelp("Who asks: IP, pod/NS/NAME, node/NAME or client/NAME.", valueName: "source"))
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Where to: IP:PORT, service/NS/NAME:PORT, loadBalancer/NS/NAME:PORT, node/NAME:PORT, pod/NS/NAME:PORT or a DNS name.",
      valueName: "destination"))
  var to: String?

  @Option(help: ArgumentHelp("Only ask this node's rules.", valueName: "node"))
  var via: String?

  @Option(name: .customLong("protocol"), help: ArgumentHelp("TCP, UDP or SCTP.", valueName: "name"))
  var transport = "TCP"

  @Option(help: ArgumentHelp("The moment of the run, such as 31s.", valueName: "time"))
  var at: String?

  @Option(help: ArgumentHelp("Ask what this probe of the scenario asks.", valueName: "name"))
  var probe: String?

  @Flag(help: "List every branch instead of walking one.")
  var enumerate = false

  @Option(help: "What to print: text or json.")
  var format = ResultFormat.text

  @OptionGroup var styleOptions: StyleOptions

  func validate() throws {
    if probe != nil, from != nil || to != nil || via != nil {
      throw ValidationError("--probe brings its own --from, --to and --via")
    }
    if probe == nil, from == nil || to == nil {
      throw ValidationError("say --from SOURCE and --to DESTINATION, or --probe NAME")
    }
  }

  func run() throws {
    let terminal = Terminal(styleOptions)
    var scenario: Scenario?
    do {
      let loaded = try input.load(terminal, makesLoad: true)
      scenario = loaded
      let asked = try question(loaded)
      let snapshot = try ClusterSnapshot(loaded, at: asked.at ?? .zero)
      try snapshot.check(asked.question)
      if enumerate {
        let result = try snapshot.probe(asked.question)
        switch format {
        case .text:
          try terminal.print(TraceText(style: terminal.style).render(branches: result, question: asked.question))
        case .json: try terminal.print(JSONReport.branches(result))
        }
      } else {
        let trace = try snapshot.trace(asked.question)
        let next = trace.result.branches.count > 1 ? ["--enumerate (all \(trace.result.branches.count) branches)"] : []
        switch format {
        case .text:
          try terminal.print(TraceText(style: terminal.style).render(trace, question: asked.question, next: next))
        case .json: try terminal.print(JSONReport.trace(trace))
        }
      }
    } catch {
      throw ExitCodes.report(error, terminal: terminal, scenario: scenario)
    }
  }

  private func question(_ scenario: Scenario) throws -> (question: ProbeQuestion, at: SimTime?) {
    let moment = try at.map { try QuestionReader.time($0, of: scenario) }
    if let probe {
      let found = try QuestionReader.probe(probe, in: scenario)
      return (found.question, moment ?? found.at)
    }
    let question = try QuestionReader.question(from: from ?? "", to: to ?? "", via: via, protocol: transport)
    try QuestionReader.check(question, in: scenario)
    return (question, moment)
  }
}
