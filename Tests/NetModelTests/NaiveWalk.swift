// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

@testable import NetModel

/// Rules walked one by one over the ruleset itself: obvious and slow, to check the program against.
struct NaiveWalk {
  let ruleset: IPTablesRuleset
  let addresses: AddressTable
  let interfaces: InterfaceTable
  let local: (AddressID) -> IPTablesMatch.AddressTypes
  /// Says whether a threshold matches.
  var chance: (UInt32) -> Bool
  var walked: UInt32 = 0
  var mark: UInt32 = 0
  var connectionMark: UInt32 = 0
  var packet: PacketView

  enum End: Equatable {
    case verdict(Verdict)
    case rejected(Rejection)
    case nat(NATRequest.Kind, Address?, ClosedRange<UInt16>?)
    /// Back to the caller.
    case back
  }

  mutating func run(_ table: String, _ hook: String) -> End {
    mark = packet.mark
    connectionMark = packet.connectionMark
    guard let chain = ruleset.table(table)?.chain(hook) else { return .verdict(.accept) }
    let end = run(table, chain)
    return end == .back ? .verdict(chain.policy == .drop ? .drop : .accept) : end
  }

  private mutating func run(_ table: String, _ chain: IPTablesChain) -> End {
    for rule in chain.rules {
      walked += 1
      if rule.matches.contains(where: { if case .unmodelled = $0 { true } else { false } }) {
        return .verdict(.unmodelled)
      }
      var all = true
      // Addresses, interfaces and protocol first, then the rest, the protocol's options at its place.
      for match in CanonicalOrder(rule).matches where all { all = holds(match) }
      if !all { continue }
      switch rule.target {
      case nil, .log, .nflog, .conntrack: continue
      case .notrack: packet.state = .untracked
      case .accept: return .verdict(.accept)
      case .drop: return .verdict(.drop)
      case .return: return .back
      case .reject(let with):
        return .rejected(with.flatMap { Rejection($0, family: ruleset.family) } ?? .portUnreachable)
      case .mark(let operation): mark = (mark & ~operation.kernel.mask) ^ operation.kernel.value
      case .connectionMark(.set(let value, let mask)): connectionMark = (connectionMark & ~mask) ^ value
      case .connectionMark(.save(let nf, let ct)): connectionMark = (connectionMark & ~ct) ^ (mark & nf)
      case .connectionMark(.restore(let nf, let ct)): mark = (mark & ~nf) ^ (connectionMark & ct)
      case .dnat(let range): return .nat(.destination, range.addresses?.lowerBound, range.ports)
      case .snat(let range): return .nat(.source, range.addresses?.lowerBound, range.ports)
      case .masquerade(let ports, _): return .nat(.masquerade, nil, ports)
      case .redirect(let ports, _): return .nat(.redirect, nil, ports)
      case .unmodelled: return .verdict(.unmodelled)
      case .jump(let name):
        guard let next = ruleset.table(table)?.chain(name) else { return .verdict(.unmodelled) }
        let end = run(table, next)
        if end != .back { return end }
      case .goto(let name):
        guard let next = ruleset.table(table)?.chain(name) else { return .verdict(.unmodelled) }
        return run(table, next)
      }
    }
    return .back
  }

  private func holds(_ match: IPTablesMatch) -> Bool {
    let tuple = packet.tuple
    switch match {
    case .source(let block, let not): return block.contains(addresses[tuple.source]) != not
    case .destination(let block, let not): return block.contains(addresses[tuple.destination]) != not
    case .inInterface(let name, let not): return fits(interfaces[packet.inInterface], name) != not
    case .outInterface(let name, let not): return fits(interfaces[packet.outInterface], name) != not
    case .protocol(let named, let not): return (named == nil || named == tuple.protocol) != not
    case .sourcePort(let range, let not): return range.contains(tuple.sourcePort) != not
    case .destinationPort(let range, let not): return range.contains(tuple.destinationPort) != not
    case .multiport(let side, let ranges, let not):
      let source = ranges.contains { $0.contains(tuple.sourcePort) }
      let destination = ranges.contains { $0.contains(tuple.destinationPort) }
      return (side == .source ? source : side == .destination ? destination : source || destination) != not
    case .addressType(let side, let types, let not):
      return !types.isDisjoint(with: local(side == .source ? tuple.source : tuple.destination)) != not
    case .connectionState(let states, let not, _): return !states.isDisjoint(with: packet.state) != not
    case .mark(let value, let mask, let not): return (self.mark & mask == value) != not
    case .connectionMark(let value, let mask, let not): return (connectionMark & mask == value) != not
    case .statisticRandom(let p, let not): return chance(p.threshold) != not
    case .tcpFlags(let mask, let compare, let not):
      return (packet.tcpFlags.intersection(mask) == compare) != not
    default: return true
    }
  }

  private func fits(_ name: String, _ pattern: String) -> Bool {
    pattern.hasSuffix("+") ? name.hasPrefix(pattern.dropLast()) : name == pattern
  }
}

/// Random rulesets and packets over few values, so that rules often match.
struct RandomRules {
  var draws: KeyedDraw

  init(seed: UInt64) { draws = KeyedDraw(seed: seed, purpose: DrawPurpose(rawValue: 98), entity: 0) }

  mutating func one<T>(_ values: [T]) -> T { values[Int(draws.below(UInt64(values.count)))] }
  mutating func chance(_ percent: UInt64) -> Bool { draws.below(100) < percent }
  mutating func address() -> Address { Address(ipv4: 0x0a00_0000 + UInt32(draws.below(5))) }

  mutating func match() -> IPTablesMatch {
    let not = chance(25)
    let block = Prefix(address(), length: one([0, 8, 30, 31, 32, 32])) ?? Prefix(host: address())
    switch draws.below(13) {
    case 0: return .source(block, negated: not)
    case 1: return .destination(block, negated: not)
    case 2: return .inInterface(one(["eth0", "eth+", "veth1", "+"]), negated: not)
    case 3: return .outInterface(one(["eth0", "ve+"]), negated: not)
    case 4: return .protocol(one([.tcp, .udp, nil]), negated: not)
    case 5: return .sourcePort(1...one([1, 2]), negated: not)
    case 6: return .multiport(one([.source, .destination, .either]), [80...81, 2...2], negated: not)
    case 7: return .addressType(one([.source, .destination]), one([.local, .unicast]), negated: not)
    case 8: return .connectionState(one([.new, [.established, .dnat]]), negated: not, legacy: false)
    case 9: return .mark(value: one([0, 1, 2]), mask: one([1, 3, .max]), negated: not)
    case 10: return .connectionMark(value: one([0, 1]), mask: 1, negated: not)
    case 11:
      let text = one(["0.5", "0.3333333333", "0", "1"])
      guard let p = IPTablesMatch.Probability(text: text) else { return .comment(text) }
      return .statisticRandom(p, negated: not)
    default: return .tcpFlags(mask: [.syn, .ack], compare: one([.syn, []]), negated: not)
    }
  }

  mutating func rule(_ table: RuleTable, chains: [String]) -> IPTablesRule {
    var matches: [IPTablesMatch] = []
    for _ in 0..<Int(draws.below(3)) { matches.append(match()) }
    if chance(50) {
      // The form that is indexed.
      matches = [.comment("x"), .module("tcp"), .protocol(one([.tcp, .udp]), negated: false)]
      if chance(70) { matches.append(.destination(Prefix(host: address()), negated: false)) }
      matches.append(.destinationPort(one([80...80, 80...80, 81...81, 2...2]), negated: chance(5)))
      if chance(20) { matches.append(match()) }
    }
    let target: IPTablesTarget?
    switch draws.below(14) {
    case 0: target = .return
    case 1: target = .drop
    case 2: target = .accept
    case 3: target = .mark(.init(one([.setMark, .or, .and, .xor, .setXMark]), one([1, 2, 3])))
    case 4:
      target = .connectionMark(
        one([.set(value: 1, mask: 1), .save(nfmask: 1, ctmask: 1), .restore(nfmask: 2, ctmask: 1)]))
    case 5 where table == .nat: target = .dnat(.init(SocketAddress(address(), 8080)))
    case 6 where table == .nat: target = .masquerade(toPorts: nil, flags: [])
    case 5 where table == .filter: target = .reject(with: one([nil, "tcp-reset"]))
    case 7: target = nil
    case 8: target = chance(5) ? .unmodelled("-j TRACE") : nil
    default:
      guard !chains.isEmpty else { return IPTablesRule(matches, nil) }
      let name = one(chains)
      target = chance(20) ? .goto(name) : .jump(name)
    }
    return IPTablesRule(matches, target)
  }

  /// A ruleset without loops: chains jump to later ones only.
  mutating func ruleset() -> IPTablesRuleset {
    var ruleset = IPTablesRuleset(family: .ipv4)
    for table in [RuleTable.nat, .filter, .mangle, .raw] {
      let names = (0..<6).map { "C\($0)" }
      var chains: [IPTablesChain] = []
      for hook in table.hooks {
        let policy: IPTablesChain.Policy = table != .nat && chance(30) ? .drop : .accept
        chains.append(
          IPTablesChain(
            name: hook.chainName, policy: policy,
            rules: (0..<Int(draws.below(6))).map { _ in rule(table, chains: names) }))
      }
      for place in names.indices {
        let later = Array(names[(place + 1)...])
        let count = Int(draws.below(chance(40) ? 40 : 5))
        chains.append(IPTablesChain(name: names[place], rules: (0..<count).map { _ in rule(table, chains: later) }))
      }
      ruleset.tables.append(IPTablesTable(name: table.name, chains: chains))
    }
    return ruleset
  }

  mutating func packet(_ addresses: AddressTable, _ interfaces: InterfaceTable) -> PacketView {
    var packet = PacketView(
      FlowTuple(
        source: addresses.intern(address()), sourcePort: one([1, 2, 3]), destination: addresses.intern(address()),
        destinationPort: one([80, 81, 2]), protocol: one([.tcp, .udp, .icmp])))
    packet.inInterface = one([.none, interfaces.intern("eth0"), interfaces.intern("veth1")])
    packet.outInterface = one([.none, interfaces.intern("eth0"), interfaces.intern("veth1")])
    packet.mark = UInt32(draws.below(4))
    packet.connectionMark = UInt32(draws.below(2))
    packet.state = one([.new, .established, [.established, .dnat]])
    packet.tcpFlags = one([.syn, [.syn, .ack], .ack])
    return packet
  }
}
