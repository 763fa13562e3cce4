// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The connections that clients keep, and the requests that wait for one: per workload and client.
struct ConnectionPools: ~Copyable {
  private var places = FlatMap64<UInt32>()
  private var pools: [Pool] = []

  /// One client's connections of one workload.
  struct Pool {
    /// Connections without a request, the most recently used last.
    var idle: [FlowID] = []
    /// Connections opened and not given up.
    var open = 0
    /// Requests waiting for a connection, first come first served.
    var waiting: [RequestSlotID] = []
  }

  /// The pool of a client in a workload.
  subscript(workload: WorkloadID, client: ClientID) -> Pool {
    _read { yield pools[place(workload, client)] }
    _modify {
      let at = makePlace(workload, client)
      yield &pools[at]
    }
  }

  private func place(_ workload: WorkloadID, _ client: ClientID) -> Int {
    guard let at = places.find(UInt64(workload.rawValue) << 32 | UInt64(client.rawValue)) else {
      preconditionFailure("a pool is read before it was written")
    }
    return Int(at)
  }

  private mutating func makePlace(_ workload: WorkloadID, _ client: ClientID) -> Int {
    let key = UInt64(workload.rawValue) << 32 | UInt64(client.rawValue)
    if let at = places.find(key) { return Int(at) }
    places.insert(key, UInt32(pools.count))
    pools.append(Pool())
    return pools.count - 1
  }
}
