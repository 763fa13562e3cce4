// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// All endpoints of one Service port at one point of the log, with what tells at a glance which nodes see them alike.
public struct ServiceEndpoints: Hashable, Sendable {
  /// The endpoints in kube-proxy's order.
  public let all: [ServiceEndpoint]
  /// Whether some `ip:port` occurs twice, with different facts.
  public let hasDuplicates: Bool
  /// Whether some endpoint is ready, or serves while terminating.
  public let hasUsable: Bool
  /// Whether some endpoint is ready and every ready one has node hints.
  public let allHaveNodeHints: Bool
  /// Whether some endpoint is ready and every ready one has zone hints.
  public let allHaveZoneHints: Bool

  /// No endpoints.
  public static let none = ServiceEndpoints([], names: TopologyNames())

  /// Looks endpoints over; they must be in kube-proxy's order.
  public init(_ all: [ServiceEndpoint], names: TopologyNames) {
    self.all = all
    var duplicates = false
    var usable = false
    var ready = false
    var nodeHints = true
    var zoneHints = true
    for (i, endpoint) in all.enumerated() {
      if i > 0, all[i - 1].socket == endpoint.socket { duplicates = true }
      if endpoint.isUsable { usable = true }
      guard endpoint.isReady else { continue }
      ready = true
      let hints = names[endpoint.hints]
      if hints?.nodes.isEmpty ?? true { nodeHints = false }
      if hints?.zones.isEmpty ?? true { zoneHints = false }
    }
    hasDuplicates = duplicates
    hasUsable = usable
    allHaveNodeHints = ready && nodeHints
    allHaveZoneHints = ready && zoneHints
  }

  /// The number of different `ip:port`.
  public var countOfSockets: Int { hasDuplicates ? resolved(for: .none).count : all.count }

  /// Whether every node sees these endpoints alike as long as only Cluster policy is asked for.
  public var isAlikeEverywhere: Bool { !hasDuplicates && !allHaveNodeHints && !allHaveZoneHints }

  /// Whether some endpoint here runs on this node.
  public func hasLocal(to node: TopologyNameID) -> Bool {
    !node.isNone && all.contains { $0.node == node }
  }

  /// The endpoints with one entry for each `ip:port`: the first, or the last one that runs on this node.
  ///
  /// Source: pkg/proxy/endpointslicecache.go, addEndpoints: an entry replaces another only if it is local.
  public func resolved(for node: TopologyNameID) -> [ServiceEndpoint] {
    guard hasDuplicates else { return all }
    var result: [ServiceEndpoint] = []
    for endpoint in all {
      if let last = result.last, last.socket == endpoint.socket {
        if endpoint.isLocal(to: node) { result[result.count - 1] = endpoint }
      } else {
        result.append(endpoint)
      }
    }
    return result
  }
}
