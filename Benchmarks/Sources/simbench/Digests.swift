// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import SimCore

/// Prints the digests of small worlds, to be equal before and after a change that is only to make them faster.
struct Digests: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints digests of small runs: a change for speed alone must leave them equal.")

  func run() throws {
    let cases: [(String, Service.ServiceType, ClientPlacement, IPProtocol)] = [
      ("load balancer, TCP", .loadBalancer, .external, .tcp), ("load balancer, UDP", .loadBalancer, .external, .udp),
      ("node port, TCP", .nodePort, .external, .tcp), ("node port, UDP", .nodePort, .external, .udp),
      ("node, TCP", .clusterIP, .node("node-1"), .tcp), ("node, UDP", .clusterIP, .node("node-1"), .udp),
      ("pods, TCP", .clusterIP, .pods(Worlds.labels, namespace: nil), .tcp),
      ("pods, UDP", .clusterIP, .pods(Worlds.labels, namespace: nil), .udp),
    ]
    for (name, type, placement, transport) in cases {
      for reuse in [ConnectionReuse.none, .pool(size: 2, idle: .seconds(1), maxAge: .seconds(5))] {
        var specification = Worlds.cluster(services: 5, nodes: 3, replicas: 3, type, transport)
        Worlds.send(
          10_000, perSecond: 500, to: Worlds.targets(5), transport, .even, from: placement,
          clients: 20, reuse,
          timeout: .seconds(2), &specification)
        specification.events = [
          ScheduledEvent(
            at: .zero + .seconds(4), action: .failPods(PodSelection(selector: Worlds.labels, count: 1))),
          ScheduledEvent(at: .zero + .seconds(9), action: .restorePods(PodSelection(selector: Worlds.labels))),
          ScheduledEvent(
            at: .zero + .seconds(12), action: .deletePods(PodSelection(selector: Worlds.labels, count: 1))),
          ScheduledEvent(
            at: .zero + .seconds(16),
            action: .scale(kind: .deployment, NamespacedName("default", "echo"), replicas: 5)),
        ]
        specification.network.node.loss = 0.001
        let cluster = try SimulatedCluster(specification)
        try cluster.run(until: .zero + .seconds(60))
        let digests = cluster.digests
        let words = [digests.events, digests.packets, digests.results].map(Report.hex)
        print("\(name), \(reuse == .none ? "new" : "pool"): \(words.joined(separator: " "))")
      }
    }
  }
}
