// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Which addresses are local to which node.
public final class LocalAddresses {
  private var kinds: [UInt64: IPTablesMatch.AddressTypes] = [:]
  private let addresses: AddressTable

  /// Starts with none; loopback, multicast and the limited broadcast address need no entry.
  public init(_ addresses: AddressTable) { self.addresses = addresses }

  /// Sets what an address is to a node: `.local`, `.broadcast` and so on; `.unicast` takes it back.
  public func set(_ address: AddressID, on node: NodeID, _ kind: IPTablesMatch.AddressTypes) {
    kinds[UInt64(node.rawValue) << 32 | UInt64(address.rawValue)] = kind == .unicast ? nil : kind
  }

  /// What an address is to a node, as its routing would say (net/ipv4/fib_frontend.c, `inet_addr_type`).
  public func kind(_ address: AddressID, on node: NodeID) -> IPTablesMatch.AddressTypes {
    if let known = kinds[UInt64(node.rawValue) << 32 | UInt64(address.rawValue)] { return known }
    guard !address.isNone else { return .unicast }
    let value = addresses[address]
    if value.family == .ipv4 {
      if value.ipv4 == .max || value.ipv4 == 0x7fff_ffff { return .broadcast }
      if value.ipv4 >> 24 == 127 { return .local }
      return value.ipv4 >> 28 == 0xe ? .multicast : .unicast
    }
    if value.isLoopback { return .local }
    return value.high >> 56 == 0xff ? .multicast : .unicast
  }
}

/// What rules of all nodes remember: recent lists, token buckets, counters.
public final class RuleMemory {
  /// The lists of `recent`.
  public let affinity = AffinityList()
  private var buckets: [UInt64: (credit: UInt64, at: SimTime)] = [:]
  private var counters: [UInt64: UInt32] = [:]

  /// Remembers nothing yet.
  public init() {}

  private func key(_ node: NodeID, _ rule: UInt32) -> UInt64 { UInt64(node.rawValue) << 32 | UInt64(rule) }

  /// Takes a token from a rule's bucket on a node (net/netfilter/xt_limit.c, `limit_mt`).
  public func limit(
    _ node: NodeID, rule: UInt32, nanosecondsPerPacket: UInt32, burst: UInt32, now: SimTime
  ) -> Bool {
    let cost = UInt64(nanosecondsPerPacket)
    let full = cost * UInt64(max(burst, 1))
    let (credit, at) = buckets[key(node, rule)] ?? (full, now)
    let earned = min(full, credit + min(now.nanoseconds - at.nanoseconds, full))
    let takes = earned >= cost
    buckets[key(node, rule)] = (takes ? earned - cost : earned, now)
    return takes
  }

  /// Counts a packet at a rule on a node (net/netfilter/xt_statistic.c, XT_STATISTIC_MODE_NTH).
  public func nth(_ node: NodeID, rule: UInt32, every: UInt32, packet: UInt32) -> Bool {
    let old = counters[key(node, rule)] ?? packet
    let new = old >= every - 1 ? 0 : old + 1
    counters[key(node, rule)] = new
    return new == 0
  }
}

/// A node that remembers: what packets of a simulation meet.
public struct NodeContext: HostContext {
  /// The node.
  public let node: NodeID
  /// The time.
  public let now: SimTime
  private let locals: LocalAddresses
  private let memory: RuleMemory

  /// Stands on a node at an instant.
  public init(_ node: NodeID, now: SimTime, locals: LocalAddresses, memory: RuleMemory) {
    self.node = node
    self.now = now
    self.locals = locals
    self.memory = memory
  }

  /// As the node's routing says.
  public func addressType(_ address: AddressID) -> IPTablesMatch.AddressTypes { locals.kind(address, on: node) }
  /// As the node's list says.
  public func recent(_ query: RecentQuery) -> Bool { memory.affinity.answer(query, node, now: now) }
  /// As the node's bucket says.
  public func limit(rule: UInt32, nanosecondsPerPacket: UInt32, burst: UInt32) -> Bool {
    memory.limit(node, rule: rule, nanosecondsPerPacket: nanosecondsPerPacket, burst: burst, now: now)
  }
  /// As the node's counter says.
  public func nth(rule: UInt32, every: UInt32, packet: UInt32) -> Bool? {
    memory.nth(node, rule: rule, every: every, packet: packet)
  }
}

/// A node that remembers nothing and changes nothing: what probes and exact shares meet.
///
/// Lists are empty, buckets full, and a counter may stand anywhere.
public struct ProbeContext: HostContext {
  /// The node.
  public let node: NodeID
  private let locals: LocalAddresses

  /// Stands on a node.
  public init(_ node: NodeID, locals: LocalAddresses) {
    self.node = node
    self.locals = locals
  }

  /// As the node's routing says.
  public func addressType(_ address: AddressID) -> IPTablesMatch.AddressTypes { locals.kind(address, on: node) }
  /// As an empty list says.
  public func recent(_ query: RecentQuery) -> Bool { query.operation == .set ? !query.negated : query.negated }
  /// Always room for one packet.
  public func limit(rule: UInt32, nanosecondsPerPacket: UInt32, burst: UInt32) -> Bool { true }
  /// Left to the chooser: one in `every`.
  public func nth(rule: UInt32, every: UInt32, packet: UInt32) -> Bool? { nil }
}
