// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `RulesetID` numbers.
public enum RulesetRow {}
/// A compiled ruleset of a program.
public typealias RulesetID = ID<RulesetRow>
/// What a `UnitID` numbers.
public enum UnitRowKind {}
/// A compiled fragment of rules that joins a ruleset's shared chains.
public typealias UnitID = ID<UnitRowKind>
/// What a `RecentListID` numbers.
public enum RecentListRow {}
/// A list of the `recent` match, by name and family.
public typealias RecentListID = ID<RecentListRow>

/// A place in a ruleset's chain where the rules of units come, generated and compiled only when a packet needs them.
public struct SharedChain: Hashable, Sendable {
  /// The chain's table.
  public var table: RuleTable
  /// The chain's name.
  public var chain: String
  /// How many of the chain's own rules come before those of the units.
  public var rulesBefore: Int

  /// Names a place.
  public init(_ table: RuleTable, _ chain: String, rulesBefore: Int = 0) {
    self.table = table
    self.chain = chain
    self.rulesBefore = rulesBefore
  }
}

/// The index of a `SharedChain` in the list that its ruleset was compiled with.
public struct SlotID: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// The index.
  public let rawValue: UInt8
  /// Wraps an index.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// How many shared chains a ruleset can have.
  public static let limit = 8
}

/// Rules that join a ruleset: parts of its shared chains, and chains of their own.
public struct RulesetFragment: Hashable, Sendable {
  /// A chain's rules, or, where the chain is shared, the fragment's part of them.
  public struct Part: Hashable, Sendable {
    /// The table.
    public var table: RuleTable
    /// The chain's name.
    public var chain: String
    /// The rules in order.
    public var rules: [IPTablesRule]

    /// Names a chain's rules.
    public init(_ table: RuleTable, _ chain: String, _ rules: [IPTablesRule]) {
      self.table = table
      self.chain = chain
      self.rules = rules
    }
  }
  /// The parts; a chain may occur once.
  public var parts: [Part]

  /// Makes a fragment.
  public init(_ parts: [Part] = []) { self.parts = parts }
}

/// A rule of a program, and its number within its chain as Linux would count it.
public struct RuleReference: Hashable, Sendable, BitwiseCopyable {
  /// The rule's row.
  public let rule: UInt32
  /// Its number in the chain, from 1.
  public let number: UInt32

  /// No rule.
  public static let none = RuleReference(rule: .max, number: 0)
  /// Whether there is none.
  public var isNone: Bool { rule == .max }
}

/// Where a rule stands, so that it can be quoted.
public struct RuleOrigin: Hashable, Sendable {
  /// The table.
  public let table: RuleTable
  /// The chain's name.
  public let chain: String
  /// Its number in the chain, from 1.
  public let number: Int
  /// The rule itself.
  public let rule: IPTablesRule
  /// The family, which some texts depend on.
  public let family: IPFamily

  /// The line as `iptables-save` prints it.
  public var text: String { IPTablesSavePrinter.saveLine(rule, chain: chain, family: family) }

  /// What `-m comment` says; nil when there is none.
  public var comment: String? {
    for case .comment(let text) in rule.matches { return text }
    return nil
  }
}

/// Compiled rules of one world: append-only, shared by all nodes that have equal rules.
///
/// A class because hosts, `SharedRules` and traces of one world share it. Not for use from two threads.
public final class Program {
  let core: UnsafeMutablePointer<ProgramCore>
  /// The addresses that rules and packets share.
  public let addresses: AddressTable
  /// The interface names that rules and packets share.
  public let interfaces: InterfaceTable

  // Cold: read by the compiler and by who quotes a rule.
  var chainNames: [String] = []
  var sources: [IPTablesRule] = []
  var rulesets: [CompiledRuleset] = []
  var rulesetOfChain: [UInt32] = []
  /// The chains of each unit's own.
  var unitChains: [[ChainKey: UInt32]] = []
  var recentLists: [RecentListName: RecentListID] = [:]
  var recentNames: [RecentListName] = []
  var sets: [IPSet] = []

  struct RecentListName: Hashable {
    var name: String
    var family: IPFamily
  }

  /// Makes an empty program over the world's addresses and interfaces.
  public init(addresses: AddressTable, interfaces: InterfaceTable) {
    self.addresses = addresses
    self.interfaces = interfaces
    core = .allocate(capacity: 1)
    core.initialize(to: ProgramCore())
  }

  deinit {
    core.pointee.deallocate()
    core.deallocate()
  }

  /// Where a rule stands.
  public func origin(_ reference: RuleReference) -> RuleOrigin? {
    guard !reference.isNone, reference.rule < core.pointee.rules.count else { return nil }
    let row = core.pointee.rules[reference.rule]
    let chain = core.pointee.chains[row.chain]
    return RuleOrigin(
      table: chain.table, chain: chainNames[Int(row.chain)], number: Int(reference.number),
      rule: sources[Int(reference.rule)], family: rulesets[Int(rulesetOfChain[Int(row.chain)])].family)
  }

  /// The list of the `recent` match of this name, made now if no rule named it yet.
  public func recentList(_ name: String, family: IPFamily) -> RecentListID {
    let key = RecentListName(name: name, family: family)
    if let known = recentLists[key] { return known }
    let id = RecentListID(rawValue: UInt32(recentNames.count))
    recentLists[key] = id
    recentNames.append(key)
    return id
  }

  /// How many rules have been compiled.
  public var ruleCount: Int { core.pointee.rules.count }
}

/// The compiler's memory of a ruleset.
struct CompiledRuleset {
  var family: IPFamily
  var shared: [SharedChain]
  var chains: [ChainKey: UInt32]
  var sets: [String: UInt32]
  /// How deep jumps nest below each chain of the ruleset.
  var depths: [UInt32: Int]
  /// Chains from which a shared place can be reached: a unit must not jump into them.
  var reachesUnits: Set<UInt32>
}

struct ChainKey: Hashable {
  var table: RuleTable
  var name: String
}

/// A unit: its rules of each shared chain.
struct UnitRow: BitwiseCopyable {
  var ruleset: UInt32
  var firstRules: InlineArray<8, UInt32>
  var counts: InlineArray<8, UInt32>
}

/// The rows that the walk reads.
struct ProgramCore: BitwiseCopyable {
  var instructions = Arena<Instruction>()
  var rules = Arena<RuleRow>()
  var chains = Arena<ChainRow>()
  var units = Arena<UnitRow>()
  var prefixes = Arena<PrefixRow>()
  var interfaces = Arena<InterfacePattern>()
  var portRanges = Arena<UInt32>()
  var natRanges = Arena<NATRangeRow>()
  var entries = Arena<UInt32>()
  var candidates = Arena<UInt32>()
  var buckets = Arena<DispatchBucket>()
  var indexes = Arena<DispatchIndex>()
  /// The flags of all matches that walks have looked at since somebody cleared this.
  var readFlags: UInt8 = 0
  let frames: UnsafeMutablePointer<Frame> = .allocate(capacity: ProgramCore.maxDepth)

  /// How deep jumps may nest.
  static let maxDepth = RulesetCheck.maxJumpDepth

  /// The chain a packet enters; `.max` for none.
  @inline(__always)
  func entry(_ ruleset: RulesetID, _ table: RuleTable, _ hook: Hook) -> UInt32 {
    let row = ruleset.rawValue &* 25 &+ UInt32(hook.rawValue) &* 5 &+ UInt32(table.rawValue)
    return entries[row]
  }

  func deallocate() {
    instructions.deallocate()
    rules.deallocate()
    chains.deallocate()
    units.deallocate()
    prefixes.deallocate()
    interfaces.deallocate()
    portRanges.deallocate()
    natRanges.deallocate()
    entries.deallocate()
    candidates.deallocate()
    buckets.deallocate()
    indexes.deallocate()
    frames.deallocate()
  }
}
