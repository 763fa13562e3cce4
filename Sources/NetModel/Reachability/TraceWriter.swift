// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Writes the steps of one way.
struct TraceWriter {
  let world: TraceWorld
  let ends: ProbeEnds
  let end: Trace.End
  private(set) var steps: [TraceStep] = []
  /// Nanoseconds since the packet left: the latencies of the links crossed.
  var time: Int64 = 0

  init(_ world: TraceWorld, _ ends: ProbeEnds, _ end: Trace.End) {
    self.world = world
    self.ends = ends
    self.end = end
  }

  mutating func add(
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

  /// Crosses a link.
  mutating func cross(_ link: LinkParameters) { time += link.latency.nanoseconds }

  /// Writes the way out, rules and all, then the way back.
  ///
  /// - Parameter records: what was seen at each node of the way.
  mutating func write(_ way: Way, _ records: [RecordedTrace]) {
    let isTCP = ends.protocol == .tcp
    let sent = FlowTuple(
      source: world.addresses.intern(ends.source), sourcePort: 40000,
      destination: world.addresses.intern(ends.destination.address), destinationPort: ends.destination.port,
      protocol: ends.protocol)
    add(.hop, ends.name, "\(ends.protocol.name.uppercased())\(isTCP ? " SYN" : "") leaves", sent)
    var packet = sent
    for (place, leg) in way.legs.enumerated() {
      arrive(leg, packet, isFirst: place == 0)
      let isOutput = place == 0 && world.owner(leg.tuple.source) == .node(leg.node)
      let node = world.name(of: leg.node)
      add(.hop, node, "in \(isOutput ? Hook.output.chainName : Hook.prerouting.chainName)", leg.tuple)
      writeRules(records[place], node, leg.tuple)
      let outcome = leg.passage.outcome
      guard outcome.verdict == .accept else {
        add(.deliver, node, "the packet ends here: \(ending(outcome))", leg.tuple)
        return
      }
      translate(leg, node)
      packet = outcome.tuple
      if place + 1 < way.legs.count {
        let next = way.legs[place + 1]
        let towards = next.balancer.isNone ? "via \(world.name(of: next.node))" : "dev eth0"
        add(.route, node, "\(block(packet.destination)) \(towards)", packet)
      }
    }
    deliver(way)
  }

  /// The links up to a node, and a load balancer before it.
  private mutating func arrive(_ leg: Way.Leg, _ packet: FlowTuple, isFirst: Bool) {
    let network = world.network
    cross(!isFirst ? network.node : ends.place.kind == .outside ? network.external : network.pod)
    guard !leg.balancer.isNone else { return }
    let node = world.name(of: leg.node)
    let before = world.socket(packet.destination, packet.destinationPort)
    let after = world.socket(leg.tuple.destination, leg.tuple.destinationPort)
    add(.hop, "lb", "arrives at the load balancer", packet)
    add(
      .balance, "lb", "\(world.algorithm.rawValue) picks \(node) of \(world.targetCount) targets", packet,
      probability: 1 / Double(max(world.targetCount, 1)))
    add(.dnat, "lb", "dst \(before) ⇒ \(after)", leg.tuple)
    cross(network.node)
  }

  /// The rules that were met: those that matched, and those that only chance kept from matching.
  private mutating func writeRules(_ trace: RecordedTrace, _ node: String, _ tuple: FlowTuple) {
    var hook = Hook.prerouting
    var lastNumber: [String: Int] = [:]
    var mark: UInt32 = 0
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
        if matched, case .mark(let operation)? = origin.rule.target {
          mark = (mark & ~operation.kernel.mask) ^ operation.kernel.value
        }
        step.effect = effect(origin.rule, matched: matched, mark: mark)
        lastNumber[origin.chain] = origin.number
        steps.append(step)
      }
    }
  }

  private func effect(_ rule: IPTablesRule, matched: Bool, mark: UInt32) -> String {
    let isChance = rule.matches.contains { if case .statisticRandom = $0 { true } else { false } }
    if !matched { return "not taken" }
    switch rule.target {
    case .mark: return "mark ⇒ 0x\(String(mark, radix: 16))"
    case .drop: return "dropped"
    case .reject: return "rejected"
    case .accept: return "accepted"
    case .masquerade: return "masqueraded"
    default: return isChance ? "taken" : ""
    }
  }

  /// How a node's rules ended it.
  private func ending(_ outcome: NodeWalk.Outcome) -> String {
    let origin = world.program.origin(outcome.decisive)
    let why = origin?.comment.map { ": \($0)" } ?? ""
    guard outcome.verdict == .reject else {
      return origin == nil ? "dropped, by the policy of \(outcome.hook.chainName)" : "dropped" + why
    }
    let family = world.addresses[outcome.tuple.destination].family
    return "rejected, the sender is told \(outcome.rejection.name(family))" + why
  }

  /// What a node's nat table and conntrack did.
  private mutating func translate(_ leg: Way.Leg, _ node: String) {
    let outcome = leg.passage.outcome
    let reached = outcome.entry.translated(.original)
    if outcome.hasDNAT {
      let before = world.socket(leg.tuple.destination, leg.tuple.destinationPort)
      let after = world.socket(reached.destination, reached.destinationPort)
      add(.dnat, node, "dst \(before) ⇒ \(after)", reached)
    }
    if outcome.hasSNAT {
      let before = world.socket(leg.tuple.source, leg.tuple.sourcePort)
      let after = world.socket(reached.source, reached.sourcePort)
      add(.snat, node, "src \(before) ⇒ \(after)", reached)
    }
    if outcome.isTracked {
      let state = ends.protocol == .tcp ? "SYN_SENT 120 s" : ends.protocol == .udp ? "UNREPLIED 30 s" : "new"
      add(.conntrack, node, "conntrack: new entry, \(state)", reached)
    }
  }

  /// The pod block that holds an address, or the address.
  private func block(_ address: AddressID) -> String {
    let value = world.addresses[address]
    let block = world.podBlock(of: value)
    return block.map { "\($0)" } ?? "\(value)"
  }

  /// From the last node's rules to whoever has the address.
  private mutating func deliver(_ way: Way) {
    let leg = way.end
    let node = world.name(of: leg.node)
    let reached = leg.passage.outcome.tuple
    let target = world.owner(reached.destination)
    if leg.passage.outcome.isForLocalProcess, target.kind != .pod {
      add(.deliver, node, "a process of the node gets it", reached)
      return
    }
    guard target.kind == .pod else {
      let what = target == .nowhere ? "no host of the cluster has" : "it leaves for"
      add(.route, node, "no rule changes it, and \(what) \(world.addresses[reached.destination])", reached)
      return
    }
    let host = world.node(of: target.pod)
    let hostName = host.isNone ? node : world.name(of: host)
    if host != leg.node, !host.isNone {
      add(.route, node, "\(block(reached.destination)) via \(hostName)", reached)
      cross(world.network.node)
      add(.hop, hostName, "forwarded, no rule changes it", reached)
    } else {
      add(.route, node, "\(world.addresses[reached.destination]) dev cni0", reached)
    }
    if !isGone, host != leg.node || !startsAt(leg, way) { cross(world.network.pod) }
    add(.deliver, isGone ? hostName : "pod", arrival(reached), reached)
    steps[steps.count - 1].packet = ""
    writeReply(way, from: host.isNone ? leg.node : host)
  }

  /// Whether the pod's address is there no more.
  var isGone: Bool {
    switch end {
    case .podGone, .podGoneSilently: true
    case .open, .podDown, .portClosed: false
    }
  }

  /// Whether the connection was opened on a way's only node: its link to the node is all that there is to cross.
  func startsAt(_ leg: Way.Leg, _ way: Way) -> Bool {
    guard way.legs.count == 1 else { return false }
    switch ends.place.kind {
    case .pod: return world.node(of: ends.place.pod) == leg.node
    case .node: return ends.place.node == leg.node
    case .outside, .balancer, .nowhere: return false
    }
  }

  private func arrival(_ reached: FlowTuple) -> String {
    switch end {
    case .open:
      let pod = world.owner(reached.destination).pod
      return "\(world.name(of: pod)) accepts on \(reached.destinationPort)"
    case .podDown(let pod): return "\(pod) is down: nothing listens on \(reached.destinationPort)"
    case .portClosed(let pod): return "\(pod) does not listen on \(reached.destinationPort)"
    case .podGone(let pod): return "\(pod) is gone: nobody has \(world.addresses[reached.destination])"
    case .podGoneSilently(let pod):
      return "\(pod) is gone: nobody has \(world.addresses[reached.destination]), and nothing comes back"
    }
  }
}
