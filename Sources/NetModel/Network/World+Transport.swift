// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// Segments and datagrams between sockets.
extension World {
  /// Sends everything that an end of a TCP connection wants to send now, and sees that its timer fires.
  mutating func pump(_ id: FlowID, isServer: Bool, _ scheduler: inout Scheduler<WorldEvent>) {
    guard flows.isLive(id) else { return }
    let generation = flows.generation(id)
    let now = scheduler.now
    while true {
      let segment =
        isServer ? ends[id].server.nextSegment(now: now, tcp) : ends[id].client.nextSegment(now: now, tcp)
      guard let segment else { break }
      let flow = flows[id]
      let packet = Packet(
        tuple: isServer ? flow.serverTuple.reversed : flow.clientTuple, flow: id, generation: generation,
        sequence: segment.sequence, acknowledgement: segment.acknowledgement, payload: segment.payload,
        length: segment.payload + (segment.flags.contains(.syn) ? 60 : 52), flags: segment.flags, kind: .segment,
        isFromServer: isServer)
      sendFromSocket(packet, from: isServer ? flow.serverPlace : flow.clientPlace, &scheduler)
    }
    armTimer(id, generation, isServer: isServer, &scheduler)
  }

  @inline(__always) private mutating func armTimer(
    _ id: FlowID, _ generation: UInt32, isServer: Bool, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let deadline = isServer ? ends[id].server.deadline : ends[id].client.deadline
    let armed = isServer ? flows[id].serverTimerAt : flows[id].clientTimerAt
    guard deadline < armed else { return }
    if isServer { flows[id].serverTimerAt = deadline } else { flows[id].clientTimerAt = deadline }
    scheduler.schedule(
      WorldEvent(kind: .transportTimer, small: isServer ? 1 : 0, a: id.rawValue, b: generation), at: deadline)
  }

  mutating func transportTimer(
    _ id: FlowID, _ generation: UInt32, isServer: Bool, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    guard flows.isLive(id, generation: generation) else { return }
    let now = scheduler.now
    guard (isServer ? flows[id].serverTimerAt : flows[id].clientTimerAt) == now else { return }
    let signals: TCPEndpoint.Signals
    if isServer {
      flows[id].serverTimerAt = .never
      signals = ends[id].server.deadline <= now ? ends[id].server.timerFired(now: now, tcp) : []
    } else {
      flows[id].clientTimerAt = .never
      signals = ends[id].client.deadline <= now ? ends[id].client.timerFired(now: now, tcp) : []
    }
    pump(id, isServer: isServer, &scheduler)
    if signals.contains(.timedOut), !isServer { attemptFailed(id, .timeout, &scheduler) }
    freeIfOver(id, now: scheduler.now)
  }

  /// Sends an RST for a segment that belongs to no connection here.
  mutating func answerReset(_ packet: Packet, from place: Place, _ scheduler: inout Scheduler<WorldEvent>) {
    guard !packet.flags.contains(.rst), !packet.kind.isError,
      flows.isLive(packet.flow, generation: packet.generation)
    else { return }
    let span = packet.payload &+ (packet.flags.contains(.syn) || packet.flags.contains(.fin) ? 1 : 0)
    let answer = Packet(
      tuple: packet.tuple.reversed, flow: packet.flow, generation: packet.generation,
      sequence: packet.acknowledgement, acknowledgement: packet.sequence &+ span, payload: 0, length: 40,
      flags: [.rst, .ack], kind: .segment, isFromServer: !packet.isFromServer)
    sendFromSocket(answer, from: place, &scheduler)
  }

  // MARK: At the pod

  mutating func podReceives(_ id: PacketID, _ pod: PodID, _ scheduler: inout Scheduler<WorldEvent>) {
    if pods[pod].condition == .gone {
      drop(id, .noRoute)
      return
    }
    if packets[id].isFromServer {
      clientReceives(id, &scheduler)
      return
    }
    let packet = take(id)
    guard flows.isLive(packet.flow, generation: packet.generation), !packet.kind.isError else { return }
    let place = Place.pod(pod)
    let isOpen =
      pods[pod].condition == .running && control.listens(pod, packet.tuple.protocol, packet.tuple.destinationPort)
    switch packet.kind {
    case .datagram:
      guard isOpen else {
        refuseDatagram(packet, on: pods[pod].node, from: place, &scheduler)
        return
      }
      flows[packet.flow].serverPlace = place
      flows[packet.flow].serverTuple = packet.tuple
      admit(packet.flow, pod, &scheduler)
    case .segment:
      let isMine = flows[packet.flow].serverPlace == place && flows[packet.flow].serverTuple == packet.tuple
      if !isMine {
        guard isOpen, packet.flags.contains(.syn), !packet.flags.contains(.ack),
          flows[packet.flow].serverPlace == .nowhere
        else {
          answerReset(packet, from: place, &scheduler)
          return
        }
        flows[packet.flow].serverPlace = place
        flows[packet.flow].serverTuple = packet.tuple
        ends[packet.flow].server = .accepting(tcp)
        pump(packet.flow, isServer: true, &scheduler)
        return
      }
      serverSegment(packet, pod, &scheduler)
    case .portUnreachable, .hostUnreachable: break
    }
  }

  private mutating func serverSegment(_ packet: Packet, _ pod: PodID, _ scheduler: inout Scheduler<WorldEvent>) {
    let id = packet.flow
    let segment = TCPEndpoint.Segment(
      flags: packet.flags, sequence: packet.sequence, acknowledgement: packet.acknowledgement, payload: packet.payload)
    let signals = ends[id].server.receive(segment, now: scheduler.now, tcp)
    if signals.contains(.answerReset) {
      answerReset(packet, from: .pod(pod), &scheduler)
      return
    }
    if !signals.isDisjoint(with: [.data, .connected]), flows[id].service == .idle,
      flows[id].requestEnd > flows[id].requestSeen, ends[id].server.received >= flows[id].requestEnd
    {
      flows[id].requestSeen = flows[id].requestEnd
      admit(id, pod, &scheduler)
    }
    if signals.contains(.peerClosed) { ends[id].server.close() }
    pump(id, isServer: true, &scheduler)
    freeIfOver(id, now: scheduler.now)
  }

  /// Answers a datagram for a port on which nobody listens.
  mutating func refuseDatagram(
    _ packet: Packet, on node: NodeID, from place: Place, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    guard icmp.allows(node, packet.tuple.source, now: scheduler.now) else { return }
    let answer = Packet(
      tuple: packet.tuple.reversed, flow: packet.flow, generation: packet.generation, payload: 0, length: 88,
      kind: .portUnreachable, isFromServer: true)
    sendFromSocket(answer, from: place, &scheduler)
  }

  // MARK: At the client

  mutating func clientReceives(_ id: PacketID, _ scheduler: inout Scheduler<WorldEvent>) {
    let packet = packets[id]
    guard flows.isLive(packet.flow, generation: packet.generation),
      flows[packet.flow].clientTuple == packet.tuple.reversed
    else {
      drop(id, .stale)
      return
    }
    _ = take(id)
    let flow = packet.flow
    switch packet.kind {
    case .portUnreachable, .hostUnreachable:
      // A soft error once a connection stands (RFC 5461); TCP goes on trying, and before that it is the answer.
      guard !flows[flow].isTCP || ends[flow].client.state == .synSent else { return }
      if flows[flow].isTCP { ends[flow].client.abort() }
      attemptFailed(flow, packet.kind == .portUnreachable ? .refused : .unreachable, &scheduler)
      freeIfOver(flow, now: scheduler.now)
    case .datagram:
      guard flows[flow].isAnswered else { return }
      responseComplete(flow, &scheduler)
      freeIfOver(flow, now: scheduler.now)
    case .segment:
      clientSegment(packet, &scheduler)
    }
  }

  private mutating func clientSegment(_ packet: Packet, _ scheduler: inout Scheduler<WorldEvent>) {
    let id = packet.flow
    let segment = TCPEndpoint.Segment(
      flags: packet.flags, sequence: packet.sequence, acknowledgement: packet.acknowledgement, payload: packet.payload)
    if !flows[id].isOpenAtClient, packet.payload > 0 {
      // Data for a socket that was closed with the answer outstanding.
      ends[id].client.abort()
      answerReset(packet, from: flows[id].clientPlace, &scheduler)
      freeIfOver(id, now: scheduler.now)
      return
    }
    let signals = ends[id].client.receive(segment, now: scheduler.now, tcp)
    if signals.contains(.answerReset) {
      answerReset(packet, from: flows[id].clientPlace, &scheduler)
      return
    }
    if signals.contains(.refused) {
      attemptFailed(id, .refused, &scheduler)
    } else if signals.contains(.reset) {
      attemptFailed(id, .reset, &scheduler)
    } else {
      if signals.contains(.connected) { connected(id, &scheduler) }
      if signals.contains(.data), flows[id].isAnswered, ends[id].client.received >= flows[id].responseEnd {
        responseComplete(id, &scheduler)
      }
      if signals.contains(.peerClosed) { peerClosed(id, &scheduler) }
    }
    pump(id, isServer: false, &scheduler)
    freeIfOver(id, now: scheduler.now)
  }

  /// Takes a flow's row back once both ends are done with it and nobody works for it.
  mutating func freeIfOver(_ id: FlowID, now: SimTime) {
    guard flows.isLive(id) else { return }
    let flow = flows[id]
    guard !flow.isOpenAtClient, flow.service == .idle, flow.request.isNone else { return }
    if flow.isTCP {
      let clientDone = ends[id].client.state == .closed || ends[id].client.state == .timeWait
      let serverDone =
        flow.serverPlace == .nowhere || ends[id].server.state == .closed
        || pods[flow.serverPlace.pod].condition != .running
      guard clientDone, serverDone else { return }
    }
    if !flow.balancerTarget.isNone { control.targetReleased(flow.balancer, flow.balancerTarget) }
    // Only who closed first waits: a connection refused, reset, given up or closed by the server leaves nothing behind.
    let waits = flow.isTCP && ends[id].client.state == .timeWait
    ports.release(flow.clientTuple, timeWait: waits ? tcp.timeWait : .zero, now: now)
    flows.remove(id)
  }
}
