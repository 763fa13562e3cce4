// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Who reaches what: every door of every Service, asked from every class of source, with exact probabilities.
public struct ReachabilityMatrix: Sendable {
  /// The doors, by family, in the order in which kube-proxy writes the Services' rules.
  public var doors: [Door] = []

  /// Where a connection may come from, as seen from the node whose rules it meets first.
  public enum Source: String, Hashable, Sendable, CaseIterable {
    /// A pod of the node, none of the Service's own.
    case podOnNode = "pod on node"
    /// A process of the node.
    case node
    /// A pod of another node.
    case podElsewhere = "pod elsewhere"
    /// Outside the cluster.
    case outside
  }

  /// A kind of address that a Service is reached by.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case clusterIP = "cluster IP"
    case externalIP = "external IP"
    case loadBalancer = "load balancer"
    case nodePort = "node port"
    case healthCheck = "health check"
  }

  /// One address and port of a Service, at nodes whose rules send all sources to the same places.
  public struct Door: Sendable {
    /// The Service port.
    public var port: ServicePortName
    /// What kind of address it is.
    public var kind: Kind
    /// The address asked for; of a node port, the first node's.
    public var socket: SocketAddress
    /// The nodes that it is so at, in the cluster's order; the first was asked.
    public var nodes: [String]
    /// The answer by source; nil where the node has no such source.
    public var answers: [Source: ProbeResult]

    /// Whether all answers are the same.
    public func answersAs(_ other: Door) -> Bool {
      Source.allCases.allSatisfy { source in
        switch (answers[source], other.answers[source]) {
        case (nil, nil): true
        case (let a?, let b?): a.hasSameOutcome(as: b)
        default: false
        }
      }
    }
  }
}

extension ProbeResult {
  /// Whether two answers agree: verdict, masquerade, and each endpoint's probability within 1e-6.
  public func hasSameOutcome(as other: ProbeResult) -> Bool {
    guard verdict == other.verdict, masquerade == other.masquerade, endpoints == other.endpoints else { return false }
    return zip(probabilities, other.probabilities).allSatisfy { abs($0.probability - $1.probability) <= 1e-6 }
  }
}

extension SimulatedCluster {
  /// Asks every door of every Service from every class of source, as things are now.
  ///
  /// Of nodes whose rules for a port are alike one is asked.
  ///
  /// - Throws: when a walked packet meets what is not modelled.
  /// - Complexity: O(Service ports x (nodes + endpoints^2)).
  public func matrix() throws(ProbeProblem) -> ReachabilityMatrix {
    var matrix = ReachabilityMatrix()
    let nodes = simulation.model.control.nodes
    guard !nodes.isEmpty else { return matrix }
    let shared = simulation.model.rules.shared
    let views = nodes.indices.map { simulation.model.rules.node(NodeID(index: $0)).view }
    let sources = MatrixSources(simulation.model)
    for family in IPFamily.allCases {
      for port in shared.ports(views[0], family: family) {
        guard let known = shared.log.port(port, at: views[0].services).value?.port else { continue }
        let groups = nodeGroups(port, views, shared)
        for (kind, address, number) in doors(known) {
          var found: [ReachabilityMatrix.Door] = []
          for group in groups {
            guard let node = group.first, let own = nodes[node].internalIPs.first(where: { $0.family == family }) else {
              continue
            }
            let socket = SocketAddress(address ?? own, number)
            var door = ReachabilityMatrix.Door(
              port: known.name, kind: kind, socket: socket, nodes: group.map { nodes[$0].metadata.name }, answers: [:])
            for source in ReachabilityMatrix.Source.allCases {
              guard let from = sources.address(source, node, family) else { continue }
              let transport = kind == .healthCheck ? .tcp : known.name.protocol
              door.answers[source] = try probe(
                ProbeQuestion(
                  via: nodes[node].metadata.name, from: .address(from), to: .socket(socket), protocol: transport))
            }
            if let same = found.firstIndex(where: { $0.answersAs(door) }) {
              found[same].nodes += door.nodes
            } else {
              found.append(door)
            }
          }
          matrix.doors += found
        }
      }
    }
    return matrix
  }

  /// The doors of a port: kind, address (none for a node's own) and port.
  private func doors(_ port: ServicePort) -> [(ReachabilityMatrix.Kind, Address?, UInt16)] {
    var doors: [(ReachabilityMatrix.Kind, Address?, UInt16)] = [(.clusterIP, port.clusterIP, port.port)]
    doors += port.externalIPs.map { (.externalIP, $0, port.port) }
    doors += port.loadBalancerVIPs.map { (.loadBalancer, $0, port.port) }
    if let nodePort = port.nodePort { doors.append((.nodePort, nil, nodePort)) }
    if let healthCheck = port.healthCheckNodePort { doors.append((.healthCheck, nil, healthCheck)) }
    return doors
  }

  /// The nodes by what decides on their rules for a port: endpoints of their own, and which of all they use.
  private func nodeGroups(_ port: ServicePortID, _ views: [NodeView], _ shared: SharedRules) -> [[Int]] {
    struct Key: Hashable {
      var hasLocal: Bool
      var cluster: [ServiceEndpoint]
    }
    var places: [Key: Int] = [:]
    var groups: [[Int]] = []
    for (node, view) in views.enumerated() {
      guard let plan = shared.plan(of: port, view) else { continue }
      let usesLocal = plan.port.usesLocalEndpoints
      let key = Key(hasLocal: usesLocal && !plan.endpoints.local.isEmpty, cluster: plan.endpoints.cluster)
      // Which endpoints of its own a node uses is told apart by the answers; one with some stands for itself.
      if key.hasLocal {
        groups.append([node])
      } else if let known = places[key] {
        groups[known].append(node)
      } else {
        places[key] = groups.count
        groups.append([node])
      }
    }
    return groups
  }
}

/// An address for each class of source at each node.
private struct MatrixSources {
  private let nodes: [Node]
  private let clients: [Prefix]
  private let pods: [Int: [Address]]

  init(_ world: borrowing World) {
    nodes = world.control.nodes
    clients = world.specification.network.clientCIDRs
    var pods: [Int: [Address]] = [:]
    for id in world.pods.ids {
      pods[world.pods[id].node.index, default: []] += world.control.pods[id.index].pod.podIPs
    }
    self.pods = pods
  }

  func address(_ source: ReachabilityMatrix.Source, _ node: Int, _ family: IPFamily) -> Address? {
    switch source {
    case .podOnNode: pod(of: node, family)
    case .node: nodes[node].internalIPs.first { $0.family == family }
    case .podElsewhere:
      nodes.indices.lazy.filter { $0 != node }.compactMap { pod(of: $0, family) }.first
    case .outside:
      clients.first { $0.family == family }.flatMap { last($0) }
        ?? (family == .ipv6 ? Prefix("2001:db8:ffff::/48") : Prefix("192.0.2.0/24")).flatMap { last($0) }
    }
  }

  /// An address of the node's block that no pod is likely to have, else a pod's.
  private func pod(of node: Int, _ family: IPFamily) -> Address? {
    if let block = nodes[node].podCIDRs.first(where: { $0.family == family }), let last = last(block) { return last }
    return pods[node]?.first { $0.family == family }
  }

  /// The last address of a block but one.
  private func last(_ block: Prefix) -> Address? { block.address(at: max(block.count, 2) - 2) }
}
