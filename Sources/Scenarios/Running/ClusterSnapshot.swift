// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// A scenario's cluster at one moment, for whoever asks what is there and not how a run went.
public struct ClusterSnapshot {
  /// The cluster, run up to the moment.
  private let cluster: SimulatedCluster

  /// Runs a scenario up to a moment, before whatever happens at that instant.
  ///
  /// - Throws: `AssemblyProblems` for a cluster that cannot be put together, `ProbeProblem` where a packet met a rule
  ///   that is not modelled.
  public init(_ scenario: Scenario, at moment: SimTime = .zero) throws {
    cluster = try SimulatedCluster(scenario.world)
    // In slices, so that records do not pile up.
    while cluster.now < moment {
      try cluster.run(until: min(cluster.now + .seconds(1), moment))
      cluster.drainRequests { _ in }
      cluster.drainConnections { _ in }
      _ = cluster.drainChanges()
    }
  }

  /// What exists.
  public var inventory: Inventory { cluster.inventory() }

  /// Checks that the pods which a question of the command line names exist at this moment.
  public func check(_ question: ProbeQuestion) throws(UsageProblem) {
    var wanted: [NamespacedName] = []
    if case .pod(let name) = question.from { wanted.append(name) }
    if case .pod(let name, _) = question.to { wanted.append(name) }
    guard !wanted.isEmpty else { return }
    let known = inventory.pods.filter(\.exists).map(\.pod.metadata.namespacedName.description)
    for name in wanted.map(\.description) where !known.contains(name) {
      let sorted = known.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      throw UsageProblem(
        .unknownName(
          kind: "pod", name: name, nearest: NearestName.find(name, among: sorted), hint: Diagnostic.list(sorted)))
    }
  }

  /// Where a new connection can go.
  public func probe(_ question: ProbeQuestion) throws(ProbeProblem) -> ProbeResult { try cluster.probe(question) }

  /// The walk of the likeliest branch.
  public func trace(_ question: ProbeQuestion) throws(ProbeProblem) -> Trace { try cluster.trace(question) }

  /// Who reaches what.
  public func matrix() throws(ProbeProblem) -> ReachabilityMatrix { try cluster.matrix() }

  /// What an endpoint is called: its pod's name where a pod has the address, and the port.
  public func endpointNames() -> (SocketAddress) -> String {
    var names: [Address: String] = [:]
    for state in inventory.pods where state.exists {
      for address in state.pod.podIPs { names[address] = state.pod.metadata.namespacedName.description }
    }
    return { socket in names[socket.address].map { "\($0):\(socket.port)" } ?? socket.description }
  }

  /// The text that kube-proxy would hand to `iptables-restore` on a node.
  public func rules(node: String, family: IPFamily, hooks: Bool) throws(UsageProblem) -> String {
    guard let ruleset = cluster.ruleset(node: node, family: family, hooks: hooks) else {
      let names = inventory.nodes.map(\.metadata.name)
      throw UsageProblem(
        .unknownName(
          kind: "node", name: node, nearest: NearestName.find(node, among: names), hint: Diagnostic.list(names)))
    }
    return IPTablesSavePrinter.restoreText(ruleset)
  }
}
