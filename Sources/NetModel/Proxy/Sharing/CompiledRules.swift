// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The rules of every node as compiled programs: base rules once for all nodes that have equal ones, a Service port's
/// rules when the first packet asks for them.
final class CompiledRules {
  let program: Program
  let shared: SharedRules
  private let nodes = Cell(Table<NodeRow, NodeRulesets>())
  private var bases: [IPTablesRuleset: RulesetID] = [:]
  private var units = FlatMap64<UInt32>()
  private let cache = UnitCache()
  private let log: ServiceLog

  /// What a node's packets run through.
  struct NodeRulesets: BitwiseCopyable {
    var ipv4 = RulesetID.none
    var ipv6 = RulesetID.none
    /// Whether kube-proxy wrote them; false for a dump.
    var isGenerated = true
    /// How far the node's kube-proxy has come.
    var view: NodeView
  }

  /// The shared chains of a base ruleset, in the order of `DispatchChain`.
  private static let sharedChains: [SharedChain] = DispatchChain.allCases.compactMap { chain in
    RuleTable(name: chain.table).map { SharedChain($0, chain.name) }
  }

  /// Makes the rules of no node yet.
  init(log: ServiceLog, configuration: KubeProxyConfiguration, addresses: AddressTable, interfaces: InterfaceTable) {
    self.log = log
    program = Program(addresses: addresses, interfaces: interfaces)
    shared = SharedRules(log: log, configuration: configuration, addresses: addresses)
  }

  /// Puts a node's kube-proxy to work.
  func addNode(_ id: NodeID, _ node: ProxyNode) {
    while nodes.state.count <= id.index {
      nodes.state.append(NodeRulesets(view: NodeView(node: NodeID(index: nodes.state.count))))
    }
    shared.setNode(id, node)
    nodes.state[id].ipv4 = base(id, .ipv4)
    nodes.state[id].ipv6 = base(id, .ipv6)
  }

  private func base(_ id: NodeID, _ family: IPFamily) -> RulesetID {
    guard let proxy = shared.proxy(of: id, family: family) else { return .none }
    let rules = proxy.ruleset([ServicePortRules](), extras: .hookJumps)
    if let known = bases[rules] { return known }
    guard let compiled = try? program.compile(rules, shared: CompiledRules.sharedChains) else {
      preconditionFailure("kube-proxy's own base rules do not compile")
    }
    bases[rules] = compiled
    return compiled
  }

  /// Puts a real dump in the place of what kube-proxy would write.
  ///
  /// - Throws: what the kernel would refuse in it.
  func replace(_ id: NodeID, with rules: IPTablesRuleset) throws(RulesetProblems) {
    let compiled = try program.compile(rules)
    switch rules.family {
    case .ipv4: nodes.state[id].ipv4 = compiled
    case .ipv6: nodes.state[id].ipv6 = compiled
    }
    nodes.state[id].isGenerated = false
  }

  /// A node's rulesets and view.
  @inline(__always) func node(_ id: NodeID) -> NodeRulesets { nodes.state[id] }

  /// Says how far a node's kube-proxy has come.
  func advance(_ id: NodeID, services: LogPoint, endpoints: LogPoint) {
    nodes.state[id].view.services = services
    nodes.state[id].view.endpoints = endpoints
  }

  /// The units as one node's packets meet them.
  func units(of node: NodeRulesets, family: IPFamily) -> NodeUnits {
    NodeUnits(rules: self, ruleset: family == .ipv4 ? node.ipv4 : node.ipv6, family: family, view: node.view)
  }

  /// A unit's compiled rules, made now if no packet has asked before.
  private func compiled(_ unit: RuleUnitID, joining ruleset: RulesetID) -> UnitID {
    let key = UInt64(ruleset.rawValue) << 32 | UInt64(unit.rawValue)
    if let known = units.find(key) { return UnitID(rawValue: known) }
    return compile(unit, key, joining: ruleset)
  }

  /// A unit of a shared chain, from the cache if nothing has changed.
  fileprivate func unit(_ index: Int, for key: DispatchKey, _ asker: NodeUnits) -> UnitPlace? {
    if let word = UnitCache.key(index, key),
      let line = cache.find(word, asker.ruleset, asker.view, stamp: log.stamp)
    {
      return line.unit == .max ? nil : UnitPlace(UnitID(rawValue: line.unit), rulesBefore: line.rulesBefore)
    }
    return findUnit(index, for: key, asker)
  }

  @inline(never) private func findUnit(_ index: Int, for key: DispatchKey, _ asker: NodeUnits) -> UnitPlace? {
    guard let chain = DispatchChain(rawValue: key.slot.rawValue) else { return nil }
    let found = shared.find(
      index, in: chain, family: asker.family, key.protocol, key.destination, key.destinationPort, asker.view)
    let place = found.place.map {
      UnitPlace(
        compiled($0.unit, joining: asker.ruleset), rulesBefore: UInt32(truncatingIfNeeded: $0.rulesBefore))
    }
    if let since = found.since, let word = UnitCache.key(index, key) {
      cache.keep(
        UnitCache.Line(
          key: word, stamp: log.stamp, services: since.services.rawValue, endpoints: since.endpoints.rawValue,
          ruleset: asker.ruleset.rawValue, unit: place?.unit.rawValue ?? .max, rulesBefore: place?.rulesBefore ?? 0))
    }
    return place
  }

  fileprivate func ruleCount(_ slot: SlotID, _ family: IPFamily) -> UInt32 {
    if let known = cache.sum(slot, family, stamp: log.stamp) { return known }
    guard let chain = DispatchChain(rawValue: slot.rawValue) else { return 0 }
    let count = UInt32(truncatingIfNeeded: shared.ruleCount(in: chain, family: family))
    cache.keep(count, slot, family, stamp: log.stamp)
    return count
  }

  @inline(never) private func compile(_ unit: RuleUnitID, _ key: UInt64, joining ruleset: RulesetID) -> UnitID {
    let rules = shared.rules(of: unit)
    var parts: [RulesetFragment.Part] = []
    for chain in DispatchChain.allCases {
      let mine = rules.rules(in: chain)
      if !mine.isEmpty, let table = RuleTable(name: chain.table) {
        parts.append(RulesetFragment.Part(table, chain.name, mine))
      }
    }
    var chains = rules.chains
    let cluster = shared.clusterUnit(of: unit)
    if !cluster.isNone, cluster != unit { chains += shared.rules(of: cluster).chains }
    for chain in chains { parts.append(RulesetFragment.Part(.nat, chain.name, chain.rules)) }
    guard let made = try? program.compile(RulesetFragment(parts), joining: ruleset) else {
      preconditionFailure("a Service port's own rules do not compile")
    }
    units.insert(key, made.rawValue)
    return made
  }
}

/// Which units of Service ports a node's packet can meet.
struct NodeUnits: UnitResolver {
  let rules: CompiledRules
  let ruleset: RulesetID
  let family: IPFamily
  let view: NodeView

  func unit(_ index: Int, for key: DispatchKey) -> UnitPlace? { rules.unit(index, for: key, self) }

  func ruleCount(_ slot: SlotID) -> UInt32 { rules.ruleCount(slot, family) }
}
