// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// Requests at the pods.
extension World {
  /// A whole request has come in at a pod.
  mutating func admit(_ id: FlowID, _ pod: PodID, _ scheduler: inout Scheduler<WorldEvent>) {
    switch pods[pod].server.admit() {
    case .serve: serve(id, pod, &scheduler)
    case .wait:
      flows[id].service = .waiting
      flows[id].nextWaiting = .none
      let last = pods[pod].server.last
      if last.isNone { pods[pod].server.first = id } else { flows[last].nextWaiting = id }
      pods[pod].server.last = id
    case .overloaded:
      flows[id].answersError = true
      respond(id, bytes: 200, &scheduler)
    }
  }

  private mutating func serve(_ id: FlowID, _ pod: PodID, _ scheduler: inout Scheduler<WorldEvent>) {
    let seconds = pods[pod].server.service.constant ?? drawServiceTime(id, pod)
    let nanoseconds = World.nearest(min(max(seconds * 1e9, 0), 9e18))
    pods[pod].server.busyTime &+= UInt64(nanoseconds)
    if nanoseconds == 0 {
      finishService(id, pod, &scheduler)
      return
    }
    flows[id].service = .busy
    scheduler.schedule(
      WorldEvent(kind: .served, a: id.rawValue, b: flows.generation(id), c: pod.rawValue),
      after: SimDuration(nanoseconds: nanoseconds))
  }

  private func drawServiceTime(_ id: FlowID, _ pod: PodID) -> Double {
    // By the request and its try, or, when its client has given it up already, by the flow.
    let slot = flows[id].request
    let entity =
      slot.isNone
      ? ~flows[id].number : requests[slot].key &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(requests[slot].attempts)
    var draw = KeyedDraw(seed: drawSeed, purpose: .service, entity: entity)
    var stream = draw.stream()
    return pods[pod].server.service.draw(&stream)
  }

  mutating func served(
    _ id: FlowID, _ generation: UInt32, _ pod: PodID, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    guard flows.isLive(id, generation: generation), flows[id].service == .busy, flows[id].serverPlace == .pod(pod)
    else {
      return
    }
    finishService(id, pod, &scheduler)
  }

  /// A request is served: its answer goes out, and the next in line is taken.
  private mutating func finishService(_ id: FlowID, _ pod: PodID, _ scheduler: inout Scheduler<WorldEvent>) {
    flows[id].service = .idle
    if pods[pod].server.busy > 0 { pods[pod].server.busy -= 1 }
    respond(id, bytes: flows[id].responseBytes, &scheduler)
    if flows[id].isTCP { freeIfOver(id, now: scheduler.now) }
    let next = pods[pod].server.first
    guard !next.isNone, pods[pod].server.busy < pods[pod].server.concurrency else { return }
    pods[pod].server.first = flows[next].nextWaiting
    if pods[pod].server.first.isNone { pods[pod].server.last = .none }
    pods[pod].server.waiting -= 1
    pods[pod].server.busy += 1
    flows[next].service = .idle
    serve(next, pod, &scheduler)
  }

  private mutating func respond(_ id: FlowID, bytes: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    flows[id].isAnswered = true
    if flows[id].isTCP {
      flows[id].responseEnd += UInt64(bytes)
      ends[id].server.write(bytes)
      pump(id, isServer: true, &scheduler)
      return
    }
    let flow = flows[id]
    let answer = Packet(
      tuple: flow.serverTuple.reversed, flow: id, generation: flows.generation(id), payload: bytes,
      length: World.datagramLength(bytes, mtu: specification.network.mtu), kind: .datagram, isFromServer: true)
    sendFromSocket(answer, from: flow.serverPlace, &scheduler)
  }

  /// Bytes of a datagram on a link: its fragments and their headers cross together.
  static func datagramLength(_ payload: UInt32, mtu: Int) -> UInt32 {
    let perFragment = UInt32(max(mtu - 20, 8)) & ~7
    if payload + 8 <= perFragment { return payload + 28 }
    let fragments = (payload + 8 + perFragment - 1) / perFragment
    return payload + 8 + 20 * max(fragments, 1)
  }

  /// A pod's process ends: what it served is lost, its connections are reset, and clients in it stop.
  mutating func endProcess(_ pod: PodID, isGone: Bool, _ scheduler: inout Scheduler<WorldEvent>) {
    pods[pod].condition = isGone ? .gone : .down
    pods[pod].server.busy = 0
    pods[pod].server.waiting = 0
    pods[pod].server.first = .none
    pods[pod].server.last = .none
    for index in 0..<flows.extent {
      let id = FlowID(index: index)
      guard flows.isLive(id), flows[id].serverPlace == .pod(pod) else { continue }
      flows[id].service = .idle
      guard flows[id].isTCP else { continue }
      let state = ends[id].server.state
      ends[id].server.abort()
      if !isGone, state != .closed {
        // The kernel closes the process's sockets: with an answer outstanding the client sees a reset.
        let flow = flows[id]
        let packet = Packet(
          tuple: flow.serverTuple.reversed, flow: id, generation: flows.generation(id), sequence: 0,
          acknowledgement: 0, payload: 0, length: 40, flags: [.rst, .ack], kind: .segment, isFromServer: true)
        sendFromSocket(packet, from: flow.serverPlace, &scheduler)
      }
      freeIfOver(id, now: scheduler.now)
    }
    if pods[pod].hasClients { endClients(in: pod, isGone: isGone, &scheduler) }
  }
}
