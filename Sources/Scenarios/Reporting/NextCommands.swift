// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Commands to paste that go on from a run: at the worst outage, of the same input with the same options.
struct NextCommands {
  let checked: CheckedRun
  /// The directory that was written; nil when none was.
  let results: String?
  /// The options of the command line that changed the scenario, each a word for a shell.
  let options: [String]

  private var summary: Summary { checked.summary }

  /// `next:` with at most three lines, the last one the results.
  var lines: [String] {
    var commands = checked.scenario.files.contains("-") ? [] : Array(self.commands.prefix(results == nil ? 3 : 2))
    if let results { commands.append("\(results)/summary.json") }
    return commands.isEmpty
      ? [] : [""] + commands.enumerated().map { ($0.offset == 0 ? "next: " : "      ") + $0.element }
  }

  private var commands: [String] {
    let input = (checked.scenario.files.map(ShellText.word) + options).joined(separator: " ")
    guard !checked.scenario.files.isEmpty else { return [] }
    var commands: [String] = []
    if let failed = summary.probes.first(where: { $0.status == .failed }) {
      commands.append("simrun trace \(input) --probe \(ShellText.word(failed.name))")
    }
    // Other replications have their own chance: trace and get show the first one.
    let outage = summary.outages.filter { $0.replication == 1 }.max { $0.failed < $1.failed }
    let name = outage?.workload ?? checked.scenario.world.workloads.first?.name
    guard let workload = checked.scenario.world.workloads.first(where: { $0.name == name }) else { return commands }
    let at = outage.map { " --at " + moment($0.start + ($0.end - $0.start) / 2) } ?? ""
    let from = ShellText.word("client/\(workload.from)")
    let transport = workload.protocol == .tcp ? "" : " --protocol \(workload.protocol.name.uppercased())"
    commands.append("simrun trace \(input) --from \(from) --to \(ShellText.word(workload.to.text))\(transport)\(at)")
    if outage != nil {
      commands.append("simrun get endpointslices \(input)\(NextCommands.namespace(workload.to))\(at)")
    }
    return commands
  }

  /// Where the slices of a destination are; all namespaces where its text does not say.
  private static func namespace(_ destination: Destination) -> String {
    switch destination {
    case .service(let name, _), .loadBalancer(let name, _), .pod(let name, _):
      name.namespace == "default" ? "" : " -n \(ShellText.word(name.namespace))"
    case .socket, .node, .name: " -A"
    }
  }

  private func moment(_ seconds: Double) -> String {
    NumberText.significant((seconds * 100).rounded() / 100, 12) + "s"
  }
}
