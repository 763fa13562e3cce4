// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a shared chain is asked for: the packet's protocol and destination.
public struct DispatchKey: Hashable, Sendable, BitwiseCopyable {
  /// Which shared chain.
  public let slot: SlotID
  /// The protocol.
  public let `protocol`: IPProtocol
  /// The destination address.
  public let destination: AddressID
  /// The destination port.
  public let destinationPort: UInt16
}

/// A unit in a shared chain.
public struct UnitPlace: Hashable, Sendable, BitwiseCopyable {
  /// The unit.
  public let unit: UnitID
  /// How many rules of other units stand before its own in this chain.
  public let rulesBefore: UInt32

  /// Places a unit.
  public init(_ unit: UnitID, rulesBefore: UInt32) {
    self.unit = unit
    self.rulesBefore = rulesBefore
  }
}

/// Knows which units a packet can meet in a shared chain. May compile into the program while a packet walks.
public protocol UnitResolver {
  /// The `index`-th of the units whose rules in this chain the packet could match, in the chain's order; nil after
  /// the last. Rules of all other units must be sure not to match.
  mutating func unit(_ index: Int, for key: DispatchKey) -> UnitPlace?
  /// How many rules all units together have in this chain.
  mutating func ruleCount(_ slot: SlotID) -> UInt32
}

/// The resolver of rulesets without shared chains.
public struct NoUnits: UnitResolver {
  /// Makes one.
  public init() {}
  /// Never a unit.
  public mutating func unit(_ index: Int, for key: DispatchKey) -> UnitPlace? { nil }
  /// Never a rule.
  public mutating func ruleCount(_ slot: SlotID) -> UInt32 { 0 }
}

/// What a `recent` match asks.
public struct RecentQuery: Hashable, Sendable, BitwiseCopyable {
  /// The list.
  public let list: RecentListID
  /// The address in question.
  public let address: AddressID
  /// What to do.
  public let operation: IPTablesMatch.Recent.Operation
  /// How old an entry may be; 0 when it does not matter.
  public let seconds: UInt32
  /// How many hits are needed; 0 when one does.
  public let hitCount: UInt32
  /// Whether to drop the oldest entry when it is too old.
  public let reap: Bool
  /// Whether the answer is turned round.
  public let negated: Bool
}

/// What rules ask the host they run on.
public protocol HostContext {
  /// What kind of address this is to the host's routing: one kind, `unicast` when in doubt.
  mutating func addressType(_ address: AddressID) -> IPTablesMatch.AddressTypes
  /// Asks and changes a list of `recent`.
  mutating func recent(_ query: RecentQuery) -> Bool
  /// Takes a token from a rule's bucket, if there is one.
  ///
  /// - Parameters:
  ///   - period: what a packet costs, in ten-thousandths of a second.
  ///   - burst: how many packets a full bucket is worth.
  mutating func limit(rule: UInt32, period: UInt32, burst: UInt32) -> Bool
  /// Counts a packet at a `statistic --mode nth` rule; nil to leave it to the chooser.
  mutating func nth(rule: UInt32, every: UInt32, packet: UInt32) -> Bool?
}

/// Watches a walk.
public protocol Tracer {
  /// A packet enters a table at a hook.
  mutating func enter(_ hook: Hook, _ table: RuleTable, chain: UInt32)
  /// A rule was compared; `probability` is that of the branch taken, 1 where nothing was left to chance.
  mutating func rule(_ rule: RuleReference, matched: Bool, probability: Double)
  /// The table is done.
  mutating func leave(_ result: HookResult)
}

/// Watches nothing and costs nothing.
public struct NoTrace: Tracer {
  /// Makes one.
  public init() {}
  /// Nothing.
  @inline(__always) public mutating func enter(_ hook: Hook, _ table: RuleTable, chain: UInt32) {}
  /// Nothing.
  @inline(__always) public mutating func rule(_ rule: RuleReference, matched: Bool, probability: Double) {}
  /// Nothing.
  @inline(__always) public mutating func leave(_ result: HookResult) {}
}

/// Writes a walk down.
public struct RecordedTrace: Tracer {
  /// One thing that happened.
  public enum Step: Hashable, Sendable {
    /// A table was entered.
    case enter(Hook, RuleTable)
    /// A rule was compared.
    case rule(RuleReference, matched: Bool, probability: Double)
    /// A table was left.
    case leave(HookResult)
  }
  /// What happened, in order.
  public private(set) var steps: [Step] = []

  /// Starts with nothing.
  public init() {}
  /// Notes the table.
  public mutating func enter(_ hook: Hook, _ table: RuleTable, chain: UInt32) { steps.append(.enter(hook, table)) }
  /// Notes the rule.
  public mutating func rule(_ rule: RuleReference, matched: Bool, probability: Double) {
    steps.append(.rule(rule, matched: matched, probability: probability))
  }
  /// Notes the result.
  public mutating func leave(_ result: HookResult) { steps.append(.leave(result)) }
}
