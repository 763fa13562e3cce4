// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// Pods that controllers make while the run goes on.
extension ControlPlane {
  /// A further pod of a controller, bound and with addresses; nil when no node fits or no address is left.
  ///
  /// - Parameter wanted: the node that a DaemonSet's pod is for; left out, the scheduler picks one.
  func newPod(of index: Int, on wanted: NodeID = .none, at now: SimTime) -> PodObject? {
    let controller = controllers[index].controller
    let node: NodeID
    if wanted.isNone {
      guard let found = scheduled(index) else { return nil }
      node = found
    } else {
      node = wanted
    }
    let name = nodes[node.index].metadata.name
    let ordinal = nextOrdinal(of: index)
    var pod = ClusterAssembly.pod(of: controller, ordinal: ordinal, node: wanted.isNone ? "" : name)
    pod.spec.nodeName = name
    var taken: Set<Address> = []
    for node in nodes { taken.formUnion(node.internalIPs) }
    for object in pods { taken.formUnion(object.pod.podIPs) }
    var free = PodAddresses(nodes: nodes, taken: taken)
    guard let given = free.next(on: node.index, for: pod.spec) else { return nil }
    pod.podIPs = given
    return PodObject(pod: pod, node: node, created: now, isReady: false, controller: index, ordinal: ordinal)
  }

  private func nextOrdinal(of index: Int) -> Int {
    guard controllers[index].controller.kind == .statefulSet else {
      defer { controllers[index].nextOrdinal += 1 }
      return controllers[index].nextOrdinal
    }
    // A StatefulSet fills the lowest gap; a pod that is going still has its name.
    let used = Set(pods.lazy.filter { $0.controller == index && $0.exists }.map(\.ordinal))
    var ordinal = 0
    while used.contains(ordinal) { ordinal += 1 }
    return ordinal
  }

  /// The node for one more pod of a controller: of those with the fewest of its pods, the one with the fewest of all.
  private func scheduled(_ index: Int) -> NodeID? {
    var scheduler = PodScheduler(nodes: nodes)
    var ofOwner = Array(repeating: 0, count: nodes.count)
    for object in pods where object.exists && !object.node.isNone {
      scheduler.occupy(object.node.index)
      if object.controller == index, !object.pod.isTerminating { ofOwner[object.node.index] += 1 }
    }
    scheduler.start()
    let order = scheduler.place(nodes.count, spec: controllers[index].controller.template).compactMap { $0 }
    guard let fewest = order.map({ ofOwner[$0] }).min(), let node = order.first(where: { ofOwner[$0] == fewest })
    else { return nil }
    return NodeID(index: node)
  }

  /// Nodes on which a DaemonSet has no pod and wants one.
  ///
  /// A pod that is going keeps its place until it is gone, and a cordon does not count: its pods tolerate
  /// `node.kubernetes.io/unschedulable`. Source: pkg/controller/daemon/daemon_controller.go, podsShouldBeOnNode.
  func nodesWithoutPod(ofDaemonSet index: Int) -> [NodeID] {
    let controller = controllers[index].controller
    var hasPod = Array(repeating: false, count: nodes.count)
    for object in pods where object.controller == index && object.exists && !object.node.isNone {
      hasPod[object.node.index] = true
    }
    return nodes.indices.filter {
      !hasPod[$0] && nodes[$0].metadata.labels.matches(controller.template.nodeSelector)
    }.map { NodeID(index: $0) }
  }
}
