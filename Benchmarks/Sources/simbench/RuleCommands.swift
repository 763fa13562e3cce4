// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import SimCore

/// A cluster whose Services all have so many endpoints.
private func cluster(services: Int, endpoints: Int, nodes: Int) throws -> SimulatedCluster {
  let specification = Worlds.large(nodes: nodes, services: services, pods: services * endpoints)
  let cluster = try SimulatedCluster(specification)
  try cluster.run(until: .zero.advanced(by: 1))
  return cluster
}

/// Times a node's whole text: written, and compiled as the kernel would take it.
struct Rules: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes one node's rules as kube-proxy does, and compiles the text's rules.")
  @Option(help: "Endpoints of each Service.") var endpoints: Amount
  @Option(help: "Services.") var services: Amount

  func run() throws {
    let cluster = try cluster(services: services.value, endpoints: endpoints.value, nodes: 1000)
    var report = Report("rules", [("endpoints", endpoints.value), ("services", services.value)])
    report.begin()
    guard let rules = cluster.ruleset(node: "node-1", family: .ipv4, hooks: true) else {
      throw Failure(description: "there is no node-1")
    }
    let program = Program(addresses: AddressTable(), interfaces: InterfaceTable())
    _ = try program.compile(rules)
    report.finish(services.value)
  }
}

/// Times questions: where a connection can go, every branch.
struct Traces: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Asks where a connection to the last of many Services can go, every branch enumerated, rule by rule.")
  @Option(help: "Services.") var services: Amount
  @Option(help: "Questions.") var traces: Amount

  func run() throws {
    let cluster = try cluster(services: services.value, endpoints: 10, nodes: 1000)
    let question = ProbeQuestion(
      via: "node-1", from: .node("node-1"), to: .service(Worlds.name(services.value - 1), port: .number(8080)))
    guard try cluster.trace(question).result.branches.count == 10 else {
      throw Failure(description: "the last Service has no ten endpoints")
    }
    var report = Report("traces", [("services", services.value), ("traces", traces.value)])
    report.begin()
    for _ in 0..<traces.value { _ = try cluster.trace(question) }
    report.finish(traces.value)
  }
}

/// Times what follows when a pod goes: its slice, and every node's rules.
struct Changes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Deletes pods one after another: the kubelet, the slice, and the sync of every node.")
  @Option(help: "Nodes.") var nodes: Amount
  @Option(help: "Pods deleted.") var changes: Amount

  func run() throws {
    var specification = Worlds.large(nodes: nodes.value, services: 1000, pods: 10_000)
    specification.duration = .seconds(Int64(changes.value) * 10)
    specification.events = (0..<changes.value).map { number in
      ScheduledEvent(
        at: SimTime.zero + .seconds(Int64(number) * 10),
        action: .deletePods(PodSelection(selector: ["app": Worlds.name(number % 1000).name], count: 1)))
    }
    let cluster = try SimulatedCluster(specification)
    try cluster.run(until: .zero.advanced(by: 1))
    var report = Report("changes", [("nodes", nodes.value), ("changes", changes.value)])
    report.begin()
    try cluster.run(until: SimTime.zero + specification.duration)
    report.finish(changes.value, digest: cluster.digests.events)
  }
}
