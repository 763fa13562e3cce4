// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A probe's ends, resolved: a tuple and the places between which it goes.
struct ProbeEnds {
  var source: Address
  var place: Place
  var destination: SocketAddress
  var `protocol`: IPProtocol
  /// How the source is called in a trace.
  var name: String
}

/// One node that a probe's packet may enter, and by what chance.
struct ProbeEntry {
  var node: NodeID
  var tuple: FlowTuple
  var weight: Double
  /// The load balancer that sends it there, or `none`.
  var balancer: BalancerID
}

extension SimulatedCluster {
  /// Enumerates where a new connection can go now: every branch with its exact probability.
  ///
  /// - Throws: when a name in the question stands for nothing, or a walked packet meets what is not modelled.
  public func probe(_ question: ProbeQuestion) throws(ProbeProblem) -> ProbeResult {
    let ends = try simulation.model.resolve(question)
    let ways = Ways(simulation.model, now: now)
    let entries = try simulation.model.entries(question, ends)
    var branches: [ProbeResult.Branch] = []
    for entry in entries {
      for passage in ways.passages(entry.tuple, entry.node) {
        var weighted = passage
        weighted.probability *= entry.weight
        branches += try branchesBeyond(weighted, entry.node, isWholeWay: question.via == nil, ways)
      }
    }
    if entries.isEmpty {
      branches = [ProbeResult.Branch(probability: 1, verdict: .unmatched, endpoint: nil, masquerade: false)]
    }
    return ProbeResult(branches: Ways.merged(branches))
  }

  /// What a passage comes to, a second node's own rules included where they are a dump's.
  private func branchesBeyond(
    _ passage: Ways.Passage, _ node: NodeID, isWholeWay: Bool, _ ways: Ways
  ) throws(ProbeProblem) -> [ProbeResult.Branch] {
    if passage.outcome.verdict == .unmodelled { throw simulation.model.problem(passage.outcome.decisive, node) }
    let branch = ways.branch(passage)
    let next = simulation.model.owner(passage.outcome.tuple.destination)
    guard isWholeWay, passage.outcome.verdict == .accept, next.kind == .pod else { return [branch] }
    let host = simulation.model.pods[next.pod].node
    // kube-proxy's own rules leave a packet for a pod alone; only a dump's may do something to it.
    guard host != node, !simulation.model.rules.node(host).isGenerated else { return [branch] }
    var result: [ProbeResult.Branch] = []
    for further in ways.passages(passage.outcome.tuple, host) {
      if further.outcome.verdict == .unmodelled { throw simulation.model.problem(further.outcome.decisive, host) }
      var ended = branch
      ended.probability *= further.probability
      let there = ways.branch(further)
      if there.verdict == .drop || there.verdict == .reject { ended.verdict = there.verdict }
      result.append(ended)
    }
    return result
  }
}

extension World {
  /// Finds what the names of a question stand for.
  func resolve(_ question: ProbeQuestion) throws(ProbeProblem) -> ProbeEnds {
    let source: Address
    let place: Place
    let name: String
    switch question.from {
    case .address(let address):
      source = address
      place = self.place(of: address)
      name = address.description
    case .pod(let wanted):
      guard let index = control.pods.firstIndex(where: { $0.isObject && $0.pod.metadata.namespacedName == wanted }),
        let address = control.pods[index].pod.podIPs.first
      else { throw .unknown(kind: "pod", name: wanted.description) }
      source = address
      place = .pod(PodID(index: index))
      name = "pod/\(wanted)"
    case .node(let wanted):
      guard let index = control.nodes.firstIndex(where: { $0.metadata.name == wanted }),
        let address = control.nodes[index].internalIPs.first
      else { throw .unknown(kind: "node", name: wanted) }
      source = address
      place = .node(NodeID(index: index))
      name = wanted
    case .client(let group):
      guard let client = clients.ids.first(where: { specification.clients[Int(clients[$0].group)].name == group })
      else { throw .unknown(kind: "client", name: group) }
      source = addresses[clients[client].address]
      place = clients[client].place
      name = group
    }
    guard let target = resolve(question.to, question.protocol) else {
      throw .unknown(kind: "destination", name: World.text(question.to))
    }
    let isOutside = place == .outside
    var socket = isOutside ? target.balancerAddress : target.insideAddress
    if isOutside, socket == nil, let nodePort = target.nodePort, let node = control.nodes.first,
      let address = node.internalIPs.first
    {
      socket = SocketAddress(address, nodePort)
    }
    guard let destination = socket ?? target.insideAddress else { throw .noAddress(World.text(question.to)) }
    return ProbeEnds(
      source: source, place: place, destination: destination, protocol: question.protocol, name: name)
  }

  /// Where an address is: whoever has it, else the node in whose pod block it lies, else outside.
  private func place(of address: Address) -> Place {
    if let known = addresses.find(address), owner(known) != .nowhere { return owner(known) }
    if let node = control.nodes.firstIndex(where: { $0.podCIDRs.contains { $0.contains(address) } }) {
      return .node(NodeID(index: node))
    }
    return .outside
  }

  /// The nodes that a probe's packet may enter.
  func entries(_ question: ProbeQuestion, _ ends: ProbeEnds) throws(ProbeProblem) -> [ProbeEntry] {
    let source = addresses.intern(ends.source)
    let destination = addresses.intern(ends.destination.address)
    let tuple = FlowTuple(
      source: source, sourcePort: 40000, destination: destination, destinationPort: ends.destination.port,
      protocol: ends.protocol)
    if let via = question.via {
      guard let node = control.nodes.firstIndex(where: { $0.metadata.name == via }) else {
        throw .unknown(kind: "node", name: via)
      }
      return [ProbeEntry(node: NodeID(index: node), tuple: tuple, weight: 1, balancer: .none)]
    }
    switch ends.place.kind {
    case .pod: return [ProbeEntry(node: pods[ends.place.pod].node, tuple: tuple, weight: 1, balancer: .none)]
    case .node: return [ProbeEntry(node: ends.place.node, tuple: tuple, weight: 1, balancer: .none)]
    case .outside, .balancer, .nowhere: break
    }
    let reached = owner(destination)
    switch reached.kind {
    case .node: return [ProbeEntry(node: reached.node, tuple: tuple, weight: 1, balancer: .none)]
    case .balancer:
      let targets = control.targets
      return targets.compactMap { node in
        guard let door = control.nodePortDoor(reached.balancer, tuple, node, addresses) else { return nil }
        var inner = tuple
        inner.destination = door.address
        inner.destinationPort = door.port
        return ProbeEntry(node: node, tuple: inner, weight: 1 / Double(targets.count), balancer: reached.balancer)
      }
    case .outside, .pod, .nowhere: return []
    }
  }

  /// A destination as the scenario format writes it.
  static func text(_ destination: Destination) -> String {
    func port(_ reference: ServicePortReference?) -> String {
      switch reference {
      case .number(let number): ":\(number)"
      case .name(let name): ":\(name)"
      case nil: ""
      }
    }
    switch destination {
    case .socket(let socket): return socket.description
    case .service(let name, let reference): return "service/\(name)\(port(reference))"
    case .loadBalancer(let name, let reference): return "loadBalancer/\(name)\(port(reference))"
    case .node(let name, let number): return "node/\(name):\(number)"
    case .pod(let name, let number): return "pod/\(name):\(number)"
    case .name(let name, let number): return "\(name):\(number)"
    }
  }
}
