// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// A packet through one node: conntrack, hooks, translation, routing.
extension World {
  mutating func nodeReceives(_ id: PacketID, _ node: NodeID, _ scheduler: inout Scheduler<WorldEvent>) {
    let now = scheduler.now
    let packet = packets[id]
    if let hit = conntrack.lookup(packet.tuple, node, now: now) {
      if packet.kind.isError {
        // An error about a known connection is RELATED and translated as an answer would be.
        let translated = conntrack[hit.row].translated(hit.direction)
        if !rules.node(node).isGenerated, !passesRules(id, node, .related, translated, &scheduler) { return }
        packets[id].tuple = translated
        route(id, node, at: now, &scheduler)
        return
      }
      let translated = conntrack[hit.row].translated(hit.direction)
      let update = conntrack.update(hit.row, hit.direction, flags: packet.flags, now: now)
      if let rearm = update.rearm {
        scheduler.schedule(WorldEvent(kind: .conntrackExpiry, a: hit.row.rawValue), at: rearm)
      }
      switch update.outcome {
      case .tracked, .closed:
        // kube-proxy's rules accept every packet of a known connection; only a dump's may judge it again.
        if !rules.node(node).isGenerated, !passesRules(id, node, update.states, translated, &scheduler) { return }
        packets[id].tuple = translated
        route(id, node, at: now, &scheduler)
        return
      case .invalid:
        if locals.isLocal(packet.tuple.destination, on: node) {
          drop(id, .stale)
        } else if !rules.node(node).isGenerated {
          if passesRules(id, node, update.states, packet.tuple, &scheduler) { route(id, node, at: now, &scheduler) }
        } else if specification.cluster.proxy.conntrackTCPBeLiberal {
          route(id, node, at: now, &scheduler)
        } else {
          // KUBE-FORWARD's first rule: --ctstate INVALID -j DROP.
          drop(id, .rule)
        }
        return
      case .reopened: break
      }
    } else if packet.kind.isError {
      route(id, node, at: now, &scheduler)
      return
    }
    open(id, node, &scheduler)
  }

  /// The first packet of a connection on this node.
  private mutating func open(_ id: PacketID, _ node: NodeID, _ scheduler: inout Scheduler<WorldEvent>) {
    let now = scheduler.now
    let packet = packets[id]
    guard conntrack.admit(packet.tuple, node, now: now) else {
      nodes[node].conntrackRefusals &+= 1
      drop(id, .conntrackFull)
      return
    }
    let flowNumber =
      flows.isLive(packet.flow, generation: packet.generation) ? flows[packet.flow].number : UInt64.max
    let entity = flowNumber &* 0x1_0001 ^ UInt64(node.rawValue) << 40
    var chooser = Sampling(KeyedDraw(seed: drawSeed, purpose: .endpoint, entity: entity))
    var draws = KeyedDraw(seed: drawSeed, purpose: .snatPort, entity: entity)
    var trace = NoTrace()
    let state = nodes[node]
    let walk = NodeWalk(
      node: node, now: now, nodeAddressIPv4: state.addressIPv4, nodeAddressIPv6: state.addressIPv6)
    let isLocalOutput = packet.from == .node(node)
    let inside = interfaces
    let outcome = walk.run(
      parts, packet.tuple, flags: packet.flags, length: UInt16(truncatingIfNeeded: packet.length),
      isLocalOutput: isLocalOutput, inInterface: packet.from.kind == .pod ? inside.pods : inside.uplink,
      isProbe: false, chooser: &chooser, draws: &draws, trace: &trace,
      outInterface: { address in
        let owner = address.index < owners.count ? owners[address] : .nowhere
        return owner.kind == .pod && pods[owner.pod].node == node ? inside.pods : inside.uplink
      })
    switch outcome.verdict {
    case .accept: break
    case .drop:
      drop(id, .rule)
      return
    case .reject:
      reject(id, node, outcome.rejection, &scheduler)
      return
    case .unmodelled:
      if unmodelled == nil { unmodelled = problem(outcome.decisive, node) }
      drop(id, .rule)
      return
    }
    let departure = now.advanced(by: Int64(outcome.rulesWalked) &* ruleCost)
    if outcome.isTracked {
      switch conntrack.confirm(outcome.entry, now: now) {
      case .made(let row, let expiry):
        scheduler.schedule(WorldEvent(kind: .conntrackExpiry, a: row.rawValue), at: expiry)
      case .clash:
        drop(id, .snatPorts)
        return
      }
    }
    if outcome.hasDNAT, flowNumber != .max { noteBalancing(packet.flow, node, outcome.entry, now) }
    packets[id].tuple = outcome.tuple
    route(id, node, at: departure, &scheduler)
  }

  func problem(_ reference: RuleReference, _ node: NodeID) -> ProbeProblem {
    let origin = rules.program.origin(reference)
    return .notModelled(
      node: control.nodes[node.index].metadata.name, table: origin?.table.name ?? "", chain: origin?.chain ?? "",
      rule: origin?.number ?? 0, text: origin?.text ?? "")
  }

  /// Whether the rules of a dump let a packet of a known connection through; ends it otherwise.
  ///
  /// It meets all but the nat table. Of its translation, the destination's part is done before the rules of filter are
  /// asked and the source's after them (net/netfilter/nf_nat_core.c, `nf_nat_packet`).
  private mutating func passesRules(
    _ id: PacketID, _ node: NodeID, _ states: IPTablesMatch.ConnectionStates, _ translated: FlowTuple,
    _ scheduler: inout Scheduler<WorldEvent>
  ) -> Bool {
    let packet = packets[id]
    let isOutput = packet.from == .node(node)
    let isForProcess = locals.isLocal(translated.destination, on: node)
    let target = owner(translated.destination)
    let leaves = target.kind == .pod && pods[target.pod].node == node ? interfaces.pods : interfaces.uplink
    var view = PacketView(packet.tuple)
    if packet.kind.isError { view.become(packet.kind, addresses[packet.tuple.destination].family) }
    view.state = states
    view.tcpFlags = packet.flags
    view.length = UInt16(truncatingIfNeeded: packet.length)
    if isOutput {
      view.outInterface = leaves
    } else {
      view.inInterface = packet.from.kind == .pod ? interfaces.pods : interfaces.uplink
    }
    let first: Hook = isOutput ? .output : .prerouting
    guard passes(id, node, first, .untracked, &view, &scheduler),
      passes(id, node, first, .translation, &view, &scheduler)
    else { return false }
    view.tuple.destination = translated.destination
    if !packet.kind.isError { view.tuple.destinationPort = translated.destinationPort }
    if isOutput {
      guard passes(id, node, .output, .filtering, &view, &scheduler) else { return false }
    } else if !isForProcess {
      view.outInterface = leaves
      guard passes(id, node, .forward, .filtering, &view, &scheduler) else { return false }
    }
    if isOutput || !isForProcess {
      view.inInterface = .none
      guard passes(id, node, .postrouting, .translation, &view, &scheduler) else { return false }
    }
    guard isForProcess else { return true }
    if isOutput {
      view.inInterface = interfaces.loopback
      view.outInterface = .none
    }
    return passes(id, node, .input, .translation, &view, &scheduler)
  }

  /// One phase of a hook for a packet of a known connection.
  private mutating func passes(
    _ id: PacketID, _ node: NodeID, _ hook: Hook, _ phase: HookPhase, _ view: inout PacketView,
    _ scheduler: inout Scheduler<WorldEvent>
  ) -> Bool {
    let sets = rules.node(node)
    let family = addresses[view.tuple.destination].family
    var host = NodeContext(node, now: scheduler.now, locals: locals, memory: memory)
    var units = rules.units(of: sets, family: family)
    var chooser = Sampling(KeyedDraw(seed: drawSeed, purpose: .endpoint, entity: UInt64(id.rawValue)))
    var trace = NoTrace()
    // nat is for a connection's first packet alone, also where another is NEW once more.
    for table in Hooks.tables(hook, phase) where table != .nat {
      let result = rules.program.walk(
        family == .ipv4 ? sets.ipv4 : sets.ipv6, table, hook, view, chooser: &chooser, units: &units, host: &host,
        trace: &trace)
      view.mark = result.mark
      view.connectionMark = result.connectionMark
      switch result.verdict {
      case .accept: continue
      case .reject: reject(id, node, result.rejection, &scheduler)
      case .drop: drop(id, .rule)
      case .unmodelled:
        if unmodelled == nil { unmodelled = problem(result.decisive, node) }
        drop(id, .rule)
      }
      return false
    }
    return true
  }

  /// Sends a packet on from a node's root namespace.
  mutating func route(_ id: PacketID, _ node: NodeID, at time: SimTime, _ scheduler: inout Scheduler<WorldEvent>) {
    packets[id].hopsLeft &-= 1
    guard packets[id].hopsLeft & 0x7f > 0 else {
      drop(id, .noRoute)
      return
    }
    let destination = packets[id].tuple.destination
    let target = owner(destination)
    let here = Place.node(node)
    // A packet from this node's own pods or processes has paid for its access link already.
    let cameFromHere =
      packets[id].from == here || packets[id].from.kind == .pod && pods[packets[id].from.pod].node == node
    switch target.kind {
    case .pod:
      let pod = pods[target.pod]
      if pod.node != node {
        transmit(id, nodes[node].uplink, from: here, to: .node(pod.node), at: time, &scheduler)
      } else if pod.condition == .gone {
        meetDeadAddress(id, node, isFromHere: cameFromHere, time, &scheduler)
      } else if cameFromHere {
        packets[id].from = here
        packets[id].to = target
        scheduler.schedule(WorldEvent(kind: .packet, a: id.rawValue), at: time)
      } else {
        transmit(id, pod.down, from: here, to: target, at: time, &scheduler)
      }
    case .node:
      if target.node == node {
        packets[id].isAtSocket = true
        if cameFromHere {
          packets[id].from = here
          packets[id].to = here
          scheduler.schedule(WorldEvent(kind: .packet, a: id.rawValue), at: time)
        } else {
          transmit(id, nodes[node].processLink, from: here, to: here, at: time, &scheduler)
        }
      } else {
        transmit(id, nodes[node].uplink, from: here, to: target, at: time, &scheduler)
      }
    case .outside:
      let packet = packets[id]
      guard flows.isLive(packet.flow, generation: packet.generation) else {
        drop(id, .stale)
        return
      }
      let flow = flows[packet.flow]
      if !flow.balancer.isNone {
        transmit(id, nodes[node].uplink, from: here, to: .balancer(flow.balancer), at: time, &scheduler)
      } else {
        transmit(id, clients[flow.client].down, from: here, to: .outside, at: time, &scheduler)
      }
    case .balancer: transmit(id, nodes[node].uplink, from: here, to: target, at: time, &scheduler)
    case .nowhere: drop(id, .noRoute)
    }
  }

  // MARK: Errors

  /// Answers a packet with an ICMP error or RST, as REJECT and a closed port do.
  mutating func reject(
    _ id: PacketID, _ node: NodeID, _ rejection: Rejection, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let packet = packets[id]
    books.packetsRejected &+= 1
    books.packetsInFlight &-= 1
    packets.remove(id)
    guard !packet.kind.isError, !packet.flags.contains(.rst), flows.isLive(packet.flow, generation: packet.generation)
    else { return }
    var answer = packet
    answer.tuple = packet.tuple.reversed
    answer.isFromServer = !packet.isFromServer
    answer.payload = 0
    answer.hopsLeft = 64
    answer.from = .node(node)
    if rejection == .tcpReset {
      answer.flags = [.rst, .ack]
      answer.sequence = 0
      answer.acknowledgement = packet.sequence &+ 1
      answer.length = 40
    } else {
      guard icmp.allows(node, packet.tuple.source, now: scheduler.now) else { return }
      answer.kind = rejection == .portUnreachable ? .portUnreachable : .hostUnreachable
      answer.flags = []
      answer.length = 88
    }
    let made = make(answer)
    route(made, node, at: scheduler.now, &scheduler)
  }

  /// A packet for a pod that is gone, on the pod's node.
  ///
  /// Source: `defaults.md`'s measurements on Linux 6.18: with a bridge, ARP gives up after 3.07 s and a client elsewhere
  /// gets host unreachable; from the node itself nothing comes back.
  private mutating func meetDeadAddress(
    _ id: PacketID, _ node: NodeID, isFromHere: Bool, _ time: SimTime, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    switch specification.network.deadAddress {
    case .blackhole: drop(id, .noRoute)
    case .unreachable: reject(id, node, .hostUnreachable, &scheduler)
    case .bridge:
      if isFromHere {
        drop(id, .noRoute)
      } else {
        packets[id].to = .node(node)
        scheduler.schedule(
          WorldEvent(kind: .unreachable, a: id.rawValue), at: time + NetworkParameters.neighbourTimeout)
      }
    }
  }

  mutating func giveUpOnNeighbour(_ id: PacketID, _ scheduler: inout Scheduler<WorldEvent>) {
    reject(id, packets[id].to.node, .hostUnreachable, &scheduler)
  }

  mutating func conntrackExpired(_ row: ConntrackRow, _ scheduler: inout Scheduler<WorldEvent>) {
    if case .again(let at) = conntrack.expire(row, now: scheduler.now) {
      scheduler.schedule(WorldEvent(kind: .conntrackExpiry, a: row.rawValue), at: at)
    }
  }
}

extension PacketView {
  /// Shows an error as the ICMP message that it is, and not as the answer whose place it takes.
  ///
  /// Types and codes: include/uapi/linux/icmp.h and icmpv6.h.
  fileprivate mutating func become(_ error: Packet.Kind, _ family: IPFamily) {
    let isPort = error == .portUnreachable
    tuple = FlowTuple(
      source: tuple.source, sourcePort: 0, destination: tuple.destination, destinationPort: 0,
      protocol: family == .ipv4 ? .icmp : .icmpv6)
    icmpType = family == .ipv4 ? 3 : 1
    icmpCode = family == .ipv4 ? isPort ? 3 : 1 : isPort ? 4 : 3
  }
}
