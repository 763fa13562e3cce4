// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

extension Program {
  /// Compiles a ruleset.
  ///
  /// - Parameters:
  ///   - shared: chains where the rules of units come in, at most eight; each must be a chain of the ruleset.
  ///   - sets: what `-m set` refers to. A match on a set that is not among them is not modelled: an error where a
  ///     walked packet reaches it.
  /// - Throws: everything the kernel would refuse; nothing has been compiled then.
  /// - Complexity: linear in the rules.
  public func compile(
    _ ruleset: IPTablesRuleset, shared: [SharedChain] = [], sets declared: [IPSet] = []
  ) throws(RulesetProblems) -> RulesetID {
    var problems = RulesetCheck.problems(ruleset)
    problems += setProblems(ruleset, declared)
    for place in shared {
      let chain = ruleset.table(place.table.name)?.chain(place.chain)
      if chain == nil || place.rulesBefore < 0 || place.rulesBefore > (chain?.rules.count ?? 0)
        || shared.count > SlotID.limit
        || shared.filter({ $0.table == place.table && $0.chain == place.chain }).count > 1
      {
        problems.append(
          RulesetProblem(
            table: place.table.name, chain: place.chain, rule: 0, problem: .badSharedChain(place.chain)))
      }
    }
    guard problems.isEmpty else { throw RulesetProblems(problems: problems) }

    let id = RulesetID(rawValue: UInt32(rulesets.count))
    var compiled = CompiledRuleset(
      family: ruleset.family, shared: shared, chains: [:], sets: [:], depths: [:], reachesUnits: [])
    for set in declared {
      compiled.sets[set.name] = UInt32(sets.count)
      sets.append(set)
    }
    rulesets.append(compiled)
    let entries = core.pointee.entries.count
    for _ in 0..<25 { core.pointee.entries.append(.max) }
    for table in ruleset.tables {
      guard let kind = RuleTable(name: table.name) else { continue }
      for chain in table.chains {
        let row = reserveChain(chain.name, kind, ruleset: id)
        compiled.chains[ChainKey(table: kind, name: chain.name)] = row
        if let hook = kind.hooks.first(where: { $0.chainName == chain.name }) {
          core.pointee.chains[row].ending = chain.policy == .drop ? .drop : .accept
          core.pointee.entries[UInt32(entries + Int(hook.rawValue) * 5 + Int(kind.rawValue))] = row
        }
      }
      for (name, depth) in JumpGraph(table.chains.map { ($0.name, $0.rules) }).depths {
        if let row = compiled.chains[ChainKey(table: kind, name: name)] { compiled.depths[row] = depth }
      }
    }
    rulesets[id.index] = compiled
    for table in ruleset.tables {
      guard let kind = RuleTable(name: table.name) else { continue }
      for chain in table.chains {
        guard let row = compiled.chains[ChainKey(table: kind, name: chain.name)] else { continue }
        let slot = shared.firstIndex { $0.table == kind && $0.chain == chain.name }
        fillChain(
          row, chain.rules, RuleCompiler(program: self, table: kind, ruleset: compiled, own: [:]),
          unitsBefore: slot.map { shared[$0].rulesBefore }, slot: slot ?? 0)
      }
    }
    rulesets[id.index].reachesUnits = chainsReachingUnits(ruleset, compiled)
    return id
  }

  /// Compiles a fragment that joins a ruleset.
  ///
  /// A part whose chain is shared in the ruleset joins it there; the other parts are chains of the fragment's own.
  /// Jumps look among these first, then among those of the unit `beside`, then in the ruleset.
  /// - Throws: everything the kernel would refuse; nothing has been compiled then.
  public func compile(
    _ fragment: RulesetFragment, joining ruleset: RulesetID, beside: UnitID = .none
  ) throws(RulesetProblems) -> UnitID {
    precondition(ruleset.index < rulesets.count)
    let base = rulesets[ruleset.index]
    let known = beside.isNone ? [:] : unitChains[beside.index]
    let problems = fragmentProblems(fragment, base, known)
    guard problems.isEmpty else { throw RulesetProblems(problems: problems) }
    var own: [ChainKey: UInt32] = [:]
    for part in fragment.parts where slot(part, base) == nil {
      own[ChainKey(table: part.table, name: part.chain)] = reserveChain(part.chain, part.table, ruleset: ruleset)
    }
    let reachable = own.merging(known) { mine, _ in mine }
    var unit = UnitRow(
      ruleset: ruleset.rawValue, firstRules: InlineArray(repeating: 0), counts: InlineArray(repeating: 0))
    for part in fragment.parts {
      let key = ChainKey(table: part.table, name: part.chain)
      let compiler = RuleCompiler(program: self, table: part.table, ruleset: base, own: reachable)
      if let slot = slot(part, base), let chain = base.chains[key] {
        unit.firstRules[slot] = UInt32(core.pointee.rules.count)
        unit.counts[slot] = UInt32(part.rules.count)
        for (place, rule) in part.rules.enumerated() {
          _ = compiler.append(rule, chain: chain, place: UInt32(place))
        }
      } else if let row = own[key] {
        fillChain(row, part.rules, compiler, unitsBefore: nil, slot: 0)
      }
    }
    unitChains.append(own)
    return UnitID(rawValue: core.pointee.units.append(unit))
  }

  private func slot(_ part: RulesetFragment.Part, _ base: CompiledRuleset) -> Int? {
    base.shared.firstIndex { $0.table == part.table && $0.chain == part.chain }
  }

  private func reserveChain(_ name: String, _ table: RuleTable, ruleset: RulesetID) -> UInt32 {
    chainNames.append(name)
    rulesetOfChain.append(ruleset.rawValue)
    return core.pointee.chains.append(
      ChainRow(firstRule: 0, ruleCount: 0, ending: .back, table: table, index: .max, unitsPlace: .max))
  }

  private func fillChain(
    _ row: UInt32, _ rules: [IPTablesRule], _ compiler: RuleCompiler, unitsBefore: Int?, slot: Int
  ) {
    let first = UInt32(core.pointee.rules.count)
    var keys: [UInt64?] = []
    var place: UInt32 = 0
    for index in 0...rules.count {
      if index == unitsBefore {
        compiler.appendUnits(slot: slot, chain: row, place: place)
        keys.append(nil)
        place += 1
      }
      if index < rules.count {
        keys.append(compiler.append(rules[index], chain: row, place: place))
        place += 1
      }
    }
    core.pointee.chains[row].firstRule = first
    core.pointee.chains[row].ruleCount = place
    core.pointee.chains[row].unitsPlace = unitsBefore.map(UInt32.init) ?? .max
    if keys.count >= DispatchIndex.minimumRules, keys.contains(where: { $0 != nil }) {
      core.pointee.chains[row].index = core.pointee.makeIndex(keys)
    }
  }

  private func setProblems(_ ruleset: IPTablesRuleset, _ declared: [IPSet]) -> [RulesetProblem] {
    let dimensions = Dictionary(declared.map { ($0.name, $0.dimensions) }, uniquingKeysWith: { first, _ in first })
    var problems: [RulesetProblem] = []
    for table in ruleset.tables {
      for chain in table.chains {
        for (index, rule) in chain.rules.enumerated() {
          for case .set(let name, let flags, _) in rule.matches {
            if let known = dimensions[name], let known, known.count > flags.count {
              problems.append(
                RulesetProblem(table: table.name, chain: chain.name, rule: index + 1, problem: .setDimensions(name)))
            }
          }
        }
      }
    }
    return problems
  }

  private func chainsReachingUnits(_ ruleset: IPTablesRuleset, _ compiled: CompiledRuleset) -> Set<UInt32> {
    var reaching = Set(compiled.shared.compactMap { compiled.chains[ChainKey(table: $0.table, name: $0.chain)] })
    guard !reaching.isEmpty else { return reaching }
    // Chains are few in a ruleset with shared places; repeat until nothing new is found.
    var grew = true
    while grew {
      grew = false
      for table in ruleset.tables {
        guard let kind = RuleTable(name: table.name) else { continue }
        for chain in table.chains {
          guard let row = compiled.chains[ChainKey(table: kind, name: chain.name)], !reaching.contains(row) else {
            continue
          }
          let leads = chain.rules.contains { rule in
            guard let name = RulesetCheck.jumpTarget(rule),
              let target = compiled.chains[ChainKey(table: kind, name: name)]
            else { return false }
            return reaching.contains(target)
          }
          if leads {
            reaching.insert(row)
            grew = true
          }
        }
      }
    }
    return reaching
  }

  private func fragmentProblems(
    _ fragment: RulesetFragment, _ base: CompiledRuleset, _ beside: [ChainKey: UInt32]
  ) -> [RulesetProblem] {
    var problems: [RulesetProblem] = []
    var own: Set<ChainKey> = []
    for part in fragment.parts {
      let key = ChainKey(table: part.table, name: part.chain)
      if !own.insert(key).inserted || (slot(part, base) == nil && base.chains[key] != nil) {
        problems.append(
          RulesetProblem(table: part.table.name, chain: part.chain, rule: 0, problem: .duplicateChain(part.chain)))
      }
    }
    for part in fragment.parts {
      for (index, rule) in part.rules.enumerated() {
        func note(_ problem: RuleProblem) {
          problems.append(
            RulesetProblem(table: part.table.name, chain: part.chain, rule: index + 1, problem: problem))
        }
        RulesetCheck.problems(rule, table: part.table.name, family: base.family).forEach(note)
        guard let name = RulesetCheck.jumpTarget(rule) else { continue }
        let target = ChainKey(table: part.table, name: name)
        let isShared = base.shared.contains { $0.table == part.table && $0.chain == name }
        if let row = base.chains[target] {
          if isShared || base.reachesUnits.contains(row) { note(.jumpIntoShared(name)) }
        } else if !own.contains(target), beside[target] == nil {
          note(.unknownChain(name))
        }
      }
    }
    for table in RuleTable.allCases {
      let graph = JumpGraph(fragment.parts.filter { $0.table == table }.map { ($0.chain, $0.rules) })
      if let (chain, rule, names) = graph.loop {
        problems.append(
          RulesetProblem(table: table.name, chain: chain, rule: rule, problem: .chainLoop(names)))
      } else if let deepest = graph.depths.first(where: { $0.depth > ProgramCore.maxDepth }) {
        problems.append(
          RulesetProblem(table: table.name, chain: deepest.name, rule: 0, problem: .tooDeep(deepest.name)))
      }
    }
    return problems
  }
}
