// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Which endpoints of a Service port one node uses, for which traffic.
///
/// The rule:
/// - *Cluster* endpoints, for a port that uses them: the ready ones that topology lets through; when there is none, those
///   that serve although they terminate, wherever they are.
/// - *Local* endpoints, for a port that uses them: the ready ones on this node; when there is none, those on this node
///   that serve although they terminate. Topology has no say. The two fall back independently of each other.
/// - *Reachable* endpoints get a chain: the union of both.
/// - The Service *has any endpoints* when one could be used somewhere in the cluster.
///
/// Topology reads the hints of ready endpoints only, all or nothing: when all have node hints and one names this node,
/// those that name it are let through; else when all have zone hints and one names this node's zone, those that name
/// it; else all.
///
/// Source: pkg/proxy/topology.go, CategorizeEndpoints and topologyModeFromHints; the node hints need the gate
/// PreferSameTrafficDistribution, on by default since v1.35.
public struct EndpointCategories: Hashable, Sendable {
  /// Usable by Cluster policy; empty when the port never uses it.
  public let cluster: [ServiceEndpoint]
  /// Usable by Local policy; empty when the port never uses it.
  public let local: [ServiceEndpoint]
  /// The union of both, in kube-proxy's order.
  public let reachable: [ServiceEndpoint]
  /// Whether an endpoint could be used somewhere, if not here.
  public let hasAnyEndpoints: Bool

  /// How topology narrows the Cluster endpoints of one node.
  public enum Topology: Hashable, BitwiseCopyable, Sendable {
    /// Not at all.
    case everything
    /// To those hinted for this node.
    case sameNode(TopologyNameID)
    /// To those hinted for this zone.
    case sameZone(TopologyNameID)
  }

  /// Sorts out the endpoints of a port for one node.
  public init(_ endpoints: ServiceEndpoints, of port: ServicePort, at place: TopologyPlace, names: TopologyNames) {
    let all = endpoints.resolved(for: place.node)
    let known = endpoints.hasDuplicates ? ServiceEndpoints(all, names: names) : endpoints
    hasAnyEndpoints = known.hasUsable
    var topology = Topology.everything
    if port.usesClusterEndpoints {
      topology = Topology(known, at: place, names: names)
      let ready = all.filter { $0.isReady && topology.lets($0, names: names) }
      cluster = ready.isEmpty ? all.filter(\.isServingTerminating) : ready
    } else {
      cluster = []
    }
    guard port.usesLocalEndpoints else {
      local = []
      reachable = cluster
      return
    }
    let here = all.filter { $0.isLocal(to: place.node) }
    let ready = here.filter(\.isReady)
    local = ready.isEmpty ? here.filter(\.isServingTerminating) : ready
    if !port.usesClusterEndpoints {
      reachable = local
    } else if topology == .everything, !ready.isEmpty || local.isEmpty {
      reachable = cluster
    } else {
      // Both lists are parts of `all` and in its order, so one pass joins them.
      var joined: [ServiceEndpoint] = []
      var c = 0
      var l = 0
      for endpoint in all {
        let inCluster = c < cluster.count && cluster[c] == endpoint
        let inLocal = l < local.count && local[l] == endpoint
        if inCluster { c += 1 }
        if inLocal { l += 1 }
        if inCluster || inLocal { joined.append(endpoint) }
      }
      reachable = joined
    }
  }
}

extension EndpointCategories.Topology {
  /// What the hints say to a node.
  public init(_ endpoints: ServiceEndpoints, at place: TopologyPlace, names: TopologyNames) {
    if endpoints.allHaveNodeHints, Self.sameNode(place.node).letsSome(of: endpoints, names: names) {
      self = .sameNode(place.node)
    } else if endpoints.allHaveZoneHints, Self.sameZone(place.zone).letsSome(of: endpoints, names: names) {
      self = .sameZone(place.zone)
    } else {
      self = .everything
    }
  }

  /// Whether an endpoint is let through.
  public func lets(_ endpoint: ServiceEndpoint, names: TopologyNames) -> Bool {
    switch self {
    case .everything: true
    case .sameNode(let node): names[endpoint.hints]?.nodes.contains(node) ?? false
    case .sameZone(let zone): names[endpoint.hints]?.zones.contains(zone) ?? false
    }
  }

  private func letsSome(of endpoints: ServiceEndpoints, names: TopologyNames) -> Bool {
    endpoints.all.contains { $0.isReady && lets($0, names: names) }
  }
}
