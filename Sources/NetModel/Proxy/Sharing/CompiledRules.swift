// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The rules of every node as compiled programs: base rules once for all nodes that have equal ones, a Service port's
/// rules when the first packet asks for them.
///
/// Base rules may differ between nodes (node ports on some addresses only); a Service port's rules never look at what
/// differs, so they join the first base of their family and serve all.
final class CompiledRules {
  let program: Program
  let shared: SharedRules
  private let nodes = Cell(Table<NodeRow, NodeRulesets>())
  private var bases: [IPTablesRuleset: RulesetID] = [:]
  private var firstBases = (ipv4: RulesetID.none, ipv6: RulesetID.none)
  /// By `RuleUnitID`; none until a packet asks.
  private var units: [UnitID] = []
  private var exactCounts: NodeDispatchCounts?
  private let cache = UnitCache()
  let memo = PhaseMemo()
  let log: ServiceLog

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
  init(
    log: ServiceLog, configuration: KubeProxyConfiguration, addresses: AddressTable, interfaces: InterfaceTable,
    features: IPTablesFeatures = IPTablesFeatures()
  ) {
    self.log = log
    program = Program(addresses: addresses, interfaces: interfaces)
    shared = SharedRules(log: log, configuration: configuration, addresses: addresses, features: features)
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
    // Of input only the mark's bit, blocks and interface names enter, each read to its own type before: a bug of ours.
    guard let compiled = try? program.compile(rules, shared: CompiledRules.sharedChains) else {
      preconditionFailure("kube-proxy's own base rules do not compile")
    }
    bases[rules] = compiled
    if family == .ipv4, firstBases.ipv4.isNone { firstBases.ipv4 = compiled }
    if family == .ipv6, firstBases.ipv6.isNone { firstBases.ipv6 = compiled }
    return compiled
  }

  /// Puts a real dump in the place of what kube-proxy would write.
  ///
  /// - Throws: what the kernel would refuse in it.
  func replace(_ id: NodeID, with rules: IPTablesRuleset, sets: [IPSet]) throws(RulesetProblems) {
    let compiled = try program.compile(rules, sets: sets)
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
  ///
  /// - Parameter isExact: whether the numbers of rules walked are this very node's, as traces want them, at a cost of
  ///   O(Service ports); otherwise they are those of a node with the latest versions and no endpoints of its own.
  func units(of node: NodeRulesets, family: IPFamily, isExact: Bool = false) -> NodeUnits {
    NodeUnits(rules: .passUnretained(self), family: family, isExact: isExact, view: node.view)
  }

  /// A unit's compiled rules, made now if no packet has asked before.
  private func compiled(_ unit: RuleUnitID) -> UnitID {
    if unit.index < units.count {
      let known = units[unit.index]
      if !known.isNone { return known }
    }
    return compile(unit)
  }

  /// A unit of a shared chain, from the cache if nothing has changed.
  fileprivate func unit(_ index: Int, for key: DispatchKey, _ asker: NodeUnits) -> UnitPlace? {
    if !asker.isExact, let word = UnitCache.key(index, key), let line = cache.find(word, asker, stamp: log.stamp) {
      return line.unit == .max ? nil : UnitPlace(UnitID(rawValue: line.unit), rulesBefore: line.rulesBefore)
    }
    return findUnit(index, for: key, asker)
  }

  @inline(never) private func findUnit(_ index: Int, for key: DispatchKey, _ asker: NodeUnits) -> UnitPlace? {
    guard let chain = DispatchChain(rawValue: key.slot.rawValue) else { return nil }
    let found = shared.find(
      index, in: chain, family: asker.family, key.protocol, key.destination, key.destinationPort, asker.view)
    let place = found.place.map { unit, rulesBefore in
      let before = asker.isExact ? counts(asker).rulesBefore(shared.port(of: unit), in: chain) : rulesBefore
      return UnitPlace(compiled(unit), rulesBefore: UInt32(truncatingIfNeeded: before))
    }
    if !asker.isExact, let since = found.since, let word = UnitCache.key(index, key) {
      cache.keep(
        UnitCache.Line(
          key: word, stamp: log.stamp, services: since.services.rawValue, endpoints: since.endpoints.rawValue,
          family: asker.family, unit: place?.unit.rawValue ?? .max, rulesBefore: place?.rulesBefore ?? 0))
    }
    return place
  }

  fileprivate func ruleCount(_ slot: SlotID, _ asker: NodeUnits) -> UInt32 {
    if !asker.isExact, let known = cache.sum(slot, asker.family, stamp: log.stamp) { return known }
    guard let chain = DispatchChain(rawValue: slot.rawValue) else { return 0 }
    if asker.isExact { return UInt32(truncatingIfNeeded: counts(asker).total[chain]) }
    let count = UInt32(truncatingIfNeeded: shared.ruleCount(in: chain, family: asker.family))
    cache.keep(count, slot, asker.family, stamp: log.stamp)
    return count
  }

  /// The numbers of rules of a node's own, kept until another node is asked for or something changes.
  private func counts(_ asker: NodeUnits) -> NodeDispatchCounts {
    if let exactCounts, exactCounts.holds(asker.view, asker.family, stamp: log.stamp) { return exactCounts }
    let made = NodeDispatchCounts(shared, asker.view, family: asker.family)
    exactCounts = made
    return made
  }

  @inline(never) private func compile(_ unit: RuleUnitID) -> UnitID {
    let cluster = shared.clusterUnit(of: unit)
    let beside = cluster.isNone || cluster == unit ? UnitID.none : compiled(cluster)
    let rules = shared.rules(of: unit)
    var parts: [RulesetFragment.Part] = []
    for chain in DispatchChain.allCases {
      let mine = rules.rules(in: chain)
      if !mine.isEmpty, let table = RuleTable(name: chain.table) {
        parts.append(RulesetFragment.Part(table, chain.name, mine))
      }
    }
    for chain in rules.chains { parts.append(RulesetFragment.Part(.nat, chain.name, chain.rules)) }
    let joined = log.family(of: shared.port(of: unit)) == .ipv4 ? firstBases.ipv4 : firstBases.ipv6
    // Names come in as hashes and comments alone, addresses and ports as values: what does not compile is a bug of ours.
    guard let made = try? program.compile(RulesetFragment(parts), joining: joined, beside: beside) else {
      preconditionFailure("a Service port's own rules do not compile")
    }
    while units.count <= unit.index { units.append(.none) }
    units[unit.index] = made
    return made
  }
}

/// Which units of Service ports a node's packet can meet.
///
/// The world holds its rules for as long as there are packets, so they are not counted here.
struct NodeUnits: UnitResolver, BitwiseCopyable {
  let rules: Unmanaged<CompiledRules>
  let family: IPFamily
  /// Whether the numbers of rules are the node's own.
  let isExact: Bool
  let view: NodeView

  func unit(_ index: Int, for key: DispatchKey) -> UnitPlace? {
    rules._withUnsafeGuaranteedRef { $0.unit(index, for: key, self) }
  }

  func ruleCount(_ slot: SlotID) -> UInt32 {
    rules._withUnsafeGuaranteedRef { $0.ruleCount(slot, self) }
  }
}
