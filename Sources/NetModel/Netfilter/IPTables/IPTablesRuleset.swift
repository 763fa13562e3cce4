// SPDX-License-Identifier: GPL-3.0-or-later

/// The rules of one node and family as `iptables-save` shows them: tables, chains, rules, and nothing of Kubernetes.
///
/// kube-proxy's builders write it, the parser reads it from dumps, the printer prints it two ways, and the compiler
/// turns it into the program that packets run through.
public struct IPTablesRuleset: Hashable, Sendable {
  /// The family: `iptables` or `ip6tables`.
  public var family: IPFamily
  /// The tables, in the order of the text.
  public var tables: [IPTablesTable]

  /// Makes a ruleset.
  public init(family: IPFamily, tables: [IPTablesTable] = []) {
    self.family = family
    self.tables = tables
  }

  /// The table of this name, or nil.
  public func table(_ name: String) -> IPTablesTable? { tables.first { $0.name == name } }
}

/// A table: `raw`, `mangle`, `nat`, `filter` or `security`.
public struct IPTablesTable: Hashable, Sendable {
  /// The table's name.
  public var name: String
  /// Its chains, in the order of the text.
  public var chains: [IPTablesChain]

  /// Makes a table.
  public init(name: String, chains: [IPTablesChain] = []) {
    self.name = name
    self.chains = chains
  }

  /// The chain of this name, or nil.
  public func chain(_ name: String) -> IPTablesChain? { chains.first { $0.name == name } }
}

/// A chain with its rules.
public struct IPTablesChain: Hashable, Sendable {
  /// The chain's name, at most 28 characters in the kernel.
  public var name: String
  /// What a built-in chain does with a packet that leaves it; nil for a user-defined chain.
  public var policy: Policy?
  /// The chain's counters, as `[packets:bytes]`.
  public var counters: IPTablesCounters
  /// The rules, first to last.
  public var rules: [IPTablesRule]

  /// A built-in chain's policy.
  public enum Policy: String, Hashable, Sendable {
    case accept = "ACCEPT"
    case drop = "DROP"
  }

  /// Makes a chain.
  public init(
    name: String, policy: Policy? = nil, counters: IPTablesCounters = IPTablesCounters(), rules: [IPTablesRule] = []
  ) {
    self.name = name
    self.policy = policy
    self.counters = counters
    self.rules = rules
  }
}

/// Packets and bytes that a rule or chain has seen.
public struct IPTablesCounters: Hashable, Sendable, BitwiseCopyable {
  /// Packets.
  public var packets: UInt64
  /// Bytes.
  public var bytes: UInt64

  /// Makes counters, zero by default.
  public init(packets: UInt64 = 0, bytes: UInt64 = 0) {
    self.packets = packets
    self.bytes = bytes
  }
}

/// One rule: matches in the order written, then what happens to a packet that meets all of them.
public struct IPTablesRule: Hashable, Sendable {
  /// The matches, in the order in which they were written (kube-proxy's order differs from the kernel's listing).
  public var matches: [IPTablesMatch]
  /// The target; nil for a rule that only counts.
  public var target: IPTablesTarget?
  /// Counters, when the text had them.
  public var counters: IPTablesCounters?

  /// Makes a rule.
  public init(_ matches: [IPTablesMatch], _ target: IPTablesTarget?, counters: IPTablesCounters? = nil) {
    self.matches = matches
    self.target = target
    self.counters = counters
  }
}
