// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// One step of a compiled rule: 16 bytes. A rule is its matches, then its target.
struct Instruction: BitwiseCopyable {
  /// What the step does; the operands' meaning stands beside each case.
  enum Operation: UInt8, BitwiseCopyable {
    // Matches. Bit 0 of `flags` negates.
    /// a: address id.
    case sourceHost
    case destinationHost
    /// a: row of `prefixes`.
    case sourcePrefix
    case destinationPrefix
    /// a: row of `interfaces`.
    case inInterface
    case outInterface
    /// short: protocol number.
    case transport
    /// short: first, a: last port.
    case sourcePort
    case destinationPort
    /// short: count, a: first row of `portRanges`, b: 1 source, 2 destination, 3 either.
    case multiport
    /// short: the kinds.
    case sourceType
    case destinationType
    /// short: the states.
    case connectionState
    /// a: value, b: mask.
    case mark
    case connectionMark
    /// a: threshold.
    case statisticRandom
    /// a: every, b: packet.
    case statisticNth
    /// short: bits 0-1 operation, 2 reap, 3 destination; a: list, b: seconds, c: hit count.
    case recent
    /// short: count and sides, a: row of `sets`.
    case set
    /// a: ten-thousandths of a second a packet takes, b: burst.
    case limit
    /// short: mask << 8 | compare.
    case tcpFlags
    /// short: type (256 any), a: first code, b: last code.
    case icmpType
    /// Matches nothing, or everything when negated.
    case never
    /// Not modelled.
    case unmodelledMatch

    // Targets.
    /// a: chain.
    case jump
    case goto
    case `return`
    case accept
    case drop
    /// short: the `Rejection`.
    case reject
    /// short: first port, a: row of `natRanges`.
    case translate
    /// a: value, b: mask.
    case setMark
    /// short: 0 set (a value, b mask), 1 save, 2 restore (a nfmask, b ctmask).
    case setConnectionMark
    case notrack
    /// Goes on with the next rule.
    case pass
    /// a: slot. Here come the rules of all units.
    case units
    case unmodelledTarget
  }

  var operation: Operation
  var flags: UInt8 = 0
  var short: UInt16 = 0
  var a: UInt32 = 0
  var b: UInt32 = 0
  var c: UInt32 = 0

  /// Set in `flags` where a match reads what a `PhaseMemo` does not know of, or changes what the host remembers.
  static let readsMore: UInt8 = 2

  init(_ operation: Operation, negated: Bool = false, short: UInt16 = 0, a: UInt32 = 0, b: UInt32 = 0, c: UInt32 = 0) {
    self.operation = operation
    flags = (negated ? 1 : 0) | (operation.isNarrow ? 0 : Instruction.readsMore)
    self.short = short
    self.a = a
    self.b = b
    self.c = c
  }
}

extension Instruction.Operation {
  /// Whether a match looks at nothing but the destination, the interfaces, the state and the mark.
  fileprivate var isNarrow: Bool {
    switch self {
    case .destinationHost, .destinationPrefix, .inInterface, .outInterface, .transport, .destinationPort,
      .destinationType, .connectionState, .mark, .never:
      true
    default: false
    }
  }
}

/// A rule: where its instructions start, and how many of them are matches.
struct RuleRow: BitwiseCopyable {
  var first: UInt32
  var matches: UInt16
  /// Whether it is no rule of Linux but the place where the rules of units come.
  var isUnits = false
  /// Its chain.
  var chain: UInt32
  /// Its place in the chain's own rules, or in the unit's part of a shared chain.
  var place: UInt32
}

/// A chain: its rules are consecutive rows.
struct ChainRow: BitwiseCopyable {
  enum Ending: UInt8, BitwiseCopyable {
    /// A user-defined chain goes back to its caller.
    case back
    case accept
    case drop
  }
  var firstRule: UInt32
  var ruleCount: UInt32
  var ending: Ending
  var table: RuleTable
  /// Row of the dispatch index; `.max` for none.
  var index: UInt32
  /// The place of the `units` rule, `.max` for none; Linux does not count that one.
  var unitsPlace: UInt32
}

/// A block of addresses as two masked words.
struct PrefixRow: BitwiseCopyable {
  var high: UInt64
  var low: UInt64
  var highMask: UInt64
  var lowMask: UInt64

  init(_ prefix: Prefix) {
    (highMask, lowMask) = Prefix.mask(family: prefix.family, length: Int(prefix.length))
    high = prefix.address.high
    low = prefix.address.low
  }

  /// Whether the block holds an address of its own family; a ruleset sees one family only.
  func contains(_ address: Address) -> Bool {
    (address.high & highMask ^ high) | (address.low & lowMask ^ low) == 0
  }
}

/// The range of a NAT target.
struct NATRangeRow: BitwiseCopyable {
  var request: NATRequest
  /// The first address, when `count` is above 1.
  var first: Address
  /// How many addresses, 0 when none was given.
  var count: UInt64
}

/// A growable row store behind a pointer.
struct Arena<Row: BitwiseCopyable>: BitwiseCopyable {
  private(set) var base: UnsafeMutablePointer<Row>
  private(set) var count = 0
  private var capacity: Int

  init() {
    capacity = 16
    base = .allocate(capacity: 16)
  }

  subscript(_ row: UInt32) -> Row {
    get {
      precondition(row < count)
      return base[Int(row)]
    }
    nonmutating set {
      precondition(row < count)
      base[Int(row)] = newValue
    }
  }

  @discardableResult
  mutating func append(_ row: Row) -> UInt32 {
    if count == capacity {
      let wider = UnsafeMutablePointer<Row>.allocate(capacity: capacity * 2)
      wider.update(from: base, count: count)
      base.deallocate()
      base = wider
      capacity *= 2
    }
    (base + count).initialize(to: row)
    count += 1
    return UInt32(count - 1)
  }

  func deallocate() { base.deallocate() }
}
