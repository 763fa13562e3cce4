// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

extension SimulatedCluster {
  /// Walks one way rule by rule, there and back: the likeliest, or the likeliest to `endpoint`.
  ///
  /// - Throws: as `probe` does; also when no way leads to the endpoint.
  public func trace(_ question: ProbeQuestion, endpoint: SocketAddress? = nil) throws(ProbeProblem) -> Trace {
    let ends = try simulation.model.resolve(question)
    let ways = Ways(simulation.model, now: now)
    var best: (way: Way, branch: ProbeResult.Branch)?
    let result = try simulation.model.answer(question, ends, ways) { way, branch in
      guard endpoint == nil || branch.endpoint == endpoint else { return }
      // Of equally likely ways (within rounding) the first.
      if best.map({ branch.probability > $0.branch.probability * 1.000001 }) ?? true { best = (way, branch) }
    }
    guard let best else {
      if let endpoint { throw .unknown(kind: "endpoint", name: endpoint.description) }
      let branch = ProbeResult.Branch(probability: 1, verdict: .unmatched, endpoint: nil, masquerade: false)
      var step = TraceStep(kind: .route, place: ends.name, text: "no route from outside to \(ends.destination.address)")
      step.packet = "\(ends.source) → \(ends.destination)"
      return Trace(steps: [step], branch: branch, result: result)
    }
    let records = best.way.legs.map {
      ways.replay(simulation.model, $0.tuple, $0.node, path: $0.passage.path)
    }
    let end = simulation.model.end(best.way)
    var writer = TraceWriter(TraceWorld(simulation.model), ends, end)
    writer.write(best.way, records)
    return Trace(steps: writer.steps, branch: best.branch, result: result, end: end)
  }
}

extension World {
  /// What the client meets where a way leads.
  fileprivate func end(_ way: Way) -> Trace.End {
    let outcome = way.end.passage.outcome
    let target = owner(outcome.tuple.destination)
    guard outcome.verdict == .accept, !outcome.isForLocalProcess, target.kind == .pod else { return .open }
    let name = control.name(of: target.pod)
    let pod = pods[target.pod]
    switch pod.condition {
    case .running:
      let listens = control.listens(target.pod, outcome.tuple.protocol, outcome.tuple.destinationPort)
      return listens ? .open : .portClosed(name)
    case .down: return .podDown(name)
    case .gone:
      switch specification.network.deadAddress {
      case .blackhole: return .podGoneSilently(name)
      case .unreachable: return .podGone(name)
      case .bridge: return isWithin(pod.node, way) ? .podGoneSilently(name) : .podGone(name)
      }
    }
  }

  /// Whether a way begins and ends on one node.
  private func isWithin(_ node: NodeID, _ way: Way) -> Bool {
    guard way.legs.count == 1, way.end.node == node else { return false }
    let source = owner(way.end.tuple.source)
    return source == .node(node) || source.kind == .pod && pods[source.pod].node == node
  }
}

/// What a trace needs of the world, by name.
struct TraceWorld {
  let addresses: AddressTable
  let program: Program
  private let control: ControlPlane
  private let owners: [Place]
  let network: NetworkParameters
  let algorithm: LoadBalancerParameters.Algorithm
  let targetCount: Int

  init(_ world: borrowing World) {
    addresses = world.addresses
    program = world.rules.program
    control = world.control
    owners = (0..<world.owners.count).map { world.owners[AddressID(index: $0)] }
    network = world.specification.network
    algorithm = world.specification.loadBalancers.algorithm
    targetCount = world.control.targets.count
  }

  /// `address:port → address:port`.
  func text(_ tuple: FlowTuple) -> String {
    "\(socket(tuple.source, tuple.sourcePort)) → \(socket(tuple.destination, tuple.destinationPort))"
  }

  /// A node's name.
  func name(of node: NodeID) -> String { control.nodes[node.index].metadata.name }

  /// A pod's name.
  func name(of pod: PodID) -> String { control.name(of: pod) }

  /// The node that a pod runs on.
  func node(of pod: PodID) -> NodeID { control.pods[pod.index].node }

  /// The node's block of pod addresses that holds an address.
  func podBlock(of address: Address) -> Prefix? {
    control.nodes.lazy.flatMap(\.podCIDRs).first { $0.contains(address) }
  }

  /// Who has an address.
  func owner(_ address: AddressID) -> Place { address.index < owners.count ? owners[address.index] : .nowhere }

  func socket(_ address: AddressID, _ port: UInt16) -> SocketAddress { SocketAddress(addresses[address], port) }
}
