// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// When clients' requests come, and how large they are.
extension World {
  /// Schedules a workload's first arrivals.
  mutating func startWorkload(_ id: WorkloadID, _ scheduler: inout Scheduler<WorldEvent>) {
    if workloads[id].isClosed {
      for k in 0..<workloads[id].clientCount {
        scheduleThink(id, ClientID(rawValue: workloads[id].firstClient + k), turn: 0, &scheduler)
      }
    } else if workloads[id].isPoisson {
      scheduleArrival(id, &scheduler)
    } else {
      // Evenly spaced from the start on: rate times duration requests.
      scheduler.schedule(WorldEvent(kind: .arrival, a: id.rawValue), at: scheduler.now)
    }
  }

  @inline(__always) private mutating func scheduleArrival(
    _ id: WorkloadID, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let gap = workloads[id].isPoisson ? workloads[id].arrivals.exponential() : 1
    let nanoseconds = World.nearest(min(gap * workloads[id].meanGap, 9e18))
    let at = scheduler.now.advanced(by: nanoseconds)
    if at < duration { scheduler.schedule(WorldEvent(kind: .arrival, a: id.rawValue), at: at) }
  }

  /// What a client's `turn`-th request in a workload, or the workload's `turn`-th arrival, is drawn with.
  @inline(__always) private func key(_ workload: WorkloadID, _ client: UInt32, _ turn: UInt32) -> UInt64 {
    (UInt64(workload.rawValue) << 56 ^ UInt64(client) << 32) | UInt64(turn)
  }

  /// A closed-loop client thinks before a turn.
  mutating func scheduleThink(
    _ id: WorkloadID, _ client: ClientID, turn: UInt32, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let life = clients[client].life
    var seconds = workloads[id].think.constant
    if seconds == nil {
      // Each process of the client has turns of its own.
      var draw = KeyedDraw(
        seed: drawSeed, purpose: .think, entity: key(id, client.rawValue, turn ^ UInt32(life) << 20))
      var stream = draw.stream()
      seconds = workloads[id].think.draw(&stream)
    }
    let at = scheduler.now.advanced(by: World.nearest(min(max((seconds ?? 0) * 1e9, 0), 9e18)))
    guard at < duration else { return }
    scheduler.schedule(
      WorldEvent(kind: .think, short: life, a: client.rawValue, b: id.rawValue, c: turn), at: at)
  }

  mutating func hasThought(
    _ id: WorkloadID, _ client: ClientID, turn: UInt32, life: UInt16, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    guard life == clients[client].life else { return }
    let number = turn ^ UInt32(life) << 20
    startRequest(id, client, key: key(id, client.rawValue, number), turn: turn, &scheduler)
  }

  mutating func nextArrival(_ id: WorkloadID, _ scheduler: inout Scheduler<WorldEvent>) {
    scheduleArrival(id, &scheduler)
    let count = UInt64(workloads[id].clientCount)
    let client = ClientID(rawValue: workloads[id].firstClient + UInt32(workloads[id].arrivals.below(count)))
    let number = workloads[id].arrived
    workloads[id].arrived &+= 1
    // What would have come from a process that is down does not come.
    guard isUp(client) else { return }
    startRequest(id, client, key: key(id, 0, number), turn: 0, &scheduler)
  }

  /// Whether a client's process runs.
  @inline(__always) func isUp(_ client: ClientID) -> Bool {
    let pod = clients[client].pod
    return pod.isNone || pods[pod].condition == .running
  }

  @inline(__always) func drawSizes(
    _ workload: WorkloadID, _ key: UInt64
  ) -> (request: UInt32, response: UInt32) {
    if workloads[workload].fixedRequestBytes > 0 {
      return (workloads[workload].fixedRequestBytes, workloads[workload].fixedResponseBytes)
    }
    var draw = KeyedDraw(seed: drawSeed, purpose: .sizes, entity: key)
    var stream = draw.stream()
    let request = workloads[workload].requestBytes.draw(&stream)
    let response = workloads[workload].responseBytes.draw(&stream)
    return (World.wholeBytes(request), World.wholeBytes(response))
  }

  /// The nearest whole number to one from 0 to 9e18, halves upwards: `rounded()` without the call of the C library that
  /// it is on processors assumed to be old.
  @inline(__always) static func nearest(_ value: Double) -> Int64 {
    let whole = Int64(value)
    return value - Double(whole) >= 0.5 ? whole + 1 : whole
  }

  /// A drawn size as bytes: at least one, at most a thousand million.
  static func wholeBytes(_ drawn: Double) -> UInt32 { UInt32(min(max(drawn.rounded(), 1), 1e9)) }
}
