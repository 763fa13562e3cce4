// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The ways that one new connection can go, with exact probabilities: what probes, traces and expected shares ask.
///
/// A connection for the first time: no conntrack entry, no affinity. It walks the same rules as packets do. The world is
/// handed in with each question and not kept: nothing of it is copied.
struct Ways {
  let now: SimTime
  /// How many ways a question follows at most.
  let limit: Int
  private let parts: NodeParts

  /// How many ways are followed unless it is said otherwise: as many as a Service of 1,400 endpoints has, asked through
  /// a load balancer with 700 nodes.
  static let defaultLimit = 1 << 20

  init(_ world: borrowing World, now: SimTime, limit: Int = Ways.defaultLimit) {
    self.now = now
    self.limit = limit
    parts = NodeParts(
      rules: world.rules, locals: world.locals, memory: world.memory, conntrack: ConntrackTable(),
      interfaces: world.interfaces)
  }

  /// One way through a node.
  struct Passage {
    var probability: Double
    var outcome: NodeWalk.Outcome
    /// The number of this way among those that the odometer turns through.
    var path: Int
  }

  /// Whether a process of the node sends this, so that it starts at OUTPUT.
  func isLocalOutput(_ source: AddressID, _ node: NodeID) -> Bool { parts.locals.isLocal(source, on: node) }

  /// The ways of a first packet through one node, `limit` of them at most, and the probability of those beyond.
  func passages(
    _ world: borrowing World, _ tuple: FlowTuple, _ node: NodeID, limit: Int
  ) -> (passages: [Passage], unexplored: Double) {
    var result: [Passage] = []
    let unexplored = Enumerating.walkAll(limit: limit) { chooser, path in
      var trace = NoTrace()
      let outcome = walk(world, tuple, node, chooser: &chooser, trace: &trace)
      if chooser.weight > 0 { result.append(Passage(probability: chooser.weight, outcome: outcome, path: path)) }
      return true
    }
    return (result, unexplored)
  }

  /// One of the ways through a node once more, watched.
  func replay(_ world: borrowing World, _ tuple: FlowTuple, _ node: NodeID, path wanted: Int) -> RecordedTrace {
    var watched = RecordedTrace()
    _ = Enumerating.walkAll(limit: wanted + 1) { chooser, path in
      var trace = RecordedTrace()
      _ = walk(world, tuple, node, chooser: &chooser, trace: &trace)
      watched = trace
      return path < wanted
    }
    return watched
  }

  private func walk<Watch: Tracer>(
    _ world: borrowing World, _ tuple: FlowTuple, _ node: NodeID, chooser: inout Enumerating, trace: inout Watch
  ) -> NodeWalk.Outcome {
    let own = world.nodes[node]
    let walk = NodeWalk(
      node: node, now: now, nodeAddressIPv4: own.addressIPv4, nodeAddressIPv6: own.addressIPv6)
    var draws = KeyedDraw(seed: 0, purpose: .snatPort, entity: tuple.addresses)
    let source = world.owner(tuple.source)
    let isOwnPod =
      source.kind == .pod ? world.pods[source.pod].node == node : world.isInPodBlock(tuple.source, of: node)
    let interfaces = parts.interfaces
    return walk.run(
      parts, tuple, flags: .syn, length: 60, isLocalOutput: isLocalOutput(tuple.source, node),
      inInterface: isOwnPod ? interfaces.pods : interfaces.uplink, isProbe: true, chooser: &chooser, draws: &draws,
      trace: &trace,
      outInterface: { address in
        let target = world.owner(address)
        return target.kind == .pod && world.pods[target.pod].node == node ? interfaces.pods : interfaces.uplink
      })
  }
}

/// A whole way of a connection's first packet: through one node's rules, and through those of every further node that
/// have something to say.
struct Way {
  /// A node on the way.
  struct Leg {
    var node: NodeID
    /// The packet as it comes in.
    var tuple: FlowTuple
    /// The load balancer that handed it over, or `none`.
    var balancer: BalancerID
    var passage: Ways.Passage
  }
  /// The nodes in order; never empty.
  var legs: [Leg]
  /// The last of them.
  var end: Leg
  /// The chance of this way.
  var probability: Double

  /// Whether a rule of some node translated the source.
  var hasSNAT: Bool { legs.contains { $0.passage.outcome.hasSNAT } }
}

extension Ways {
  /// How many nodes' rules a packet may meet one after the other; a loop ends there.
  private static let longest = 6

  /// Calls `body` with every whole way from an entry on.
  ///
  /// - Parameters:
  ///   - isWholeWay: whether to go on beyond the first node.
  ///   - budget: how many ways may still be followed; counted down.
  /// - Returns: the probability of ways that were not followed.
  /// - Throws: when a walked packet meets what is not modelled.
  func visit(
    _ world: borrowing World, _ entry: ProbeEntry, isWholeWay: Bool, budget: inout Int, after legs: [Way.Leg] = [],
    _ body: (Way) -> Void
  ) throws(ProbeProblem) -> Double {
    let found = passages(world, entry.tuple, entry.node, limit: max(budget, 1))
    var unexplored = found.unexplored * entry.weight
    for passage in found.passages {
      let weight = entry.weight * passage.probability
      guard budget > 0 else {
        unexplored += weight
        continue
      }
      if passage.outcome.verdict == .unmodelled { throw world.problem(passage.outcome.decisive, entry.node) }
      let leg = Way.Leg(node: entry.node, tuple: entry.tuple, balancer: entry.balancer, passage: passage)
      let further =
        isWholeWay && legs.count + 1 < Ways.longest
        ? world.entries(beyond: entry.node, passage.outcome, weight: weight) : []
      if further.isEmpty {
        budget -= 1
        body(Way(legs: legs + [leg], end: leg, probability: weight))
      }
      for next in further {
        unexplored += try visit(world, next, isWholeWay: true, budget: &budget, after: legs + [leg], body)
      }
    }
    return unexplored
  }

  /// How a way ends, as a probe calls it.
  func branch(_ way: Way, _ world: borrowing World) -> ProbeResult.Branch {
    let last = way.end.passage.outcome
    var branch = ProbeResult.Branch(
      probability: way.probability, verdict: .unmatched, endpoint: nil, masquerade: way.hasSNAT)
    switch last.verdict {
    case .drop, .unmodelled: branch.verdict = .drop
    case .reject: branch.verdict = .reject
    case .accept:
      if let translated = way.legs.last(where: { $0.passage.outcome.hasDNAT })?.passage.outcome {
        branch.verdict = .deliver
        let reached = translated.entry.translated(.original)
        branch.endpoint = SocketAddress(world.addresses[reached.destination], reached.destinationPort)
      } else if last.isForLocalProcess, !last.decisive.isNone {
        branch.verdict = .accept
      }
    }
    if branch.verdict == .drop || branch.verdict == .reject {
      branch.masquerade = false
      branch.reason = parts.rules.program.origin(last.decisive)?.comment ?? ""
    }
    return branch
  }
}

extension World {
  /// Where a packet goes on to be judged after it has left a node; empty where nothing more happens to it.
  ///
  /// kube-proxy's own rules leave alone a packet that another node sends to a pod; only a dump's may do something to it.
  fileprivate func entries(beyond node: NodeID, _ outcome: NodeWalk.Outcome, weight: Double) -> [ProbeEntry] {
    guard outcome.verdict == .accept, !outcome.isForLocalProcess else { return [] }
    let target = owner(outcome.tuple.destination)
    switch target.kind {
    case .pod:
      let host = pods[target.pod].node
      guard !host.isNone, host != node, !rules.node(host).isGenerated else { return [] }
      return [ProbeEntry(node: host, tuple: outcome.tuple, weight: weight, balancer: .none)]
    case .node:
      guard target.node != node else { return [] }
      return [ProbeEntry(node: target.node, tuple: outcome.tuple, weight: weight, balancer: .none)]
    case .balancer: return entries(through: target.balancer, outcome.tuple, weight: weight)
    case .outside, .nowhere: return []
    }
  }

  /// The nodes to which a load balancer sends a packet.
  func entries(through balancer: BalancerID, _ tuple: FlowTuple, weight: Double) -> [ProbeEntry] {
    let targets = control.targets
    return targets.compactMap { node in
      guard let door = control.nodePortDoor(balancer, tuple, node, addresses) else { return nil }
      var inner = tuple
      inner.destination = door.address
      inner.destinationPort = door.port
      return ProbeEntry(node: node, tuple: inner, weight: weight / Double(targets.count), balancer: balancer)
    }
  }

  /// Whether an address is one of the node's pod blocks'.
  fileprivate func isInPodBlock(_ address: AddressID, of node: NodeID) -> Bool {
    let value = addresses[address]
    return control.nodes[node.index].podCIDRs.contains { $0.contains(value) }
  }
}
