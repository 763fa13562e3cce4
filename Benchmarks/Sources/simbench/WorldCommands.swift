// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import SimCore

/// A run that went wrong: its figure would mean nothing.
struct Failure: Error, CustomStringConvertible {
  let description: String
}

/// Runs a world to its end in slices, and throws its records away.
///
/// - Returns: the requests that ended, the packets that they took, and the digest of all events.
func run(
  _ cluster: SimulatedCluster, _ specification: WorldSpecification
) throws -> (
  requests: Int, packets: Int, digest: UInt64
) {
  let end = SimTime.zero + specification.duration
  let slice = max(specification.duration.nanoseconds / 100, 1_000_000)
  var ended = 0
  while cluster.now < end || cluster.hasRequestsInFlight {
    try cluster.run(until: cluster.now.advanced(by: slice))
    cluster.drainRequests { ended += $0.count }
    cluster.drainConnections { _ in }
  }
  let books = cluster.conservation
  guard books.balances, books.requestsFailed == 0 else { throw Failure(description: "the run failed: \(books)") }
  return (ended, Int(books.packetsSent), cluster.digests.events)
}

private func report(
  _ name: String, _ parameters: [(String, Int)], _ wanted: Int, _ specification: WorldSpecification
) throws {
  var report = Report(name, parameters)
  let cluster = try SimulatedCluster(specification)
  report.begin()
  let (requests, packets, digest) = try run(cluster, specification)
  // Arrivals are random: so many on average.
  guard abs(Double(requests - wanted)) < 20 + 6 * Double(wanted).squareRoot() else {
    throw Failure(description: "\(requests) requests ended, not about \(wanted)")
  }
  report.finish(requests, packets: packets, digest: digest)
}

/// Times known UDP flows.
struct Echo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "UDP requests from clients outside through a node's rules, NAT and conntrack to its pods and back.")
  @Option(help: "Services in the cluster.") var services: Amount
  @Option(help: "Requests answered.") var requests: Amount

  func run() throws {
    try report(
      "echo", [("services", services.value), ("requests", requests.value)], requests.value,
      Worlds.echo(services: services.value, requests: requests.value))
  }
}

/// Times new UDP flows.
struct Flows: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "New UDP flows from pods to cluster IPs, the last Service's included, answered and expired.")
  @Option(help: "Services in the cluster.") var services: Amount
  @Option(help: "Flows opened.") var flows: Amount

  func run() throws {
    try report(
      "flows", [("services", services.value), ("flows", flows.value)], flows.value,
      Worlds.flows(services: services.value, flows: flows.value))
  }
}

/// Times TCP connections.
struct Connections: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "TCP connections through a load balancer and three nodes, one request each.")
  @Option(help: "Connections made.") var connections: Amount

  func run() throws {
    try report(
      "connections", [("connections", connections.value)], connections.value, Worlds.connections(connections.value))
  }
}

/// Times the assembly of a cluster.
struct Load: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Assembles a large cluster.")
  @Option(help: "Nodes.") var nodes: Amount
  @Option(help: "Services.") var services: Amount
  @Option(help: "Pods.") var pods: Amount

  func run() throws {
    let report = Report("load", [("nodes", nodes.value), ("services", services.value), ("pods", pods.value)])
    let cluster = try SimulatedCluster(
      Worlds.large(nodes: nodes.value, services: services.value, pods: pods.value))
    try cluster.run(until: .zero.advanced(by: 1))
    report.finish(pods.value)
  }
}
