// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Which addresses are local to which node.
public final class LocalAddresses {
  /// All addresses of the world.
  public let addresses: AddressTable
  private let kinds = Cell(FlatMap64<UInt16>())

  /// Starts with none; loopback, multicast and the limited broadcast address need no entry.
  public init(_ addresses: AddressTable) { self.addresses = addresses }

  @inline(__always) private func key(_ address: AddressID, _ node: NodeID) -> UInt64 {
    UInt64(node.rawValue) << 32 | UInt64(address.rawValue)
  }

  /// Sets what an address is to a node: `.local`, `.broadcast` and so on; `.unicast` takes it back.
  public func set(_ address: AddressID, on node: NodeID, _ kind: IPTablesMatch.AddressTypes) {
    if kind == .unicast {
      kinds.state.remove(key(address, node))
    } else {
      kinds.state.insert(key(address, node), kind.rawValue)
    }
  }

  /// Whether a node's routing delivers to itself what is sent to the address.
  @inline(__always) public func isLocal(_ address: AddressID, on node: NodeID) -> Bool {
    kind(address, on: node) == .local
  }

  /// What an address is to a node, as its routing would say (net/ipv4/fib_frontend.c, `inet_addr_type`).
  public func kind(_ address: AddressID, on node: NodeID) -> IPTablesMatch.AddressTypes {
    if let known = kinds.state.find(key(address, node)) { return IPTablesMatch.AddressTypes(rawValue: known) }
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

  /// Takes a token from a rule's bucket on a node (net/netfilter/xt_limit.c, `limit_mt`; credit grows with the clock
  /// here, with jiffies there).
  ///
  /// - Parameter period: what a packet costs, in ten-thousandths of a second (XT_LIMIT_SCALE).
  public func limit(_ node: NodeID, rule: UInt32, period: UInt32, burst: UInt32, now: SimTime) -> Bool {
    let cost = UInt64(period) * 100_000
    // iptables takes a burst of up to 10,000.
    let full = cost * UInt64(min(max(burst, 1), 10_000))
    let (credit, at) = buckets[key(node, rule)] ?? (full, now)
    let earned = min(full, credit + min(now.nanoseconds - at.nanoseconds, full))
    let takes = earned >= cost
    buckets[key(node, rule)] = (takes ? earned - cost : earned, now)
    return takes
  }

  /// Counts a packet at a rule on a node (net/netfilter/xt_statistic.c, XT_STATISTIC_MODE_NTH).
  ///
  /// The counter starts where packet `packet`, from 0, is the first that matches (iptables' libxt_statistic.c,
  /// `statistic_check`).
  public func nth(_ node: NodeID, rule: UInt32, every: UInt32, packet: UInt32) -> Bool {
    let old = counters[key(node, rule)] ?? every - 1 - min(packet, every - 1)
    let new = old >= every - 1 ? 0 : old + 1
    counters[key(node, rule)] = new
    return new == 0
  }
}

/// A node as the rules of one packet, or of one question, meet it.
///
/// A question changes nothing and finds nothing remembered: lists are empty, buckets full, and a counter may stand
/// anywhere. A context is made for every packet, so it does not count its references: whoever makes it keeps the
/// addresses and the memory.
public struct NodeContext: HostContext, BitwiseCopyable {
  /// The node.
  public let node: NodeID
  /// The time.
  public let now: SimTime
  /// Whether this is a question.
  public let isProbe: Bool
  private let locals: Unmanaged<LocalAddresses>
  private let memory: Unmanaged<RuleMemory>

  /// Stands on a node at an instant.
  public init(_ node: NodeID, now: SimTime, locals: LocalAddresses, memory: RuleMemory, isProbe: Bool = false) {
    self.node = node
    self.now = now
    self.isProbe = isProbe
    self.locals = .passUnretained(locals)
    self.memory = .passUnretained(memory)
  }

  /// As the node's routing says.
  public func addressType(_ address: AddressID) -> IPTablesMatch.AddressTypes {
    locals._withUnsafeGuaranteedRef { $0.kind(address, on: node) }
  }

  /// As the node's list says, or an empty one.
  public func recent(_ query: RecentQuery) -> Bool {
    if isProbe { return (query.operation == .set) != query.negated }
    return memory._withUnsafeGuaranteedRef { $0.affinity.answer(query, node, now: now) }
  }

  /// As the node's bucket says, or a full one.
  public func limit(rule: UInt32, period: UInt32, burst: UInt32) -> Bool {
    if isProbe { return true }
    return memory._withUnsafeGuaranteedRef { $0.limit(node, rule: rule, period: period, burst: burst, now: now) }
  }

  /// As the node's counter says; of a question left to the chooser, one in `every`.
  public func nth(rule: UInt32, every: UInt32, packet: UInt32) -> Bool? {
    if isProbe { return nil }
    return memory._withUnsafeGuaranteedRef { $0.nth(node, rule: rule, every: every, packet: packet) }
  }
}
