// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// Clients: requests, attempts, answers, retries.
extension World {
  mutating func startRequest(
    _ workload: WorkloadID, _ client: ClientID, key: UInt64, turn: UInt32, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let number = RequestID(rawValue: nextRequest)
    nextRequest &+= 1
    books.requestsSent &+= 1
    books.requestsInFlight &+= 1
    let (requestBytes, responseBytes) = drawSizes(workload, key)
    let slot = requests.insert(
      PendingRequest(
        number: number, arrival: scheduler.now, workload: workload, client: client, key: key, turn: turn,
        requestBytes: requestBytes, responseBytes: responseBytes))
    scheduler.schedule(
      WorldEvent(kind: .requestTimeout, a: slot.rawValue, b: requests.generation(slot)),
      after: SimDuration(nanoseconds: workloads[workload].timeout))
    attempt(slot, &scheduler)
  }

  // MARK: Attempts

  private mutating func attempt(_ slot: RequestSlotID, _ scheduler: inout Scheduler<WorldEvent>) {
    requests[slot].attempts &+= 1
    let request = requests[slot]
    switch workloads[request.workload].reuse {
    case .none: open(slot, &scheduler)
    case .keepAlive, .pool: useConnection(slot, &scheduler)
    }
  }

  /// Sends a request on a kept connection, opens one, or waits for one.
  private mutating func useConnection(_ slot: RequestSlotID, _ scheduler: inout Scheduler<WorldEvent>) {
    let request = requests[slot]
    let workload = workloads[request.workload]
    let now = scheduler.now
    let pool = pools.find(request.workload, request.client)
    while !pools[pool].idle.isNone {
      let id = pools[pool].idle
      pools[pool].idle = flows[id].nextInPool
      let flow = flows[id]
      let isWorn =
        flow.served >= workload.maxRequests || (now - flow.lastUsed).nanoseconds > workload.idle
        || (now - flow.opened).nanoseconds > workload.maxAge
      if isWorn || flow.isTCP && ends[id].client.state != .established {
        discard(id, &scheduler)
        continue
      }
      send(slot, on: id, &scheduler)
      return
    }
    if pools[pool].open < Int(workload.poolSize) {
      open(slot, &scheduler)
    } else {
      requests[slot].isQueued = true
      pools.wait(slot, in: pool)
    }
  }

  /// Opens a connection, or for UDP a socket, for a request.
  private mutating func open(_ slot: RequestSlotID, _ scheduler: inout Scheduler<WorldEvent>) {
    let request = requests[slot]
    let client = clients[request.client]
    let workload = workloads[request.workload]
    guard
      let target = control.destination(
        request.workload, client.place, client: request.client, addresses)
    else {
      failAttempt(slot, .dns, &scheduler)
      return
    }
    let wanted = FlowTuple(
      source: client.address, sourcePort: 0, destination: target.address, destinationPort: target.port,
      protocol: workload.isTCP ? .tcp : .udp)
    guard let tuple = ports.take(wanted, seed: drawSeed, now: scheduler.now) else {
      failAttempt(slot, .portsExhausted, &scheduler)
      return
    }
    let number = nextFlow
    nextFlow &+= 1
    let id = flows.insert(
      Flow(
        clientTuple: tuple, clientPlace: client.place,
        client: request.client, workload: request.workload, request: slot, number: number, opened: scheduler.now,
        lastUsed: scheduler.now, isTCP: workload.isTCP))
    requests[slot].flow = id
    if workload.isTCP { setEnds(id, TCPEnds(client: .opening(tcp), server: .opening(tcp))) }
    if workload.reuse != .none { pools[pools.find(request.workload, request.client)].open += 1 }
    if workload.isTCP {
      pump(id, isServer: false, &scheduler)
    } else {
      send(slot, on: id, &scheduler)
    }
  }

  private mutating func setEnds(_ id: FlowID, _ new: TCPEnds) {
    while ends.count <= id.index { ends.append(new) }
    ends[id] = new
  }

  mutating func connected(_ id: FlowID, _ scheduler: inout Scheduler<WorldEvent>) {
    let slot = flows[id].request
    if !slot.isNone { send(slot, on: id, &scheduler) }
  }

  /// Writes a request to a connection that stands.
  private mutating func send(_ slot: RequestSlotID, on id: FlowID, _ scheduler: inout Scheduler<WorldEvent>) {
    let request = requests[slot]
    requests[slot].flow = id
    requests[slot].isQueued = false
    requests[slot].backend = flows[id].backend
    requests[slot].node = flows[id].firstNode
    flows[id].request = slot
    flows[id].served &+= 1
    flows[id].lastUsed = scheduler.now
    flows[id].isAnswered = false
    flows[id].answersError = false
    flows[id].responseBytes = request.responseBytes
    flows[id].requestEnd += UInt64(request.requestBytes)
    if flows[id].isTCP {
      ends[id].client.write(request.requestBytes)
      pump(id, isServer: false, &scheduler)
    } else {
      let flow = flows[id]
      let packet = Packet(
        tuple: flow.clientTuple, flow: id, generation: flows.generation(id), payload: request.requestBytes,
        length: World.datagramLength(request.requestBytes, mtu: specification.network.mtu), kind: .datagram,
        isFromServer: false)
      sendFromSocket(packet, from: flow.clientPlace, &scheduler)
    }
  }

  // MARK: Answers

  mutating func responseComplete(_ id: FlowID, _ scheduler: inout Scheduler<WorldEvent>) {
    let slot = flows[id].request
    guard !slot.isNone else { return }
    flows[id].request = .none
    flows[id].isAnswered = false
    flows[id].lastUsed = scheduler.now
    requests[slot].flow = .none
    let isError = flows[id].answersError
    let reuse = workloads[flows[id].workload].reuse
    if reuse == .none {
      closeAtClient(id, &scheduler)
    } else {
      offer(id, &scheduler)
    }
    if isError { failAttempt(slot, .overloaded, &scheduler) } else { finish(slot, .succeeded, &scheduler) }
  }

  /// A kept connection is free: the first that waits takes it.
  private mutating func offer(_ id: FlowID, _ scheduler: inout Scheduler<WorldEvent>) {
    let workload = flows[id].workload
    let client = flows[id].client
    let state = workloads[workload]
    if flows[id].served >= state.maxRequests || (scheduler.now - flows[id].opened).nanoseconds > state.maxAge {
      discard(id, &scheduler)
      serveQueue(workload, client, &scheduler)
      return
    }
    let pool = pools.find(workload, client)
    if let slot = nextWaiting(pool, workload, client) {
      send(slot, on: id, &scheduler)
    } else {
      flows[id].nextInPool = pools[pool].idle
      pools[pool].idle = id
    }
  }

  @inline(__always) private mutating func nextWaiting(
    _ pool: PoolID, _ workload: WorkloadID, _ client: ClientID
  ) -> RequestSlotID? {
    while let slot = pools.nextWaiting(in: pool) {
      if requests.isLive(slot), requests[slot].isQueued, requests[slot].workload == workload,
        requests[slot].client == client
      {
        return slot
      }
    }
    return nil
  }

  /// Lets a waiting request open a connection in the place of one that is gone.
  private mutating func serveQueue(
    _ workload: WorkloadID, _ client: ClientID, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    guard workloads[workload].reuse != .none, let slot = nextWaiting(pools.find(workload, client), workload, client)
    else { return }
    requests[slot].isQueued = false
    open(slot, &scheduler)
  }

  /// Gives a kept connection up.
  private mutating func discard(_ id: FlowID, _ scheduler: inout Scheduler<WorldEvent>) {
    pools[pools.find(flows[id].workload, flows[id].client)].open -= 1
    closeAtClient(id, &scheduler)
    freeIfOver(id, now: scheduler.now)
  }

  mutating func closeAtClient(_ id: FlowID, _ scheduler: inout Scheduler<WorldEvent>) {
    flows[id].isOpenAtClient = false
    guard flows[id].isTCP else { return }
    if ends[id].client.state == .synSent {
      ends[id].client.abort()
    } else {
      ends[id].client.close()
      pump(id, isServer: false, &scheduler)
    }
  }

  /// The server closed: an answer outstanding never comes.
  mutating func peerClosed(_ id: FlowID, _ scheduler: inout Scheduler<WorldEvent>) {
    if flows[id].request.isNone {
      if flows[id].isOpenAtClient { dropIdle(id, &scheduler) }
    } else {
      attemptFailed(id, .reset, &scheduler)
    }
  }

  private mutating func dropIdle(_ id: FlowID, _ scheduler: inout Scheduler<WorldEvent>) {
    guard workloads[flows[id].workload].reuse != .none else { return }
    let pool = pools.find(flows[id].workload, flows[id].client)
    var before = FlowID.none
    var at = pools[pool].idle
    while !at.isNone, at != id {
      before = at
      at = flows[at].nextInPool
    }
    if !at.isNone {
      if before.isNone {
        pools[pool].idle = flows[id].nextInPool
      } else {
        flows[before].nextInPool = flows[id].nextInPool
      }
    }
    discard(id, &scheduler)
  }

  // MARK: Failures

  /// A flow failed under its request.
  mutating func attemptFailed(_ id: FlowID, _ outcome: RequestOutcome, _ scheduler: inout Scheduler<WorldEvent>) {
    let slot = flows[id].request
    guard !slot.isNone else {
      if flows[id].isOpenAtClient { dropIdle(id, &scheduler) }
      return
    }
    abandon(id, &scheduler)
    failAttempt(slot, outcome, &scheduler)
  }

  /// Takes the request off a flow and closes the flow.
  private mutating func abandon(_ id: FlowID, _ scheduler: inout Scheduler<WorldEvent>) {
    let slot = flows[id].request
    if !slot.isNone {
      requests[slot].flow = .none
      requests[slot].backend = flows[id].backend
      requests[slot].node = flows[id].firstNode
    }
    flows[id].request = .none
    let workload = flows[id].workload
    let client = flows[id].client
    if workloads[workload].reuse != .none { pools[pools.find(workload, client)].open -= 1 }
    closeAtClient(id, &scheduler)
    freeIfOver(id, now: scheduler.now)
    serveQueue(workload, client, &scheduler)
  }

  private mutating func failAttempt(
    _ slot: RequestSlotID, _ outcome: RequestOutcome, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let request = requests[slot]
    requests[slot].lastFailure = outcome
    let state = workloads[request.workload]
    guard request.attempts <= state.retryAttempts else {
      finish(slot, outcome, &scheduler)
      return
    }
    let hour: Int64 = 3_600_000_000_000
    let doublings = Int64(min(request.attempts - 1, 20))
    let wait = min(min(state.retryBackoff, hour) << doublings, hour)
    scheduler.schedule(
      WorldEvent(kind: .retry, a: slot.rawValue, b: requests.generation(slot)), after: SimDuration(nanoseconds: wait))
  }

  mutating func retry(_ slot: RequestSlotID, _ generation: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    guard requests.isLive(slot, generation: generation) else { return }
    attempt(slot, &scheduler)
  }

  mutating func requestTimedOut(_ slot: RequestSlotID, _ generation: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    guard requests.isLive(slot, generation: generation) else { return }
    let flow = requests[slot].flow
    let isBetweenAttempts = flow.isNone && !requests[slot].isQueued
    let cause = isBetweenAttempts ? requests[slot].lastFailure : .timeout
    if !flow.isNone { abandon(flow, &scheduler) }
    finish(slot, cause, &scheduler)
  }

  /// A request has ended.
  mutating func finish(
    _ slot: RequestSlotID, _ outcome: RequestOutcome, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let request = requests[slot]
    let now = scheduler.now
    books.requestsInFlight &-= 1
    if outcome == .succeeded { books.requestsSucceeded &+= 1 } else { books.requestsFailed &+= 1 }
    resultDigest.mix(
      now, UInt64(request.number.rawValue) << 32 ^ UInt64(outcome.rawValue) << 24 ^ UInt64(request.backend.rawValue))
    recorder.append(
      RequestRecord(
        request: request.number, arrival: request.arrival, end: now, workload: request.workload,
        client: request.client, backend: request.backend, node: request.node,
        bytes: outcome == .succeeded ? request.requestBytes &+ request.responseBytes : request.requestBytes,
        attempts: request.attempts, outcome: outcome))
    requests.remove(slot)
    if workloads[request.workload].isClosed, isUp(request.client) {
      scheduleThink(request.workload, request.client, turn: request.turn &+ 1, &scheduler)
    }
  }

  /// A rule gave a flow its backend.
  mutating func noteBalancing(_ id: FlowID, _ node: NodeID, _ entry: ConntrackEntry, _ now: SimTime) {
    guard !flows[id].isCounted else { return }
    flows[id].isCounted = true
    let target = entry.translated(.original)
    let workload = flows[id].workload
    let client = flows[id].client
    let request = flows[id].request
    let backend = backend(workload, target.destination, target.destinationPort, target.protocol)
    flows[id].backend = backend
    flows[id].firstNode = node
    if !request.isNone {
      requests[request].backend = backend
      requests[request].node = node
    }
    recorder.append(
      ConnectionRecord(
        at: flows[id].opened, workload: workload, client: client, backend: backend, node: node,
        epoch: epoch(of: workload, client, flows[id].clientTuple, now)))
  }

  /// The backend row of an endpoint of a workload's Service port; `none` when it is addressed to none.
  func backend(
    _ workload: WorkloadID, _ address: AddressID, _ port: UInt16, _ transport: IPProtocol
  ) -> BackendID {
    let row = control.row(of: workload, addresses[address].family)
    if row.isNone { return .none }
    return control.backend(of: row, address, port, process(at: address, transport, port), addresses)
  }
}
