// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `RuleUnitID` numbers: the rules of one Service port, as of one point, for one class of nodes.
public enum RuleUnitRow {}
/// The number of a unit of rules in one `SharedRules`.
public typealias RuleUnitID = ID<RuleUnitRow>

/// The rules of all nodes, each Service port's made once for all nodes that see it alike, when first asked for.
///
/// A node is a `NodeView`, two numbers beside its identity; it costs nothing else. A unit is found by the port, the last
/// versions that the view has reached, and the node's class for them. On the way of a packet that is one row of twelve
/// bytes as long as the node has reached the latest versions and all nodes see the port alike; otherwise a search among
/// the versions that nodes still ask about.
public final class SharedRules {
  /// The versions of all Services and endpoints.
  public let log: ServiceLog
  let configuration: KubeProxyConfiguration
  let features: IPTablesFeatures
  let addresses: AddressTable
  private let detectorsDiffer: Bool

  private var nodes: [NodeEntry?] = []
  private var detectors: [LocalTrafficDetector] = []
  var latest: [LatestUnit] = []
  var sets: [[UnitSet]] = []
  private var units: [Unit] = []
  var doors = DoorIndex()
  var seenChanges = 0
  var order = DispatchOrder()

  private struct NodeEntry {
    let node: ProxyNode
    let place: TopologyPlace
    let ipv4: IPTablesProxy
    let ipv6: IPTablesProxy
    let detectors: (UInt16, UInt16)
  }

  /// The unit that every node sees which has reached both points; none when it must be looked for.
  struct LatestUnit: BitwiseCopyable {
    var services: LogPoint
    var endpoints: LogPoint
    var unit: RuleUnitID
  }

  /// The units of one pair of versions, by class.
  struct UnitSet {
    let portSerial: UInt32
    let endpointsSerial: UInt32
    let key: ClassKey
    var units: [RuleClass: RuleUnitID] = [:]
    var clusterUnits: [RuleClass: RuleUnitID] = [:]
  }

  private struct Unit {
    let row: ServicePortID
    /// Empty once forgotten.
    var rules: ServicePortRules
    /// The unit whose chains these jump to as well; none when they are complete.
    let cluster: RuleUnitID
  }

  /// Makes the rules of a cluster whose kube-proxies share one configuration.
  public init(
    log: ServiceLog, configuration: KubeProxyConfiguration, addresses: AddressTable,
    features: IPTablesFeatures = IPTablesFeatures()
  ) {
    self.log = log
    self.configuration = configuration
    self.features = features
    self.addresses = addresses
    detectorsDiffer = configuration.detectLocalMode == .nodeCIDR
  }

  /// A node joined, or its addresses, zone or pod blocks changed.
  public func setNode(_ id: NodeID, _ node: ProxyNode) {
    while nodes.count <= id.index { nodes.append(nil) }
    let place = log.names.place(node: node.name, zone: node.zone)
    let ipv4 = IPTablesProxy(configuration, node: node, family: .ipv4, features: features)
    let ipv6 = IPTablesProxy(configuration, node: node, family: .ipv6, features: features)
    nodes[id.index] = NodeEntry(
      node: node, place: place, ipv4: ipv4, ipv6: ipv6,
      detectors: detectorsDiffer ? (number(of: ipv4.detector), number(of: ipv6.detector)) : (0, 0))
  }

  /// The kube-proxy of a node; nil for a node that was never set.
  public func proxy(of node: NodeID, family: IPFamily) -> IPTablesProxy? {
    entry(of: node).map { family == .ipv4 ? $0.ipv4 : $0.ipv6 }
  }

  private func entry(of node: NodeID) -> NodeEntry? { node.index < nodes.count ? nodes[node.index] : nil }

  private func number(of detector: LocalTrafficDetector) -> UInt16 {
    if let known = detectors.firstIndex(of: detector) { return UInt16(truncatingIfNeeded: known) }
    detectors.append(detector)
    return UInt16(truncatingIfNeeded: detectors.count - 1)
  }
}

// Units.
extension SharedRules {
  /// The unit of a port's rules on a node; none when the node does not know the port.
  ///
  /// - Complexity: O(1) on the latest versions of a port that all nodes see alike.
  public func unit(for port: ServicePortID, _ view: NodeView) -> RuleUnitID {
    if seenChanges != log.changes.count || !log.isSettled { catchUp() }
    guard port.index < latest.count else { return .none }
    let known = latest[port.index]
    if !known.unit.isNone, view.services >= known.services, view.endpoints >= known.endpoints { return known.unit }
    return findUnit(port, view)
  }

  /// The rules of a unit; they may jump to chains of `clusterUnit`.
  public func rules(of unit: RuleUnitID) -> ServicePortRules { units[unit.index].rules }

  /// The unit that holds the Cluster policy chain and its endpoints' chains, where nodes differ by their own endpoints:
  /// a thousand nodes with one endpoint each must not have a thousand chains of a thousand. None for a complete unit.
  public func clusterUnit(of unit: RuleUnitID) -> RuleUnitID { units[unit.index].cluster }

  /// The port that a unit's rules belong to.
  public func port(of unit: RuleUnitID) -> ServicePortID { units[unit.index].row }

  /// The number of units made so far.
  public var unitCount: Int { units.count }

  /// Drops the versions and the units that no node sees any more because all have passed these points.
  ///
  /// - Complexity: O(ports and versions); worth it now and then in a long run.
  public func forget(services: LogPoint, endpoints: LogPoint) {
    log.forget(services: services, endpoints: endpoints)
    catchUp()
    for i in sets.indices {
      let oldest = log.oldestSerials(ServicePortID(rawValue: UInt32(i)))
      sets[i].removeAll { set in
        guard set.portSerial < oldest.port || set.endpointsSerial < oldest.endpoints else { return false }
        for unit in set.units.values { units[unit.index].rules = ServicePortRules() }
        for unit in set.clusterUnits.values { units[unit.index].rules = ServicePortRules() }
        return true
      }
    }
  }

  @inline(never)
  private func findUnit(_ id: ServicePortID, _ view: NodeView) -> RuleUnitID {
    guard let node = entry(of: view.node) else { return .none }
    let (portSerial, placed) = log.port(id, at: view.services)
    guard let port = placed?.port else { return .none }
    let (endpointsSerial, endpoints) = log.endpoints(id, at: view.endpoints)
    let set = unitSet(id, port, portSerial, endpoints, endpointsSerial)
    let proxy = log.family(of: id) == .ipv4 ? node.ipv4 : node.ipv6
    let detector = log.family(of: id) == .ipv4 ? node.detectors.0 : node.detectors.1
    let key = sets[id.index][set].key
    let ruleClass =
      key.isGeneral ? .general : key.ruleClass(port, place: node.place, proxy: proxy, detector: detector)
    let unit: RuleUnitID
    if let known = sets[id.index][set].units[ruleClass] {
      unit = known
    } else {
      let plan = ServicePlan(port, EndpointCategories(endpoints, of: port, at: node.place, names: log.names))
      unit = makeUnit(id, set, ruleClass, plan, proxy)
    }
    if key.isGeneral {
      let points = log.latestPoints(id)
      if view.services >= points.services, view.endpoints >= points.endpoints {
        latest[id.index] = LatestUnit(services: points.services, endpoints: points.endpoints, unit: unit)
      }
    }
    return unit
  }

  private func makeUnit(
    _ id: ServicePortID, _ set: Int, _ ruleClass: RuleClass, _ plan: ServicePlan, _ proxy: IPTablesProxy
  ) -> RuleUnitID {
    let key = sets[id.index][set].key
    var cluster = RuleUnitID.none
    if key.isSplit, plan.usesClusterPolicyChain {
      let clusterClass = key.clusterClass(ruleClass)
      if let known = sets[id.index][set].clusterUnits[clusterClass] {
        cluster = known
      } else {
        cluster = append(Unit(row: id, rules: proxy.clusterRules(for: plan), cluster: .none))
        sets[id.index][set].clusterUnits[clusterClass] = cluster
      }
    }
    let rules = cluster.isNone ? proxy.rules(for: plan) : proxy.nodeRules(for: plan)
    let unit = append(Unit(row: id, rules: rules, cluster: cluster))
    sets[id.index][set].units[ruleClass] = unit
    return unit
  }

  private func append(_ unit: Unit) -> RuleUnitID {
    units.append(unit)
    return RuleUnitID(rawValue: UInt32(units.count - 1))
  }

  private func unitSet(
    _ id: ServicePortID, _ port: ServicePort, _ portSerial: UInt32, _ endpoints: ServiceEndpoints,
    _ endpointsSerial: UInt32
  ) -> Int {
    let known = sets[id.index].lastIndex { $0.portSerial == portSerial && $0.endpointsSerial == endpointsSerial }
    if let known { return known }
    let key = ClassKey(port, endpoints, names: log.names, detectorsDiffer: detectorsDiffer)
    sets[id.index].append(UnitSet(portSerial: portSerial, endpointsSerial: endpointsSerial, key: key))
    return sets[id.index].count - 1
  }

  /// Takes note of new versions: the latest unit of their rows is no longer known, and new doors are open.
  @inline(never)
  func catchUp() {
    log.settle()
    let none = LatestUnit(services: .start, endpoints: .start, unit: .none)
    while latest.count < log.count {
      latest.append(none)
      sets.append([])
    }
    for change in log.changes[seenChanges...] {
      latest[change.row.index].unit = .none
      if change.isPort { addDoors(of: change.row) }
    }
    seenChanges = log.changes.count
  }
}

// What only a whole node's text or a trace asks for.
extension SharedRules {
  /// How many rules of other Services come before a port's own in a shared chain: what Linux would have walked.
  ///
  /// Counted over the latest versions, as a node without endpoints of its own sees them; `NodeDispatchCounts` has
  /// one node's own.
  public func rulesBefore(_ port: ServicePortID, in chain: DispatchChain) -> Int {
    refreshOrder()
    return order.rulesBefore(port, in: chain)
  }

  /// How many rules of Services a shared chain has in all, as `rulesBefore` counts them.
  public func ruleCount(in chain: DispatchChain, family: IPFamily) -> Int {
    refreshOrder()
    return order.ruleCount(in: chain, family: family)
  }

  /// The ports that a node knows, in the order in which its rules stand: by namespace, name, and place in the manifest.
  public func ports(_ view: NodeView, family: IPFamily) -> [ServicePortID] {
    DispatchOrder.sorted(log, family: family, at: view.services)
  }

  /// The whole text of one node.
  public func ruleset(_ view: NodeView, family: IPFamily, extras: IPTablesProxy.Extras = []) -> IPTablesRuleset? {
    guard let node = entry(of: view.node) else { return nil }
    let proxy = family == .ipv4 ? node.ipv4 : node.ipv6
    let total = log.endpointCount(family: family, services: view.services, endpoints: view.endpoints)
    let isLargeCluster = total > IPTablesProxy.largeClusterThreshold
    let rules = ports(view, family: family).lazy.compactMap { id -> ServicePortRules? in
      guard let plan = self.plan(of: id, view) else { return nil }
      return proxy.rules(for: plan, isLargeCluster: isLargeCluster)
    }
    return proxy.ruleset(rules, extras: extras)
  }

  /// What a node's kube-proxy decides about a port; nil when it does not know the port.
  public func plan(of id: ServicePortID, _ view: NodeView) -> ServicePlan? {
    guard let node = entry(of: view.node), let port = log.port(id, at: view.services).value?.port else { return nil }
    let endpoints = log.endpoints(id, at: view.endpoints).value
    return ServicePlan(port, EndpointCategories(endpoints, of: port, at: node.place, names: log.names))
  }

  func refreshOrder() {
    log.settle()
    let counts = features.countsLocalhostNodePorts && configuration.localhostNodePorts
    order.refresh(log, countsLocalhostNodePorts: counts)
  }
}
