// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Which addresses are local to which node, and what the rules of a node remember between packets.
final class HostMemory {
  let addresses: AddressTable
  let affinity = AffinityLists()
  private let cell = Cell(State())

  private struct State: ~Copyable {
    var locals = FlatMap64<Bool>()
    var buckets = FlatMap64<Bucket>()
    var counters = FlatMap64<UInt32>()
  }

  private struct Bucket: BitwiseCopyable {
    var credit: Int64
    var at: SimTime
  }

  init(addresses: AddressTable) { self.addresses = addresses }

  /// Makes an address local to a node.
  func addLocal(_ address: AddressID, _ node: NodeID) {
    cell.state.locals.insert(UInt64(node.rawValue) << 32 | UInt64(address.rawValue), true)
  }

  /// Whether routing on the node calls the address LOCAL: its own, or loopback.
  func isLocal(_ address: AddressID, _ node: NodeID) -> Bool {
    if cell.state.locals.find(UInt64(node.rawValue) << 32 | UInt64(address.rawValue)) != nil { return true }
    return addresses[address].isLoopback
  }

  /// A token bucket of `limit`, as xt_limit.c fills and empties it.
  fileprivate func limit(_ key: UInt64, _ cost: Int64, burst: UInt32, now: SimTime) -> Bool {
    let full = cost * Int64(burst)
    var bucket = cell.state.buckets.find(key) ?? Bucket(credit: full, at: now)
    bucket.credit = min(full, bucket.credit + (now - bucket.at).nanoseconds)
    bucket.at = now
    let passes = bucket.credit >= cost
    if passes { bucket.credit -= cost }
    cell.state.buckets.insert(key, bucket)
    return passes
  }

  /// The counter of a `statistic --mode nth` rule, as xt_statistic.c counts.
  fileprivate func nth(_ key: UInt64, every: UInt32, packet: UInt32) -> Bool {
    // The kernel starts at the packet's own offset and matches when the counter wraps round.
    let count = cell.state.counters.find(key) ?? packet
    let next = count >= every - 1 ? 0 : count + 1
    cell.state.counters.insert(key, next)
    return next == 0
  }
}

/// A node as the rules of one packet see it.
struct NodeHost: HostContext {
  let memory: HostMemory
  let node: NodeID
  let now: SimTime
  /// Whether this is a question and no packet: nothing is remembered, nobody was there before.
  let isProbe: Bool

  mutating func addressType(_ address: AddressID) -> IPTablesMatch.AddressTypes {
    if memory.isLocal(address, node) { return .local }
    let value = memory.addresses[address]
    switch value.family {
    case .ipv4:
      if value.ipv4 == .max { return .broadcast }
      return value.ipv4 >> 28 == 0xe ? .multicast : .unicast
    case .ipv6: return value.high >> 56 == 0xff ? .multicast : .unicast
    }
  }

  mutating func recent(_ query: RecentQuery) -> Bool {
    guard !isProbe else { return (query.operation == .set) != query.negated }
    return memory.affinity.ask(query, node: node, now: now)
  }

  mutating func limit(rule: UInt32, nanosecondsPerPacket: UInt32, burst: UInt32) -> Bool {
    guard !isProbe else { return true }
    let key = UInt64(node.rawValue) << 32 | UInt64(rule)
    return memory.limit(key, Int64(nanosecondsPerPacket), burst: burst, now: now)
  }

  mutating func nth(rule: UInt32, every: UInt32, packet: UInt32) -> Bool? {
    guard !isProbe else { return nil }
    return memory.nth(UInt64(node.rawValue) << 32 | UInt64(rule), every: every, packet: packet)
  }
}
