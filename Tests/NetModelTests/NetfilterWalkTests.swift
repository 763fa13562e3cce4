// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

@Suite("The walk") struct NetfilterWalkTests {
  static func end(_ result: HookResult, _ addresses: AddressTable) -> NaiveWalk.End {
    switch result.verdict {
    case .reject: return .rejected(result.rejection)
    case .accept where result.nat.kind != .none:
      let nat = result.nat
      return .nat(
        nat.kind, nat.address.isNone ? nil : addresses[nat.address], nat.hasPorts ? nat.minPort...nat.maxPort : nil)
    default: return .verdict(result.verdict)
    }
  }

  @Test("agrees with a walk rule by rule, drawing alike", arguments: 1...40 as ClosedRange<UInt64>)
  func sampling(seed: UInt64) throws {
    var random = RandomRules(seed: seed)
    let world = SmallWorld()
    let ruleset = random.ruleset()
    let mine = world.addresses.intern(Address(ipv4: 0x0a00_0001))
    let node = NodeID(rawValue: 3)
    world.locals.set(mine, on: node, .local)
    let id = try world.program.compile(ruleset)
    for number in 0..<25 as Range<UInt64> {
      let packet = random.packet(world.addresses, world.interfaces)
      for table in [RuleTable.nat, .filter, .mangle, .raw] {
        for hook in table.hooks {
          let draws = KeyedDraw(seed: seed, purpose: DrawPurpose(rawValue: 1), entity: number)
          var chooser = Sampling(draws)
          var units = NoUnits()
          var host = NodeContext(node, now: .zero, locals: world.locals, memory: world.memory, isProbe: true)
          var trace = RecordedTrace()
          let result = world.program.walk(
            id, table, hook, packet, chooser: &chooser, units: &units, host: &host, trace: &trace)
          var same = draws
          var naive = NaiveWalk(
            ruleset: ruleset, addresses: world.addresses, interfaces: world.interfaces,
            local: { world.locals.kind($0, on: node) }, chance: { same.next31() < $0 }, packet: packet)
          let wanted = naive.run(table.name, hook.chainName)
          #expect(Self.end(result, world.addresses) == wanted)
          #expect(result.rulesWalked == naive.walked)
          #expect(result.mark == naive.mark && result.connectionMark == naive.connectionMark)
          for case .rule(let reference, _, _) in trace.steps {
            let origin = world.program.origin(reference)
            let rules = ruleset.table(table.name)?.chain(origin?.chain ?? "")?.rules ?? []
            #expect(origin.map { rules[$0.number - 1] == $0.rule } == true)
          }
        }
      }
    }
  }

  @Test("enumerates what sampling draws", arguments: 1...30 as ClosedRange<UInt64>)
  func enumerating(seed: UInt64) throws {
    var random = RandomRules(seed: seed &+ 1000)
    let world = SmallWorld()
    let ruleset = random.ruleset()
    let node = NodeID(rawValue: 3)
    let id = try world.program.compile(ruleset)
    for _ in 0..<10 {
      let packet = random.packet(world.addresses, world.interfaces)
      for hook in Hook.allCases {
        for table in [RuleTable.nat, .filter] {
          func walk(_ chooser: inout some Chooser) -> HookResult {
            var units = NoUnits()
            var host = NodeContext(node, now: .zero, locals: world.locals, memory: world.memory, isProbe: true)
            var trace = NoTrace()
            return world.program.walk(
              id, table, hook, packet, chooser: &chooser, units: &units, host: &host, trace: &trace)
          }
          let exact = enumerateOutcomes(limit: 600) { chooser in walk(&chooser) }
          let total = exact.outcomes.reduce(exact.unexplored) { $0 + $1.probability }
          #expect(abs(total - 1) < 1e-12)
          // The same by brute force: every string of answers to the naive walk.
          guard exact.unexplored == 0, exact.paths < 200 else { continue }
          var shares: [String: Double] = [:]
          var path: [Bool] = []
          while true {
            var depth = 0
            var weight = 1.0
            var naive = NaiveWalk(
              ruleset: ruleset, addresses: world.addresses, interfaces: world.interfaces,
              local: { world.locals.kind($0, on: node) },
              chance: { threshold in
                if depth == path.count { path.append(true) }
                let p = Double(threshold) / 0x1p31
                weight *= path[depth] ? p : 1 - p
                depth += 1
                return path[depth - 1]
              }, packet: packet)
            let end = naive.run(table.name, hook.chainName)
            if weight > 0 { shares["\(end) \(naive.mark) \(naive.connectionMark)", default: 0] += weight }
            while path.last == false { path.removeLast() }
            guard !path.isEmpty else { break }
            path[path.count - 1] = false
          }
          var ours: [String: Double] = [:]
          for (outcome, p) in exact.outcomes {
            ours["\(Self.end(outcome, world.addresses)) \(outcome.mark) \(outcome.connectionMark)", default: 0] += p
          }
          #expect(ours.count == shares.count)
          for (key, share) in shares { #expect(abs((ours[key] ?? -1) - share) < 1e-12) }
        }
      }
    }
  }

  @Test("an unmodelled rule is an error only where a packet reaches it")
  func unmodelled() throws {
    let text = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -j ACCEPT\n-A INPUT -m string --algo bm -j DROP\nCOMMIT\n"
    let world = SmallWorld()
    let id = try world.program.compile(IPTablesSaveParser.parse(text, family: .ipv4).ruleset)
    for (transport, wanted) in [(IPProtocol.udp, Verdict.accept), (.tcp, .unmodelled)] {
      var chooser = Enumerating()
      var units = NoUnits()
      var host = NodeContext(NodeID(rawValue: 0), now: .zero, locals: world.locals, memory: world.memory, isProbe: true)
      var trace = NoTrace()
      let result = world.program.walk(
        id, .input, .translation, world.packet(1, 2, 3, 4, transport), chooser: &chooser, units: &units, host: &host,
        trace: &trace)
      #expect(result.verdict == wanted)
      #expect(world.program.origin(result.decisive)?.number == (wanted == .accept ? 1 : 2))
    }
  }

  /// Finds units by their place in a list, as rules generated per Service would be.
  struct Units: UnitResolver {
    var units: [(key: FlowTuple, unit: UnitID, rules: UInt32)]
    let addresses: AddressTable
    func place(_ index: Int) -> UInt32 { units[..<index].reduce(0) { $0 + $1.rules } }
    mutating func unit(_ index: Int, for key: DispatchKey) -> UnitPlace? {
      let found = units.indices.filter {
        units[$0].key.destination == key.destination && units[$0].key.destinationPort == key.destinationPort
      }
      return index < found.count ? UnitPlace(units[found[index]].unit, rulesBefore: place(found[index])) : nil
    }
    mutating func ruleCount(_ slot: SlotID) -> UInt32 { place(units.count) }
  }

  @Test("units walk, count and number their rules as one ruleset would", arguments: 1...20 as ClosedRange<UInt64>)
  func units(seed: UInt64) throws {
    var random = RandomRules(seed: seed &+ 5000)
    let world = SmallWorld()
    func chain(_ name: String, _ rules: [IPTablesRule], _ policy: IPTablesChain.Policy? = nil) -> IPTablesChain {
      IPTablesChain(name: name, policy: policy, rules: rules)
    }
    let first = [random.rule(.nat, chains: []), random.rule(.nat, chains: [])]
    let last = [random.rule(.nat, chains: ["TAIL"]), IPTablesRule([], .jump("TAIL"))]
    let base: [IPTablesChain] = [
      chain("PREROUTING", [IPTablesRule([], .jump("ALL")), IPTablesRule([], .mark(.init(.or, 8)))], .accept),
      chain("TAIL", [IPTablesRule([], .mark(.init(.xor, 4)))]),
    ]
    var fragments: [(FlowTuple, [IPTablesRule], IPTablesChain)] = []
    for number in 0..<30 {
      let destination = Address(ipv4: 0x0a00_0000 + UInt32(number % 4))
      let port = UInt16(80 + number % 2)
      let own = chain("OWN\(number)", (0..<3).map { _ in random.rule(.nat, chains: ["TAIL"]) })
      let rules = (0...Int(random.draws.below(2))).map { _ in
        IPTablesRule(
          [
            .protocol(random.one([.tcp, .udp]), negated: false),
            .destination(Prefix(host: destination), negated: false),
            .destinationPort(port...port, negated: false), random.match(),
          ], random.chance(70) ? .jump("OWN\(number)") : .return)
      }
      let key = FlowTuple(
        source: .none, sourcePort: 0, destination: world.addresses.intern(destination), destinationPort: port,
        protocol: .tcp)
      fragments.append((key, rules, own))
    }
    let whole = IPTablesRuleset(
      family: .ipv4,
      tables: [
        IPTablesTable(
          name: "nat",
          chains: base + [chain("ALL", first + fragments.flatMap(\.1) + last)] + fragments.map(\.2))
      ])
    let split = IPTablesRuleset(
      family: .ipv4, tables: [IPTablesTable(name: "nat", chains: base + [chain("ALL", first + last)])])
    let one = try world.program.compile(whole)
    let two = try world.program.compile(split, shared: [SharedChain(.nat, "ALL", rulesBefore: 2)])
    var resolver = Units(units: [], addresses: world.addresses)
    for (key, rules, own) in fragments {
      let unit = try world.program.compile(
        RulesetFragment([.init(.nat, "ALL", rules), .init(.nat, own.name, own.rules)]), joining: two)
      resolver.units.append((key, unit, UInt32(rules.count)))
    }
    for number in 0..<200 as Range<UInt64> {
      let packet = random.packet(world.addresses, world.interfaces)
      let draws = KeyedDraw(seed: seed, purpose: DrawPurpose(rawValue: 1), entity: number)
      var a = Sampling(draws)
      var b = Sampling(draws)
      var none = NoUnits()
      var host = NodeContext(NodeID(rawValue: 3), now: .zero, locals: world.locals, memory: world.memory, isProbe: true)
      var traces = (RecordedTrace(), RecordedTrace())
      let expected = world.program.walk(
        one, .nat, .prerouting, packet, chooser: &a, units: &none, host: &host, trace: &traces.0)
      let found = world.program.walk(
        two, .nat, .prerouting, packet, chooser: &b, units: &resolver, host: &host, trace: &traces.1)
      #expect(Self.end(found, world.addresses) == Self.end(expected, world.addresses))
      #expect(found.mark == expected.mark)
      #expect(found.rulesWalked == expected.rulesWalked)
      let origins = (world.program.origin(expected.decisive), world.program.origin(found.decisive))
      #expect(origins.0 == origins.1)
      func matched(_ trace: RecordedTrace) -> [RuleOrigin?] {
        trace.steps.compactMap { step in
          if case .rule(let rule, true, _) = step { world.program.origin(rule) } else { nil }
        }
      }
      #expect(matched(traces.0) == matched(traces.1))
    }
  }

  @Test("fragments that the kernel would refuse are refused")
  func badFragments() throws {
    let world = SmallWorld()
    let base = IPTablesRuleset(
      family: .ipv4,
      tables: [
        IPTablesTable(
          name: "nat",
          chains: [
            IPTablesChain(name: "PREROUTING", policy: .accept, rules: [IPTablesRule([], .jump("ALL"))]),
            IPTablesChain(name: "ALL"),
          ])
      ])
    let id = try world.program.compile(base, shared: [SharedChain(.nat, "ALL")])
    let before = world.program.ruleCount
    for (rule, problem) in [
      (IPTablesRule([], .jump("NONE")), RuleProblem.unknownChain("NONE")),
      (IPTablesRule([], .jump("ALL")), .jumpIntoShared("ALL")),
      (IPTablesRule([], .jump("OWN")), .chainLoop(["OWN", "OWN"])),
    ] {
      do {
        _ = try world.program.compile(RulesetFragment([.init(.nat, "OWN", [rule])]), joining: id)
        Issue.record("compiled \(rule)")
      } catch {
        #expect(error.problems.map(\.problem) == [problem])
      }
    }
    #expect(world.program.ruleCount == before)
    #expect(throws: RulesetProblems.self) { try world.program.compile(base, shared: [SharedChain(.nat, "NONE")]) }
  }
}
