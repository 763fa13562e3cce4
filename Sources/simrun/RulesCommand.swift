// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import Scenarios

/// `--family` of `rules`.
enum FamilyOption: String, ExpressibleByArgument, CaseIterable {
  case ipv4 = "IPv4"
  case ipv6 = "IPv6"

  /// Reads the names in any case, and the plain numbers.
  init?(argument: String) {
    switch argument.lowercased() {
    case "ipv4", "4": self = .ipv4
    case "ipv6", "6": self = .ipv6
    default: return nil
    }
  }

  /// The family that it names.
  var family: IPFamily { self == .ipv4 ? .ipv4 : .ipv6 }
}

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Print the rules that kube-proxy writes on a node.",
    discussion: """
      The text is what kube-proxy hands to iptables-restore.

      EXAMPLES
        simrun rules app.yaml --node node-1
        simrun rules app.yaml --node node-1 --family IPv6 --hooks --at 31s
      """)

  @OptionGroup var input: InputOptions

  @Option(help: ArgumentHelp("Whose rules.", valueName: "name"))
  var node: String

  @Option(help: ArgumentHelp("kube-proxy's mode in place of the cluster's.", valueName: "mode"))
  var mode: String?

  @Option(help: "The address family of the rules.")
  var family = FamilyOption.ipv4

  @Flag(help: "Add the jumps from the built-in chains.")
  var hooks = false

  @Option(help: ArgumentHelp("The moment of the run, such as 31s.", valueName: "time"))
  var at: String?

  @OptionGroup var styleOptions: StyleOptions

  func run() throws {
    let terminal = Terminal(styleOptions)
    var scenario: Scenario?
    do {
      let more = mode.map { [ScenarioLoader.Override(option: "--mode", key: "cluster.proxy.mode", value: $0)] }
      let loaded = try input.load(terminal, more: more ?? [])
      scenario = loaded
      let snapshot = try ClusterSnapshot(loaded, at: try at.map { try QuestionReader.time($0, of: loaded) } ?? .zero)
      try terminal.print(try snapshot.rules(node: node, family: family.family, hooks: hooks))
    } catch {
      throw ExitCodes.report(error, terminal: terminal, scenario: scenario)
    }
  }
}
