// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A chain being walked: where it stands, and what to go on with after its jump came back.
struct Frame: BitwiseCopyable {
  var chain: UInt32
  /// The next rule and the end, as places in the chain.
  var next: UInt32
  var end: UInt32
  /// Added to a place to give the rule's number: 1, and what the units of a shared chain brought.
  var shift: UInt32 = 1
  /// The number up to which rules have been counted.
  var counted: UInt32 = 0
  /// Heads of the three candidate lists, where the chain has an index.
  var exact: UInt32 = 0
  var port: UInt32 = 0
  var others: UInt32 = 0
  var isIndexed = false
  /// Whether units are being walked, and which one is.
  var inUnits = false
  var unit: UInt32 = 0
  /// The unit's next rule and its end, as rows.
  var unitNext: UInt32 = 0
  var unitEnd: UInt32 = 0
  /// Added to the row to give the rule's number.
  var unitShift: UInt32 = 0
}

extension Program {
  /// Walks one table's rules at one hook, as a packet that has just got there.
  ///
  /// The one walk: generated rules and dumps, sampling and enumerating, packets and traces all go through it.
  /// Semantics of RETURN, goto and policies: net/ipv4/netfilter/ip_tables.c, `ipt_do_table`.
  public func walk<Choice: Chooser, Units: UnitResolver, Host: HostContext, Trace: Tracer>(
    _ ruleset: RulesetID, _ table: RuleTable, _ hook: Hook, _ packet: PacketView, chooser: inout Choice,
    units: inout Units, host: inout Host, trace: inout Trace
  ) -> HookResult {
    let entry = core.pointee.entry(ruleset, table, hook)
    guard entry != .max else { return HookResult(packet) }
    var walk = TableWalk(core: core, packet: packet)
    trace.enter(hook, table, chain: entry)
    walk.run(entry, self, chooser: &chooser, units: &units, host: &host, trace: &trace)
    core.pointee.readFlags |= walk.readFlags
    walk.result.mark = walk.packet.mark
    walk.result.connectionMark = walk.packet.connectionMark
    trace.leave(walk.result)
    return walk.result
  }

  /// Walks the tables of one phase of a hook; nat only for the first packet of a connection.
  ///
  /// Stops at the first table that does not accept. Marks pass from table to table.
  public func walk<Choice: Chooser, Units: UnitResolver, Host: HostContext, Trace: Tracer>(
    _ ruleset: RulesetID, _ hook: Hook, _ phase: HookPhase, _ packet: PacketView, chooser: inout Choice,
    units: inout Units, host: inout Host, trace: inout Trace
  ) -> HookResult {
    var view = packet
    var total = HookResult(packet)
    for table in Hooks.tables(hook, phase) {
      if table == .nat, packet.state.isDisjoint(with: [.new, .related]) { continue }
      if core.pointee.entry(ruleset, table, hook) == .max { continue }
      let result = walk(
        ruleset, table, hook, view, chooser: &chooser, units: &units, host: &host, trace: &trace)
      let walked = total.rulesWalked &+ result.rulesWalked
      let notrack = total.notrack || result.notrack
      let nat = table == .nat ? result.nat : total.nat
      // A table that only lets through does not hide the rule that decided before it.
      let decisive = result.decisive.isNone ? total.decisive : result.decisive
      total = result
      total.decisive = decisive
      total.rulesWalked = walked
      total.notrack = notrack
      total.nat = nat
      if result.verdict != .accept { break }
      view.mark = result.mark
      view.connectionMark = result.connectionMark
    }
    return total
  }
}

/// One packet in one table. The program is handed from call to call: a reference in here would be counted each time.
struct TableWalk: BitwiseCopyable {
  let core: UnsafeMutablePointer<ProgramCore>
  var packet: PacketView
  var result: HookResult
  /// The flags of all matches that were looked at.
  var readFlags: UInt8 = 0
  /// The chance of the branch that the current rule took.
  var probability = 1.0

  init(core: UnsafeMutablePointer<ProgramCore>, packet: PacketView) {
    self.core = core
    self.packet = packet
    result = HookResult(packet)
  }

  /// Stands before the first rule of a chain.
  @inline(__always)
  private func enter(_ chain: UInt32) -> Frame {
    let row = core.pointee.chains[chain]
    var frame = Frame(chain: chain, next: 0, end: row.ruleCount)
    if row.index != .max {
      let index = core.pointee.indexes[row.index]
      let tuple = packet.tuple
      frame.isIndexed = true
      frame.exact = core.pointee.candidates(
        index,
        DispatchIndex.key(
          protocol: tuple.protocol.rawValue, destination: tuple.destination.rawValue, port: tuple.destinationPort))
      frame.port = core.pointee.candidates(
        index,
        DispatchIndex.key(protocol: tuple.protocol.rawValue, destination: .max, port: tuple.destinationPort))
      frame.others = index.others
    }
    return frame
  }

  /// The place of the next rule of the chain's own that could match; nil at the end.
  @inline(__always)
  private func nextPlace(_ frame: inout Frame) -> UInt32? {
    guard frame.isIndexed else {
      guard frame.next < frame.end else { return nil }
      frame.next &+= 1
      return frame.next &- 1
    }
    let exact = core.pointee.candidates[frame.exact]
    let port = core.pointee.candidates[frame.port]
    let others = core.pointee.candidates[frame.others]
    let least = min(exact, min(port, others))
    guard least != .max else { return nil }
    // A place stands in one list only.
    if least == exact {
      frame.exact &+= 1
    } else if least == port {
      frame.port &+= 1
    } else {
      frame.others &+= 1
    }
    return least
  }

  /// Counts the rules up to a number as looked at.
  @inline(__always)
  private mutating func count(_ frame: inout Frame, to number: UInt32) {
    result.rulesWalked &+= number &- frame.counted
    frame.counted = number
  }

  mutating func run<Choice: Chooser, Units: UnitResolver, Host: HostContext, Trace: Tracer>(
    _ entry: UInt32, _ program: Program, chooser: inout Choice, units: inout Units, host: inout Host,
    trace: inout Trace
  ) {
    let frames = core.pointee.frames
    var depth = 0
    var frame = enter(entry)
    while true {
      var rule: UInt32
      var number: UInt32
      if frame.inUnits {
        if frame.unitNext < frame.unitEnd {
          rule = frame.unitNext
          frame.unitNext &+= 1
          number = rule &+ frame.unitShift
        } else {
          nextUnit(&frame, &units)
          continue
        }
      } else if let place = nextPlace(&frame) {
        rule = core.pointee.chains[frame.chain].firstRule &+ place
        number = place &+ frame.shift
      } else {
        // The end of the chain: the rules passed over count, the units' place does not.
        let row = core.pointee.chains[frame.chain]
        count(&frame, to: row.ruleCount &+ frame.shift &- 1)
        guard depth > 0 else {
          end(entry)
          return
        }
        depth -= 1
        frame = frames[depth]
        continue
      }

      let row = core.pointee.rules[rule]
      let reference = RuleReference(rule: rule, number: number)
      if row.isUnits {
        // Not a rule of Linux: here the units' rules stand.
        frame.inUnits = true
        frame.unit = 0
        frame.unitNext = 0
        frame.unitEnd = 0
        frame.unitShift = number &- 1
        continue
      }
      count(&frame, to: number)

      probability = 1
      var matched = true
      var step = row.first
      let end = row.first &+ UInt32(row.matches)
      while step < end {
        let instruction = core.pointee.instructions[step]
        readFlags |= instruction.flags
        if instruction.operation == .unmodelledMatch {
          result.verdict = .unmodelled
          result.decisive = reference
          return
        }
        if !matches(instruction, rule: rule, program, chooser: &chooser, host: &host) {
          matched = false
          break
        }
        step &+= 1
      }
      trace.rule(reference, matched: matched, probability: probability)
      guard matched else { continue }

      let target = core.pointee.instructions[end]
      switch target.operation {
      case .jump:
        guard depth < ProgramCore.maxDepth else {
          // The compiler refuses what nests deeper; the kernel drops here too.
          result.verdict = .drop
          result.decisive = reference
          return
        }
        frames[depth] = frame
        depth += 1
        frame = enter(target.a)
      case .goto:
        frame = enter(target.a)
      case .return:
        guard depth > 0 else {
          self.end(entry)
          return
        }
        depth -= 1
        frame = frames[depth]
      case .pass:
        break
      case .setMark:
        packet.mark = (packet.mark & ~target.b) ^ target.a
      case .setConnectionMark:
        setConnectionMark(target)
      case .notrack:
        result.notrack = true
        packet.state = .untracked
      default:
        decide(target, reference, program, &chooser)
        return
      }
    }
  }

  /// Turns to the next unit of a shared chain, or back to the chain's own rules after the last.
  @inline(never)
  private mutating func nextUnit<Units: UnitResolver>(_ frame: inout Frame, _ units: inout Units) {
    let row = core.pointee.chains[frame.chain]
    let place = core.pointee.rules[unitsRule(frame, row)]
    let instruction = core.pointee.instructions[place.first]
    let slot = SlotID(rawValue: UInt8(truncatingIfNeeded: instruction.a))
    let tuple = packet.tuple
    let key = DispatchKey(
      slot: slot, protocol: tuple.protocol, destination: tuple.destination, destinationPort: tuple.destinationPort)
    if let found = units.unit(Int(frame.unit), for: key) {
      frame.unit &+= 1
      let unit = core.pointee.units[found.unit.rawValue]
      frame.unitNext = unit.firstRules[Int(slot.rawValue)]
      frame.unitEnd = frame.unitNext &+ unit.counts[Int(slot.rawValue)]
      // Row + shift = rules of the chain before the units + of other units + 1 + place in the unit.
      frame.unitShift = place.place &+ found.rulesBefore &+ 1 &- frame.unitNext
    } else {
      frame.inUnits = false
      // The units' place itself is no rule: one less.
      frame.shift = frame.shift &+ units.ruleCount(slot) &- 1
    }
  }

  /// The `units` rule that the frame stands at: the last place taken.
  @inline(__always)
  private func unitsRule(_ frame: Frame, _ row: ChainRow) -> UInt32 { row.firstRule &+ row.unitsPlace }

  /// A built-in chain's policy.
  private mutating func end(_ entry: UInt32) {
    result.verdict = core.pointee.chains[entry].ending == .drop ? .drop : .accept
  }

  private mutating func setConnectionMark(_ target: Instruction) {
    readFlags |= Instruction.readsMore
    switch target.short {
    case 0: packet.connectionMark = (packet.connectionMark & ~target.b) ^ target.a
    // net/netfilter/xt_connmark.c, connmark_tg_shift, without shifts.
    case 1: packet.connectionMark = (packet.connectionMark & ~target.b) ^ (packet.mark & target.a)
    default: packet.mark = (packet.mark & ~target.a) ^ (packet.connectionMark & target.b)
    }
  }

  /// Ends the walk with a terminating target.
  private mutating func decide<Choice: Chooser>(
    _ target: Instruction, _ reference: RuleReference, _ program: Program, _ chooser: inout Choice
  ) {
    result.decisive = reference
    switch target.operation {
    case .accept:
      result.verdict = .accept
    case .drop:
      result.verdict = .drop
    case .reject:
      result.verdict = .reject
      result.rejection = Rejection(rawValue: UInt8(truncatingIfNeeded: target.short)) ?? .portUnreachable
    case .translate:
      let row = core.pointee.natRanges[target.a]
      result.nat = row.request
      guard row.count > 1 else { return }
      readFlags |= Instruction.readsMore
      // net/netfilter/nf_nat_core.c, find_best_ips_proto: the source, and unless persistent the destination.
      let key =
        row.request.flags.contains(.persistent)
        ? packet.tuple.addresses >> 32 : packet.tuple.addresses
      let pick = chooser.pick(UInt32(min(row.count, UInt64(UInt32.max))), key: key)
      result.nat.address = row.first.advanced(by: UInt64(pick)).map(program.addresses.intern) ?? row.request.address
    default:
      result.verdict = .unmodelled
    }
  }
}
