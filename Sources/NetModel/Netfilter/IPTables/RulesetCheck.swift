// SPDX-License-Identifier: GPL-3.0-or-later

/// What the kernel would refuse of a ruleset as a whole: jumps to nowhere, loops, duplicate chains, wrong families.
enum RulesetCheck {
  /// How deep jumps may nest. iptables-nft stops at 16 (NFT_JUMP_STACK_SIZE); the legacy tables at the number of chains.
  static let maxJumpDepth = 64

  /// All problems, in the order of the ruleset.
  static func problems(_ ruleset: IPTablesRuleset) -> [RulesetProblem] {
    var found: [RulesetProblem] = []
    var tables: Set<String> = []
    for table in ruleset.tables {
      if RuleTable(name: table.name) == nil {
        found.append(RulesetProblem(table: table.name, chain: "", rule: 0, problem: .unknownTable(table.name)))
      }
      if !tables.insert(table.name).inserted {
        found.append(RulesetProblem(table: table.name, chain: "", rule: 0, problem: .duplicateTable(table.name)))
      }
      var names: Set<String> = []
      let builtIn = Set(RuleTable(name: table.name)?.hooks.map(\.chainName) ?? [])
      for chain in table.chains {
        func note(_ problem: RuleProblem) {
          found.append(RulesetProblem(table: table.name, chain: chain.name, rule: 0, problem: problem))
        }
        if !names.insert(chain.name).inserted { note(.duplicateChain(chain.name)) }
        if !isChainName(chain.name) { note(.badChainName(chain.name)) }
        if let policy = chain.policy, !builtIn.contains(chain.name) { note(.badPolicy(policy.rawValue)) }
      }
      for chain in table.chains {
        for (index, rule) in chain.rules.enumerated() {
          for problem in problems(rule, table: table.name, family: ruleset.family) {
            found.append(RulesetProblem(table: table.name, chain: chain.name, rule: index + 1, problem: problem))
          }
          if let target = jumpTarget(rule) {
            if builtIn.contains(target) {
              found.append(
                RulesetProblem(
                  table: table.name, chain: chain.name, rule: index + 1, problem: .jumpToBuiltIn(target)))
            } else if !names.contains(target) {
              found.append(
                RulesetProblem(table: table.name, chain: chain.name, rule: index + 1, problem: .unknownChain(target)))
            }
          }
        }
      }
      let jumps = JumpGraph(table.chains.map { ($0.name, $0.rules) })
      if let (chain, rule, loop) = jumps.loop {
        found.append(RulesetProblem(table: table.name, chain: chain, rule: rule, problem: .chainLoop(loop)))
      } else if let deepest = jumps.depths.first(where: { $0.depth > maxJumpDepth }) {
        found.append(RulesetProblem(table: table.name, chain: deepest.name, rule: 0, problem: .tooDeep(deepest.name)))
      }
    }
    return found
  }

  /// What is wrong with one rule, jumps aside.
  static func problems(_ rule: IPTablesRule, table: String, family: IPFamily) -> [RuleProblem] {
    var found: [RuleProblem] = []
    if rule.matches.count > 2000 { found.append(.ruleTooLong) }
    for match in rule.matches {
      switch match {
      case .source(let prefix, _), .destination(let prefix, _):
        if prefix.family != family { found.append(.wrongFamily("\(prefix)")) }
      default: break
      }
    }
    switch rule.target {
    case .dnat(let range), .snat(let range):
      if let addresses = range.addresses, addresses.lowerBound.family != family {
        found.append(.wrongFamily("\(addresses.lowerBound)"))
      }
      if table != "nat" { found.append(.targetNotInTable(target: "DNAT/SNAT", table: table)) }
    case .masquerade: if table != "nat" { found.append(.targetNotInTable(target: "MASQUERADE", table: table)) }
    case .redirect: if table != "nat" { found.append(.targetNotInTable(target: "REDIRECT", table: table)) }
    case .reject(let kind):
      if table != "filter" { found.append(.targetNotInTable(target: "REJECT", table: table)) }
      if let kind, Rejection(kind, family: family) == nil {
        found.append(.badValue(option: "--reject-with", value: kind, expected: "an answer of this family"))
      }
    case .notrack, .conntrack:
      if table != "raw" { found.append(.targetNotInTable(target: "CT", table: table)) }
    default: break
    }
    return found
  }

  /// The chain a rule jumps or goes to.
  static func jumpTarget(_ rule: IPTablesRule) -> String? {
    switch rule.target {
    case .jump(let name), .goto(let name): name
    default: nil
    }
  }

  /// Whether the kernel takes this as a chain's name (XT_EXTENSION_MAXNAMELEN 29; iptables/xshared.c, `assert_valid_chain_name`).
  static func isChainName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, bytes.count <= 28, first != UInt8(ascii: "-"), first != UInt8(ascii: "!") else {
      return false
    }
    return bytes.allSatisfy { $0 > 32 && $0 != 127 }
  }
}

/// Which chain jumps where, walked without recursion so that no text can exhaust the stack.
struct JumpGraph {
  /// The first loop found: the chain and rule that close it, and the chains round it.
  private(set) var loop: (chain: String, rule: Int, names: [String])?
  /// How deep jumps nest below each chain, in the order given.
  private(set) var depths: [(name: String, depth: Int)] = []

  init(_ chains: [(name: String, rules: [IPTablesRule])]) {
    var index: [String: Int] = [:]
    for (place, chain) in chains.enumerated() where index[chain.name] == nil { index[chain.name] = place }
    // 0 unseen, 1 on the path, 2 done.
    var state = [UInt8](repeating: 0, count: chains.count)
    var depth = [Int](repeating: 0, count: chains.count)
    for start in chains.indices where state[start] == 0 {
      var path: [(chain: Int, rule: Int)] = [(start, 0)]
      state[start] = 1
      while let (chain, rule) = path.last {
        guard rule < chains[chain].rules.count else {
          state[chain] = 2
          path.removeLast()
          if let caller = path.last?.chain { depth[caller] = max(depth[caller], depth[chain] + 1) }
          continue
        }
        path[path.count - 1].rule += 1
        guard let name = RulesetCheck.jumpTarget(chains[chain].rules[rule]), let next = index[name] else { continue }
        switch state[next] {
        case 0:
          state[next] = 1
          path.append((next, 0))
        case 1:
          if loop == nil {
            let names = path.drop { $0.chain != next }.map { chains[$0.chain].name }
            loop = (chains[chain].name, rule + 1, names + [name])
          }
        default:
          depth[chain] = max(depth[chain], depth[next] + 1)
        }
      }
    }
    depths = chains.indices.map { (chains[$0].name, depth[$0]) }
  }
}
