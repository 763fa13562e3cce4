// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import Scenarios
import SimCore

/// `-o` of `get`.
enum GetOutput: String, ExpressibleByArgument, CaseIterable {
  case wide
  case json
  case yaml
}

struct GetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "List objects as kubectl does, at any simulated time.",
    discussion: """
      KINDS: services (svc), endpoints (ep), endpointslices, pods (po), nodes (no),
      deployments (deploy); several with commas between, or all.

      EXAMPLES
        simrun get svc app.yaml
        simrun get pods,endpoints app.yaml -o wide --at 31s
        simrun get endpointslices app.yaml -A -o yaml
      """)

  @Argument(help: "What to list.", completion: .list(KubectlTable.Kind.allCases.map(\.rawValue)))
  var kinds: String

  @OptionGroup var input: InputOptions

  @Option(name: .shortAndLong, help: "wide, json or yaml.")
  var output: GetOutput?

  @Option(name: .shortAndLong, help: ArgumentHelp("The namespace.", valueName: "name"))
  var namespace = "default"

  @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
  var allNamespaces = false

  @Option(help: ArgumentHelp("The moment of the run, such as 31s.", valueName: "time"))
  var at: String?

  @OptionGroup var styleOptions: StyleOptions

  func run() throws {
    let terminal = Terminal(styleOptions)
    var scenario: Scenario?
    do {
      let wanted = try KubectlTable.Kind.list(kinds)
      let loaded = try input.load(terminal)
      scenario = loaded
      let snapshot = try ClusterSnapshot(loaded, at: try at.map { try QuestionReader.time($0, of: loaded) } ?? .zero)
      let inventory = snapshot.inventory
      let place = allNamespaces ? nil : namespace
      switch output {
      case .json: try terminal.print(KubectlObjects(inventory, namespace: place).json(wanted))
      case .yaml: try terminal.print(KubectlObjects(inventory, namespace: place).yaml(wanted))
      case .wide, nil:
        let options = KubectlTable.Options(namespace: place, isWide: output == .wide)
        let text = KubectlTable(inventory, options: options).render(wanted)
        if text.isEmpty { terminal.note(KubectlTable.nothing(in: place)) } else { try terminal.print(text) }
      }
    } catch {
      throw ExitCodes.report(error, terminal: terminal, scenario: scenario)
    }
  }
}
