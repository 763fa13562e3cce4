// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `PoolID` numbers: one client's connections of one workload.
enum PoolRow {}
/// A pool of kept connections.
typealias PoolID = ID<PoolRow>

/// The connections that clients keep, and the requests that wait for one: per workload and client.
struct ConnectionPools: ~Copyable {
  private var places = FlatMap64<UInt32>()
  private var pools = Table<PoolRow, Pool>()
  private var queues: [[RequestSlotID]] = []

  /// One client's connections of one workload.
  struct Pool: BitwiseCopyable {
    /// The most recently used connection without a request; the others hang on it by `Flow.nextInPool`.
    var idle = FlowID.none
    /// Connections opened and not given up.
    var open = 0
    /// How many requests wait for a connection.
    var waiting = 0
  }

  /// The pool of a client in a workload, made now if it is new.
  mutating func find(_ workload: WorkloadID, _ client: ClientID) -> PoolID {
    let key = UInt64(workload.rawValue) << 32 | UInt64(client.rawValue)
    if let at = places.find(key) { return PoolID(rawValue: at) }
    let id = pools.append(Pool())
    queues.append([])
    places.insert(key, id.rawValue)
    return id
  }

  /// A pool.
  subscript(id: PoolID) -> Pool {
    @inline(__always) get { pools[id] }
    @inline(__always) _modify { yield &pools[id] }
  }

  /// Lets a request wait.
  mutating func wait(_ slot: RequestSlotID, in id: PoolID) {
    queues[id.index].append(slot)
    pools[id].waiting += 1
  }

  /// Forgets a client's connections and who waits for one: its process has ended.
  mutating func empty(_ workload: WorkloadID, _ client: ClientID) {
    guard let row = places.find(UInt64(workload.rawValue) << 32 | UInt64(client.rawValue)) else { return }
    let id = PoolID(rawValue: row)
    pools[id] = Pool()
    queues[id.index].removeAll()
  }

  /// The request that has waited longest, or nil.
  @inline(__always) mutating func nextWaiting(in id: PoolID) -> RequestSlotID? {
    guard pools[id].waiting > 0 else { return nil }
    pools[id].waiting -= 1
    return queues[id.index].removeFirst()
  }
}
