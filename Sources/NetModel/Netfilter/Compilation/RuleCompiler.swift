// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Turns checked rules of one table into instructions.
struct RuleCompiler {
  let program: Program
  let table: RuleTable
  let ruleset: CompiledRuleset
  /// Chains of a fragment, looked at before the ruleset's.
  let own: [ChainKey: UInt32]

  /// Appends a rule; returns its dispatch key if it has one.
  func append(_ rule: IPTablesRule, chain: UInt32, place: UInt32) -> UInt64? {
    let core = program.core
    let first = UInt32(core.pointee.instructions.count)
    let matches = CanonicalOrder(rule).matches
    for match in matches { append(match) }
    let count = UInt16(core.pointee.instructions.count - Int(first))
    core.pointee.instructions.append(target(rule.target))
    core.pointee.rules.append(RuleRow(first: first, matches: count, chain: chain, place: place))
    program.sources.append(rule)
    return key(matches)
  }

  /// Appends the place where the rules of units come.
  func appendUnits(slot: Int, chain: UInt32, place: UInt32) {
    let first = program.core.pointee.instructions.append(Instruction(.units, a: UInt32(slot)))
    program.core.pointee.rules.append(RuleRow(first: first, matches: 0, isUnits: true, chain: chain, place: place))
    program.sources.append(IPTablesRule([], nil))
  }

  /// The dispatch key: one protocol, one destination port, and one destination address or none.
  private func key(_ matches: [IPTablesMatch]) -> UInt64? {
    var transport: UInt8?
    var destination: UInt32?
    var port: UInt16?
    for match in matches {
      switch match {
      case .protocol(let named?, negated: false): transport = named.rawValue
      case .destination(let prefix, negated: false) where prefix.isHost:
        destination = program.addresses.intern(prefix.address).rawValue
      case .destinationPort(let range, negated: false) where range.count == 1: port = range.lowerBound
      default: break
      }
    }
    guard let transport, let port else { return nil }
    return DispatchIndex.key(protocol: transport, destination: destination ?? .max, port: port)
  }

  private func emit(_ instruction: Instruction) { program.core.pointee.instructions.append(instruction) }

  private func address(
    _ prefix: Prefix, _ negated: Bool, host: Instruction.Operation, block: Instruction.Operation
  ) {
    if prefix.isHost {
      emit(Instruction(host, negated: negated, a: program.addresses.intern(prefix.address).rawValue))
    } else if prefix.length == 0 {
      if negated { emit(Instruction(.never)) }
    } else {
      emit(Instruction(block, negated: negated, a: program.core.pointee.prefixes.append(PrefixRow(prefix))))
    }
  }

  private func interface(_ name: String, _ negated: Bool, _ operation: Instruction.Operation) {
    // `-i +` says nothing (iptables leaves the option out).
    if name == "+" {
      if negated { emit(Instruction(.never)) }
      return
    }
    let row = program.core.pointee.interfaces.append(InterfacePattern(name))
    emit(Instruction(operation, negated: negated, a: row))
  }

  private func append(_ match: IPTablesMatch) {
    switch match {
    case .source(let prefix, let negated): address(prefix, negated, host: .sourceHost, block: .sourcePrefix)
    case .destination(let prefix, let negated):
      address(prefix, negated, host: .destinationHost, block: .destinationPrefix)
    case .inInterface(let name, let negated): interface(name, negated, .inInterface)
    case .outInterface(let name, let negated): interface(name, negated, .outInterface)
    case .protocol(nil, let negated): if negated { emit(Instruction(.never)) }
    case .protocol(let named?, let negated):
      emit(Instruction(.transport, negated: negated, short: UInt16(named.rawValue)))
    case .module, .comment, .nfacct: break
    case .sourcePort(let range, let negated):
      emit(Instruction(.sourcePort, negated: negated, short: range.lowerBound, a: UInt32(range.upperBound)))
    case .destinationPort(let range, let negated):
      emit(Instruction(.destinationPort, negated: negated, short: range.lowerBound, a: UInt32(range.upperBound)))
    case .multiport(let side, let ranges, let negated):
      let first = UInt32(program.core.pointee.portRanges.count)
      for range in ranges {
        program.core.pointee.portRanges.append(UInt32(range.lowerBound) << 16 | UInt32(range.upperBound))
      }
      let sides: UInt32 = side == .source ? 1 : side == .destination ? 2 : 3
      emit(
        Instruction(
          .multiport, negated: negated, short: UInt16(truncatingIfNeeded: ranges.count), a: first, b: sides))
    case .addressType(let side, let types, let negated):
      emit(Instruction(side == .source ? .sourceType : .destinationType, negated: negated, short: types.rawValue))
    case .connectionState(let states, let negated, _):
      emit(Instruction(.connectionState, negated: negated, short: UInt16(states.rawValue)))
    case .mark(let value, let mask, let negated): emit(Instruction(.mark, negated: negated, a: value, b: mask))
    case .connectionMark(let value, let mask, let negated):
      emit(Instruction(.connectionMark, negated: negated, a: value, b: mask))
    case .statisticRandom(let probability, let negated):
      emit(Instruction(.statisticRandom, negated: negated, a: probability.threshold))
    case .statisticNth(let every, let packet, let negated):
      emit(Instruction(.statisticNth, negated: negated, a: max(every, 1), b: packet))
    case .recent(let recent): append(recent)
    case .set(let name, let flags, let negated):
      guard let row = ruleset.sets[name], program.sets[Int(row)].dimensions != nil else {
        emit(Instruction(.unmodelledMatch))
        return
      }
      var sides = UInt16(flags.count)
      for (place, flag) in flags.prefix(3).enumerated() where flag == .destination { sides |= 0x100 << UInt16(place) }
      emit(Instruction(.set, negated: negated, short: sides, a: row))
    case .physdev(let words):
      // No packet here is bridged; only options that are all negated match one that is not
      // (net/netfilter/xt_physdev.c, physdev_mt).
      let options = words.indices.filter { words[$0].hasPrefix("--") }
      if options.contains(where: { $0 == 0 || words[$0 - 1] != "!" }) { emit(Instruction(.never)) }
    case .limit(let period, _, let burst): emit(Instruction(.limit, a: period, b: burst))
    case .tcpFlags(let mask, let compare, let negated):
      emit(
        Instruction(
          .tcpFlags, negated: negated, short: UInt16(mask.rawValue) << 8 | UInt16(compare.rawValue)))
    case .icmpType(let text, let negated):
      guard let type = ICMPTypeName(text, family: ruleset.family) else {
        emit(Instruction(.unmodelledMatch))
        return
      }
      emit(
        Instruction(
          .icmpType, negated: negated, short: type.type, a: UInt32(type.codes.lowerBound),
          b: UInt32(type.codes.upperBound)))
    case .unmodelled: emit(Instruction(.unmodelledMatch))
    }
  }

  private func append(_ recent: IPTablesMatch.Recent) {
    var bits: UInt16 =
      switch recent.operation {
      case .set: 0
      case .check: 1
      case .update: 2
      case .remove: 3
      }
    if recent.reap { bits |= 4 }
    if recent.usesDestination { bits |= 8 }
    emit(
      Instruction(
        .recent, negated: recent.negated, short: bits,
        a: program.recentList(recent.name, family: ruleset.family).rawValue, b: recent.seconds ?? 0,
        c: recent.hitcount ?? 0))
  }

  private func target(_ target: IPTablesTarget?) -> Instruction {
    switch target {
    case .conntrack("--notrack"): Instruction(.notrack)
    case nil, .conntrack, .log, .nflog: Instruction(.pass)
    case .jump(let name): chain(name, .jump)
    case .goto(let name): chain(name, .goto)
    case .return: Instruction(.return)
    case .accept: Instruction(.accept)
    case .drop: Instruction(.drop)
    case .reject(let with):
      Instruction(
        .reject,
        short: UInt16((with.flatMap { Rejection($0, family: ruleset.family) } ?? .portUnreachable).rawValue))
    case .dnat(let range): translate(.destination, range.addresses, range.ports, range.flags)
    case .snat(let range): translate(.source, range.addresses, range.ports, range.flags)
    case .masquerade(let ports, let flags): translate(.masquerade, nil, ports, flags)
    case .redirect(let ports, let flags): translate(.redirect, nil, ports, flags)
    case .mark(let operation): Instruction(.setMark, a: operation.kernel.value, b: operation.kernel.mask)
    case .connectionMark(.set(let value, let mask)): Instruction(.setConnectionMark, short: 0, a: value, b: mask)
    case .connectionMark(.save(let nfmask, let ctmask)):
      Instruction(.setConnectionMark, short: 1, a: nfmask, b: ctmask)
    case .connectionMark(.restore(let nfmask, let ctmask)):
      Instruction(.setConnectionMark, short: 2, a: nfmask, b: ctmask)
    case .notrack: Instruction(.notrack)
    case .unmodelled: Instruction(.unmodelledTarget)
    }
  }

  private func chain(_ name: String, _ operation: Instruction.Operation) -> Instruction {
    let key = ChainKey(table: table, name: name)
    guard let row = own[key] ?? ruleset.chains[key] else { return Instruction(.unmodelledTarget) }
    return Instruction(operation, a: row)
  }

  private func translate(
    _ kind: NATRequest.Kind, _ range: ClosedRange<Address>?, _ ports: ClosedRange<UInt16>?,
    _ flags: IPTablesTarget.NATFlags
  ) -> Instruction {
    var request = NATRequest()
    request.kind = kind
    request.flags = flags
    if let ports {
      request.hasPorts = true
      request.minPort = ports.lowerBound
      request.maxPort = ports.upperBound
    }
    var row = NATRangeRow(request: request, first: range?.lowerBound ?? Address(high: 0, low: 0), count: 0)
    if let range {
      row.request.address = program.addresses.intern(range.lowerBound)
      let span = range.upperBound.low &- range.lowerBound.low
      row.count = range.upperBound.high != range.lowerBound.high || span == .max ? .max : span + 1
    }
    return Instruction(.translate, a: program.core.pointee.natRanges.append(row))
  }
}
