// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// When clients' requests come, and how large they are.
extension World {
  /// Schedules a workload's first arrivals.
  mutating func startWorkload(_ id: WorkloadID, _ scheduler: inout Scheduler<WorldEvent>) {
    if workloads[id].isClosed {
      for k in 0..<workloads[id].clientCount {
        scheduleThink(id, ClientID(rawValue: workloads[id].firstClient + k), &scheduler)
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
    let nanoseconds = World.nearest(gap * workloads[id].meanGap)
    let at = scheduler.now.advanced(by: nanoseconds)
    if at < duration { scheduler.schedule(WorldEvent(kind: .arrival, a: id.rawValue), at: at) }
  }

  mutating func scheduleThink(
    _ id: WorkloadID, _ client: ClientID, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let seconds = workloads[id].think.draw(&workloads[id].arrivals)
    let at = scheduler.now.advanced(by: World.nearest(min(max(seconds * 1e9, 0), 9e18)))
    guard at < duration else { return }
    scheduler.schedule(WorldEvent(kind: .think, a: client.rawValue, b: id.rawValue), at: at)
  }

  mutating func nextArrival(_ id: WorkloadID, _ scheduler: inout Scheduler<WorldEvent>) {
    scheduleArrival(id, &scheduler)
    let count = UInt64(workloads[id].clientCount)
    let client = workloads[id].firstClient + UInt32(workloads[id].arrivals.below(count))
    startRequest(id, ClientID(rawValue: client), &scheduler)
  }

  @inline(__always) func drawSizes(
    _ workload: WorkloadID, _ number: RequestID
  ) -> (request: UInt32, response: UInt32) {
    if workloads[workload].fixedRequestBytes > 0 {
      return (workloads[workload].fixedRequestBytes, workloads[workload].fixedResponseBytes)
    }
    var draw = KeyedDraw(seed: drawSeed, purpose: .sizes, entity: UInt64(number.rawValue))
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
