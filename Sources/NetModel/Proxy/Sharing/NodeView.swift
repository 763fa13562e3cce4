// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How far a node's kube-proxy has applied each log, and which node it is.
public struct NodeView: Hashable, BitwiseCopyable, Sendable {
  /// The node.
  public let node: NodeID
  /// How far it has applied the log of Services.
  public var services: LogPoint
  /// How far it has applied the log of EndpointSlices.
  public var endpoints: LogPoint

  /// Makes a view; a new node knows nothing.
  public init(node: NodeID, services: LogPoint = .start, endpoints: LogPoint = .start) {
    self.node = node
    self.services = services
    self.endpoints = endpoints
  }
}

/// What makes one node's rules for a Service port differ from another's: nodes of equal class have equal rules.
///
/// Most ports have one class, `general`. A port that keeps traffic on its node has one more for each node that has
/// endpoints, but all without share the first; topology hints make one a zone or node that they name.
public struct RuleClass: Hashable, BitwiseCopyable, Sendable {
  /// The node, if its own endpoints matter and it has some.
  public var localNode: TopologyNameID = .none
  /// The node that topology narrows to.
  public var hintedNode: TopologyNameID = .none
  /// The zone that topology narrows to.
  public var hintedZone: TopologyNameID = .none
  /// Whether a source range of the port holds the node's own address.
  public var isInSourceRanges = false
  /// Which detector of local traffic the node has, if nodes differ in it.
  public var detector: UInt16 = 0

  /// The class of nodes for which nothing of their own matters.
  public static let general = RuleClass()

  init() {}
}

/// What is asked of one pair of versions of a port and its endpoints, to find a node's class quickly.
struct ClassKey: Sendable {
  /// Nodes whose own endpoints matter, sorted.
  private let localNodes: [TopologyNameID]
  /// Nodes that hints name, sorted, if node hints count.
  private let hintedNodes: [TopologyNameID]
  /// Zones that hints name, sorted, if zone hints count.
  private let hintedZones: [TopologyNameID]
  private let hasRanges: Bool
  private let needsDetector: Bool
  private let hasDuplicates: Bool

  /// Looks a pair of versions over.
  init(_ port: ServicePort, _ endpoints: ServiceEndpoints, names: TopologyNames, detectorsDiffer: Bool) {
    localNodes =
      if endpoints.hasDuplicates {
        Self.sortedSet(endpoints.all.map(\.node))
      } else if port.usesLocalEndpoints {
        Self.sortedSet(endpoints.all.filter(\.isUsable).map(\.node))
      } else {
        []
      }
    let ready = port.usesClusterEndpoints && !endpoints.isAlikeEverywhere ? endpoints.all.filter(\.isReady) : []
    hintedNodes =
      endpoints.allHaveNodeHints || endpoints.hasDuplicates
      ? Self.sortedSet(ready.flatMap { names[$0.hints]?.nodes ?? [] }) : []
    hintedZones =
      endpoints.allHaveZoneHints || endpoints.hasDuplicates
      ? Self.sortedSet(ready.flatMap { names[$0.hints]?.zones ?? [] }) : []
    hasRanges = !port.loadBalancerVIPs.isEmpty && !port.loadBalancerSourceRanges.isEmpty
    needsDetector = detectorsDiffer
    hasDuplicates = endpoints.hasDuplicates
  }

  /// Whether nodes differ by their own endpoints, so that what does not is worth a unit of its own.
  var isSplit: Bool { !localNodes.isEmpty }

  /// The class for that part: only what Cluster policy asks.
  func clusterClass(_ whole: RuleClass) -> RuleClass {
    var result = whole
    if !hasDuplicates { result.localNode = .none }
    result.isInSourceRanges = false
    return result
  }

  /// Whether all nodes are of class `general`.
  var isGeneral: Bool {
    localNodes.isEmpty && hintedNodes.isEmpty && hintedZones.isEmpty && !hasRanges && !needsDetector
  }

  /// The class of one node.
  func ruleClass(_ port: ServicePort, place: TopologyPlace, proxy: IPTablesProxy, detector: UInt16) -> RuleClass {
    var result = RuleClass()
    if Self.contains(localNodes, place.node) { result.localNode = place.node }
    if Self.contains(hintedNodes, place.node) { result.hintedNode = place.node }
    // With a node's own hint the zone's does not count, but a class too many does no harm when duplicates blur it.
    if result.hintedNode.isNone, Self.contains(hintedZones, place.zone) { result.hintedZone = place.zone }
    if hasRanges { result.isInSourceRanges = proxy.isAllowedByRanges(of: port) }
    if needsDetector { result.detector = detector }
    return result
  }

  private static func sortedSet(_ ids: [TopologyNameID]) -> [TopologyNameID] {
    var result: [TopologyNameID] = []
    for id in ids.sorted() where !id.isNone && id != result.last { result.append(id) }
    return result
  }

  private static func contains(_ sorted: [TopologyNameID], _ id: TopologyNameID) -> Bool {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low] == id
  }
}
