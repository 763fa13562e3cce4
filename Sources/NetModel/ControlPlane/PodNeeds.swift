// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How many pods there will be and how many addresses there are, counted before any is made.
struct PodNeeds {
  /// The most pods of a cluster (chosen: ten times what Kubernetes supports; what they take fits a small machine).
  static let most = 1_500_000

  private let pods: Int
  private let addressed: Int
  private let room: [UInt64]

  /// Counts the pods given and those that controllers make, at the least.
  init(_ cluster: ClusterSpecification, nodes: [Node]) {
    room = nodes.map(PodNeeds.room)
    var made = 0
    var addressed = 0
    // A pod that no node takes stays Pending and needs no address.
    let takesAny = nodes.contains { !$0.isUnschedulable }
    let isTaken = { (spec: PodSpec) in
      spec.nodeSelector.isEmpty
        ? takesAny : nodes.contains { !$0.isUnschedulable && $0.metadata.labels.matches(spec.nodeSelector) }
    }
    for controller in cluster.controllers where controller.kind != .daemonSet {
      made += controller.replicas
      if !controller.template.hostNetwork, isTaken(controller.template) { addressed += controller.replicas }
    }
    // Pods that are given count towards their owner's replicas; which are whose is settled later, so any may.
    let given = cluster.pods.count
    pods = given + max(0, made - given)
    self.addressed =
      max(0, addressed - given)
      + cluster.pods.count {
        !$0.spec.hostNetwork && $0.podIPs.isEmpty && ($0.spec.nodeName != nil || isTaken($0.spec))
      }
  }

  /// How many pods a node's blocks have addresses for.
  private static func room(on node: Node) -> UInt64 {
    node.podCIDRs.map { block in
      // The network's, the bridge's, and IPv4's broadcast.
      let kept: UInt64 = block.family == .ipv4 ? 3 : 2
      return block.count > kept ? block.count - kept : 0
    }.min() ?? 0
  }

  /// What is wrong, and what would mend it; nil when everything fits.
  func problem(areNodesGiven: Bool) -> (message: String, hint: String)? {
    if pods > PodNeeds.most {
      return ("\(pods) pods are more than \(PodNeeds.most)", "take fewer replicas")
    }
    let total = room.reduce(UInt64(0)) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
    guard UInt64(addressed) > total, let each = room.max(), each > 0 else { return nil }
    let wanted = (UInt64(addressed) + each - 1) / each
    let nodes = areNodesGiven ? "give more Nodes" : "set cluster.nodes (--set cluster.nodes=\(wanted))"
    let places = room.count == 1 ? "one node" : "\(room.count) nodes"
    return (
      "\(addressed) pods do not fit: \(places) × \(each) pod addresses", "\(nodes), or blocks wider than a /24 to Nodes"
    )
  }
}
