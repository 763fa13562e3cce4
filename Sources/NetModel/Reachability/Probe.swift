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
  /// - Parameters:
  ///   - question: what is asked.
  ///   - limit: how many ways to follow at most; default 2^20. The rest is the result's `unexplored`.
  /// - Throws: when a name in the question stands for nothing, or a walked packet meets what is not modelled.
  public func probe(
    _ question: ProbeQuestion, limit: Int = 1 << 20
  ) throws(ProbeProblem) -> ProbeResult {
    let ends = try simulation.model.resolve(question)
    let ways = Ways(simulation.model, now: now, limit: limit)
    return try simulation.model.answer(question, ends, ways) { _, _ in }
  }
}

extension World {
  /// What a question comes to; `body` sees every way and how it ends.
  func answer(
    _ question: ProbeQuestion, _ ends: ProbeEnds, _ ways: Ways, _ body: (Way, ProbeResult.Branch) -> Void
  ) throws(ProbeProblem) -> ProbeResult {
    var branches = BranchTally()
    var unexplored = 0.0
    var budget = ways.limit
    let entries = try entries(question, ends)
    for entry in entries {
      unexplored += try ways.visit(self, entry, isWholeWay: question.via == nil, budget: &budget) { way in
        let branch = ways.branch(way, self)
        branches.add(branch)
        body(way, branch)
      }
    }
    if entries.isEmpty {
      branches.add(ProbeResult.Branch(probability: 1, verdict: .unmatched, endpoint: nil, masquerade: false))
    }
    var result = ProbeResult(branches: branches.branches)
    result.ways = max(branches.count, 1)
    result.unexplored = unexplored
    if entries.isEmpty { result.unreachable = obstacle(ends) }
    return result
  }

  /// Why nothing from outside gets to an address.
  private func obstacle(_ ends: ProbeEnds) -> ProbeResult.Obstacle {
    let address = ends.destination.address
    switch owner(addresses.intern(address)).kind {
    case .balancer: return .noTarget
    case .pod: return .podAddress
    case .node, .outside, .nowhere: break
    }
    let isClusterIP =
      control.services.contains { $0.service.clusterIPs.contains(address) }
      || specification.cluster.serviceCIDRs.contains { $0.contains(address) }
    if isClusterIP { return .clusterIP }
    let isPodAddress = control.nodes.contains { $0.podCIDRs.contains { $0.contains(address) } }
    return isPodAddress ? .podAddress : .unknownAddress
  }
}

/// Merges branches that end alike, in the order in which they were first met.
private struct BranchTally {
  private struct Key: Hashable {
    var verdict: ProbeVerdict
    var endpoint: SocketAddress?
    var masquerade: Bool
  }
  private var places: [Key: Int] = [:]
  private(set) var branches: [ProbeResult.Branch] = []
  /// How many were added.
  private(set) var count = 0

  mutating func add(_ branch: ProbeResult.Branch) {
    count += 1
    let key = Key(verdict: branch.verdict, endpoint: branch.endpoint, masquerade: branch.masquerade)
    if let at = places[key] {
      branches[at].probability += branch.probability
    } else {
      places[key] = branches.count
      branches.append(branch)
    }
  }
}

extension World {
  /// Finds what the names of a question stand for.
  func resolve(_ question: ProbeQuestion) throws(ProbeProblem) -> ProbeEnds {
    let own: [Address]
    let place: Place
    let name: String
    switch question.from {
    case .address(let address):
      own = [address]
      place = self.place(of: address)
      name = address.description
    case .pod(let wanted):
      guard let index = control.pods.firstIndex(where: { $0.isObject && $0.pod.metadata.namespacedName == wanted }),
        !control.pods[index].pod.podIPs.isEmpty
      else { throw .unknown(kind: "pod", name: wanted.description) }
      own = control.pods[index].pod.podIPs
      place = .pod(PodID(index: index))
      name = "pod/\(wanted)"
    case .node(let wanted):
      guard let index = control.nodes.firstIndex(where: { $0.metadata.name == wanted }),
        !control.nodes[index].internalIPs.isEmpty
      else { throw .unknown(kind: "node", name: wanted) }
      own = control.nodes[index].internalIPs
      place = .node(NodeID(index: index))
      name = wanted
    case .client(let group):
      guard let client = clients.ids.first(where: { specification.clients[Int(clients[$0].group)].name == group })
      else { throw .unknown(kind: "client", name: group) }
      own = [addresses[clients[client].address]]
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
    guard let source = own.first(where: { $0.family == destination.address.family }) else {
      throw .differentFamilies(own[0], destination.address)
    }
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
    case .balancer: return entries(through: reached.balancer, tuple, weight: 1)
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
