// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

extension SimulatedCluster {
  /// Walks one way rule by rule, there and back: the likeliest, or the likeliest to `endpoint`.
  ///
  /// - Throws: as `probe` does; also when no way leads to the endpoint.
  public func trace(_ question: ProbeQuestion, endpoint: SocketAddress? = nil) throws(ProbeProblem) -> Trace {
    let result = try probe(question)
    let ends = try simulation.model.resolve(question)
    let ways = Ways(simulation.model, now: now)
    var best: (entry: ProbeEntry, passage: Ways.Passage, branch: ProbeResult.Branch)?
    for entry in try simulation.model.entries(question, ends) {
      for passage in ways.passages(entry.tuple, entry.node) {
        var branch = ways.branch(passage)
        branch.probability *= entry.weight
        guard endpoint == nil || branch.endpoint == endpoint else { continue }
        // Of equally likely ways (within rounding) the first.
        if best.map({ branch.probability > $0.branch.probability * 1.000001 }) ?? true {
          best = (entry, passage, branch)
        }
      }
    }
    guard let best else {
      if let endpoint { throw .unknown(kind: "endpoint", name: endpoint.description) }
      let branch = ProbeResult.Branch(probability: 1, verdict: .unmatched, endpoint: nil, masquerade: false)
      var step = TraceStep(kind: .route, place: ends.name, text: "no route from outside the cluster")
      step.packet = "\(ends.source) → \(ends.destination)"
      return Trace(steps: [step], branch: branch, result: result)
    }
    var writer = TraceWriter(
      world: TraceWorld(simulation.model), ways: ways, protocolName: ends.protocol.name.uppercased())
    writer.write(ends, best.entry, path: best.passage.path)
    return Trace(steps: writer.steps, branch: best.branch, result: result)
  }
}

/// What a trace needs of the world, by name.
struct TraceWorld {
  let addresses: AddressTable
  let program: Program
  let nodeNames: [String]
  let podNames: [String]
  let podNodes: [NodeID]
  let podConditions: [PodRuntime.Condition]
  let podCIDRs: [[Prefix]]
  let network: NetworkParameters
  let algorithm: LoadBalancerParameters.Algorithm
  let targetCount: Int

  init(_ world: borrowing World) {
    addresses = world.addresses
    program = world.rules.program
    nodeNames = world.control.nodes.map(\.metadata.name)
    podNames = world.control.pods.map {
      $0.isObject ? $0.pod.metadata.namespacedName.description : $0.pod.metadata.name
    }
    podNodes = world.pods.ids.map { world.pods[$0].node }
    podConditions = world.pods.ids.map { world.pods[$0].condition }
    podCIDRs = world.control.nodes.map(\.podCIDRs)
    network = world.specification.network
    algorithm = world.specification.loadBalancers.algorithm
    targetCount = world.control.targets.count
  }

  /// `address:port → address:port`.
  func text(_ tuple: FlowTuple) -> String {
    "\(socket(tuple.source, tuple.sourcePort)) → \(socket(tuple.destination, tuple.destinationPort))"
  }

  func socket(_ address: AddressID, _ port: UInt16) -> SocketAddress { SocketAddress(addresses[address], port) }
}

/// Writes the steps of one walk.
struct TraceWriter {
  let world: TraceWorld
  let ways: Ways
  let protocolName: String
  private(set) var steps: [TraceStep] = []
  private var time: Int64 = 0

  init(world: TraceWorld, ways: Ways, protocolName: String) {
    self.world = world
    self.ways = ways
    self.protocolName = protocolName
  }

  private mutating func add(
    _ kind: TraceStep.Kind, _ place: String, _ text: String, _ tuple: FlowTuple, effect: String = "",
    probability: Double = 1
  ) {
    var step = TraceStep(kind: kind, place: place, text: text)
    step.effect = effect
    step.probability = probability
    step.nanoseconds = time
    step.packet = world.text(tuple)
    steps.append(step)
  }

  mutating func write(_ ends: ProbeEnds, _ entry: ProbeEntry, path: Int) {
    let node = world.nodeNames[entry.node.index]
    let sent = FlowTuple(
      source: world.addresses.intern(ends.source), sourcePort: 40000,
      destination: world.addresses.intern(ends.destination.address), destinationPort: ends.destination.port,
      protocol: ends.protocol)
    add(.hop, ends.name, "\(protocolName)\(ends.protocol == .tcp ? " SYN" : "") leaves", sent)
    if !entry.balancer.isNone {
      time += world.network.external.latency.nanoseconds
      add(.hop, "lb", "arrives at the load balancer", sent)
      add(
        .balance, "lb", "\(world.algorithm.rawValue) picks \(node) of \(world.targetCount) targets", sent,
        probability: entry.weight)
      add(
        .dnat, "lb",
        "dst \(ends.destination) ⇒ \(world.socket(entry.tuple.destination, entry.tuple.destinationPort))", entry.tuple)
      time += world.network.node.latency.nanoseconds
    } else {
      time += (ends.place.kind == .outside ? world.network.external : world.network.pod).latency.nanoseconds
    }
    add(.hop, node, "in \(ways.isLocalOutput(entry.tuple.source, entry.node) ? "OUTPUT" : "PREROUTING")", entry.tuple)
    var chooser = Enumerating()
    for _ in 0..<path {
      var trace = NoTrace()
      _ = ways.walk(entry.tuple, entry.node, chooser: &chooser, trace: &trace)
      _ = chooser.advance()
    }
    var trace = RecordedTrace()
    let outcome = ways.walk(entry.tuple, entry.node, chooser: &chooser, trace: &trace)
    writeRules(trace, node, entry.tuple)
    finish(ends, entry, outcome, node)
  }

  /// The rules that were met: those that matched, and those that only chance kept from matching.
  private mutating func writeRules(_ trace: RecordedTrace, _ node: String, _ tuple: FlowTuple) {
    var hook = Hook.prerouting
    var lastNumber: [String: Int] = [:]
    for recorded in trace.steps {
      switch recorded {
      case .enter(let entered, _):
        hook = entered
        lastNumber = [:]
      case .leave: break
      case .rule(let reference, let matched, let probability):
        guard matched || probability < 1, let origin = world.program.origin(reference) else { continue }
        var step = TraceStep(kind: .rule, place: node, text: origin.text)
        step.hook = hook.chainName
        step.table = origin.table.name
        step.chain = origin.chain
        step.ruleNumber = origin.number
        step.probability = probability
        step.passedBy = max(origin.number - 1 - (lastNumber[origin.chain] ?? 0), 0)
        step.nanoseconds = time
        step.packet = world.text(tuple)
        step.effect = effect(origin.rule, matched: matched)
        lastNumber[origin.chain] = origin.number
        steps.append(step)
      }
    }
  }

  private func effect(_ rule: IPTablesRule, matched: Bool) -> String {
    let isChance = rule.matches.contains { if case .statisticRandom = $0 { true } else { false } }
    if !matched { return "not taken" }
    switch rule.target {
    case .mark(let operation):
      return "mark \(operation.spelling.rawValue.dropFirst(2)) 0x\(String(operation.operand, radix: 16))"
    case .drop: return "dropped"
    case .reject: return "rejected"
    case .accept: return "accepted"
    case .masquerade: return "masqueraded"
    default: return isChance ? "taken" : ""
    }
  }

  private mutating func finish(_ ends: ProbeEnds, _ entry: ProbeEntry, _ outcome: NodeWalk.Outcome, _ node: String) {
    switch outcome.verdict {
    case .drop, .unmodelled:
      add(.deliver, node, "the packet ends here: dropped", entry.tuple)
      return
    case .reject:
      add(.deliver, node, "the packet ends here: rejected, the sender is told", entry.tuple)
      return
    case .accept: break
    }
    let reached = outcome.entry.translated(.original)
    if outcome.hasDNAT {
      let before = world.socket(entry.tuple.destination, entry.tuple.destinationPort)
      let after = world.socket(reached.destination, reached.destinationPort)
      add(.dnat, node, "dst \(before) ⇒ \(after)", reached)
    }
    if outcome.hasSNAT {
      let before = world.socket(entry.tuple.source, entry.tuple.sourcePort)
      let after = world.socket(reached.source, reached.sourcePort)
      add(.snat, node, "src \(before) ⇒ \(after)", reached)
    }
    if outcome.isTracked {
      let state = ends.protocol == .tcp ? "SYN_SENT 120 s" : ends.protocol == .udp ? "UNREPLIED 30 s" : "new"
      add(.conntrack, node, "conntrack: new entry, \(state)", reached)
    }
    let target = ways.owner(reached.destination)
    if outcome.isForLocalProcess, target.kind != .pod {
      add(.deliver, node, "a process of the node gets it", reached)
      return
    }
    guard target.kind == .pod else {
      add(
        .route, node, "no rule changes it, and no host of the cluster has \(world.addresses[reached.destination])",
        reached)
      return
    }
    let pod = world.podNames[target.pod.index]
    let host = world.podNodes[target.pod.index]
    if host != entry.node {
      let block = world.podCIDRs[host.index].first { $0.contains(world.addresses[reached.destination]) }
      add(
        .route, node,
        "\(block.map { "\($0)" } ?? "\(world.addresses[reached.destination])") via \(world.nodeNames[host.index])",
        reached)
      time += world.network.node.latency.nanoseconds
      add(.hop, world.nodeNames[host.index], "forwarded, no rule changes it", reached)
      time += world.network.pod.latency.nanoseconds
    } else {
      add(.route, node, "\(world.addresses[reached.destination]) dev cni0", reached)
      if ends.place.kind == .outside { time += world.network.pod.latency.nanoseconds }
    }
    let listens = world.podConditions[target.pod.index] == .running
    let end = listens ? "accepts on \(reached.destinationPort)" : "is down: it answers RST"
    add(.deliver, "pod", "\(pod) \(end)", reached)
    steps[steps.count - 1].packet = ""
    writeReply(ends, entry, outcome, node, isElsewhere: host != entry.node)
  }

  /// The answer's way: conntrack undoes what the rules did, no rule is asked.
  private mutating func writeReply(
    _ ends: ProbeEnds, _ entry: ProbeEntry, _ outcome: NodeWalk.Outcome, _ node: String,
    isElsewhere: Bool
  ) {
    let answer = outcome.entry.reply.withoutNode
    add(.reply, "pod", ends.protocol == .tcp ? "SYN,ACK" : "answer", answer)
    time += world.network.pod.latency.nanoseconds
    if isElsewhere { time += world.network.node.latency.nanoseconds }
    let undone = outcome.entry.translated(.reply)
    let isChanged = undone != answer
    add(
      .reply, node, isChanged ? "undone by conntrack" : "forwarded", undone)
    if !entry.balancer.isNone {
      time += world.network.node.latency.nanoseconds
      var atClient = undone
      atClient.source = world.addresses.intern(ends.destination.address)
      atClient.sourcePort = ends.destination.port
      add(.reply, "lb", "src ⇒ \(ends.destination)", atClient)
      time += world.network.external.latency.nanoseconds
      add(.reply, ends.name, "the client gets its answer", atClient)
    } else {
      if ends.place.kind == .outside { time += world.network.external.latency.nanoseconds }
      add(.reply, ends.name, "the client gets its answer", undone)
    }
  }
}
