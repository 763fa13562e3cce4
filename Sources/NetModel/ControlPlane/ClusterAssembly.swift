// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Puts a cluster's objects together before the first packet: what the API server, the scheduler and the CNI plugin
/// would have given them by the time everything has settled.
struct ClusterAssembly {
  let specification: WorldSpecification
  private(set) var problems: [AssemblyProblem] = []
  private(set) var nodes: [Node] = []
  private(set) var services: [Service] = []
  private(set) var pods: [AssembledPod] = []
  private var nodeIndex: [String: Int] = [:]
  private var takenAddresses: Set<Address> = []

  /// A pod with its node, and the controller that made it.
  struct AssembledPod {
    var pod: Pod
    var node: Int
    var controller = -1
    var ordinal = 0
  }

  /// Assembles everything; `problems` says what could not be done.
  init(_ specification: WorldSpecification) {
    self.specification = specification
    assembleNodes()
    assembleServices()
    assemblePods()
  }

  private mutating func problem(_ kind: String, _ name: NamespacedName, _ message: String, hint: String = "") {
    problems.append(AssemblyProblem(kind: kind, object: name, message: message, hint: hint))
  }

  // MARK: Nodes

  private mutating func assembleNodes() {
    let cluster = specification.cluster
    nodes = cluster.nodes
    var names = Set(nodes.map(\.metadata.name))
    // A nodeName without a Node makes one.
    let mentioned =
      cluster.pods.compactMap(\.spec.nodeName) + cluster.localAddresses.map(\.node)
      + cluster.rulesFrom.map(\.node)
      + cluster.endpointSlices.flatMap { $0.endpoints.compactMap(\.nodeName) }
    let wanted = nodes.isEmpty ? (1...max(cluster.nodeCount, 1)).map { "node-\($0)" } : []
    for name in wanted + mentioned where names.insert(name).inserted {
      nodes.append(Node(metadata: ObjectMeta(name: name)))
    }
    // A host-network pod tells the addresses of a node that has not said them itself.
    for pod in cluster.pods where pod.spec.hostNetwork && !pod.podIPs.isEmpty {
      let index = nodes.firstIndex { $0.metadata.name == pod.spec.nodeName }
      guard let index, nodes[index].internalIPs.isEmpty else { continue }
      nodes[index].addresses += pod.podIPs.map { Node.NodeAddress(type: "InternalIP", address: $0.description) }
    }
    for node in nodes { takenAddresses.formUnion(node.internalIPs) }
    for pod in cluster.pods { takenAddresses.formUnion(pod.podIPs) }
    // One problem a block, however many nodes find nothing in it.
    var exhausted: Set<Prefix> = []
    for index in nodes.indices {
      nodeIndex[nodes[index].metadata.name] = index
      if nodes[index].internalIPs.isEmpty {
        for block in cluster.nodeCIDRs {
          if let address = nextNodeAddress(block, index) {
            nodes[index].addresses.append(Node.NodeAddress(type: "InternalIP", address: address.description))
          } else if exhausted.insert(block).inserted {
            problem(
              "", NamespacedName("", "cluster.nodeCIDR"),
              "nodeCIDR \(block) has no address for the last \(nodes.count - index) of \(nodes.count) nodes",
              hint: "set cluster.nodeCIDR to a wider block")
          }
        }
      }
      if nodes[index].podCIDRs.isEmpty {
        for block in cluster.podCIDRs {
          let length = block.family == .ipv4 ? max(24, Int(block.length)) : max(64, Int(block.length))
          if let subnet = block.subnet(length: length, index: UInt64(index + 1))
            ?? (nodes.count == 1 ? block.subnet(length: length, index: 0) : nil)
          {
            nodes[index].podCIDRs.append(subnet)
          } else if exhausted.insert(block).inserted {
            problem(
              "", NamespacedName("", "cluster.podCIDR"),
              "podCIDR \(block) has no /\(length) for the last \(nodes.count - index) of \(nodes.count) nodes",
              hint: "set cluster.podCIDR to a wider block, or take fewer nodes")
          }
        }
      }
    }
  }

  /// From .1.11 of the block on, as if the first 267 addresses were the administrator's.
  private mutating func nextNodeAddress(_ block: Prefix, _ index: Int) -> Address? {
    var offset = UInt64(267 + index)
    if block.count <= 512 { offset = UInt64(11 + index) }
    while let address = block.address(at: offset) {
      if takenAddresses.insert(address).inserted { return address }
      offset += 1
    }
    return nil
  }

  // MARK: Services

  private mutating func assembleServices() {
    var allocator = ServiceAllocator(specification.cluster, specification.loadBalancers)
    services = specification.cluster.services.sorted { $0.metadata.namespacedName < $1.metadata.namespacedName }
    allocator.reserve(services)
    for index in services.indices {
      allocator.allocate(&services[index])
      guard services[index].type == .loadBalancer, services[index].loadBalancerIngress.isEmpty,
        specification.loadBalancers.isProvided
      else { continue }
      for family in services[index].ipFamilies {
        if let address = allocator.balancerAddress(family, services[index]) {
          services[index].loadBalancerIngress.append(Service.Ingress(ip: address))
        }
      }
    }
    problems += allocator.problems
  }

  // MARK: Pods

  private mutating func assemblePods() {
    let cluster = specification.cluster
    let needs = PodNeeds(cluster, nodes: nodes)
    if let (message, hint) = needs.problem(areNodesGiven: !cluster.nodes.isEmpty) {
      problem("", NamespacedName("", "cluster.podCIDR"), message, hint: hint)
      return
    }
    var scheduler = PodScheduler(nodes: nodes)
    var unbound: [Int] = []
    for pod in cluster.pods {
      let node = pod.spec.nodeName.flatMap { nodeIndex[$0] } ?? -1
      if node >= 0 { scheduler.occupy(node) } else { unbound.append(pods.count) }
      pods.append(AssembledPod(pod: pod, node: node))
    }
    scheduler.start()
    for index in unbound { bind(index, scheduler.place(1, spec: pods[index].pod.spec).first ?? nil) }
    for (number, controller) in cluster.controllers.enumerated() { makePods(number, controller, &scheduler) }
    var addresses = PodAddresses(nodes: nodes, taken: takenAddresses)
    var without: [Int] = []
    for index in pods.indices where pods[index].node >= 0 && pods[index].pod.podIPs.isEmpty {
      let node = pods[index].node
      if let given = addresses.next(on: node, for: pods[index].pod.spec) {
        pods[index].pod.podIPs = given
      } else {
        without.append(index)
      }
    }
    guard let first = without.first else { return }
    let others = without.count > 1 ? ", nor do \(without.count - 1) more" : ""
    let node = nodes[pods[first].node]
    let blocks = node.podCIDRs.map(\.description).joined(separator: ", ")
    problem(
      "Pod", pods[first].pod.metadata.namespacedName,
      "finds no address\(others): \(blocks.isEmpty ? "no pod block" : blocks) of node \(node.metadata.name) is exhausted",
      hint: "spread the pods, or set cluster.podCIDR to a wider block")
  }

  private mutating func bind(_ index: Int, _ node: Int?) {
    guard let node else {
      // Kubernetes accepts it and leaves the pod Pending.
      pods[index].pod.phase = .pending
      return
    }
    pods[index].node = node
    pods[index].pod.spec.nodeName = nodes[node].metadata.name
  }

  private mutating func makePods(_ number: Int, _ controller: WorkloadController, _ scheduler: inout PodScheduler) {
    // Pods given count towards their owner's replicas.
    let given = (0..<specification.cluster.pods.count).filter {
      pods[$0].controller < 0 && isOwned(pods[$0].pod, by: controller)
    }
    for index in given { pods[index].controller = number }
    if controller.kind == .daemonSet {
      for node in nodes.indices
      where nodes[node].metadata.labels.matches(controller.template.nodeSelector)
        && !given.contains(where: { pods[$0].node == node })
      {
        var pod = ClusterAssembly.pod(of: controller, ordinal: 0, node: nodes[node].metadata.name)
        pod.spec.nodeName = nodes[node].metadata.name
        pods.append(AssembledPod(pod: pod, node: node, controller: number, ordinal: node))
      }
      return
    }
    let count = max(controller.replicas - given.count, 0)
    for (ordinal, node) in scheduler.place(count, spec: controller.template).enumerated() {
      let ordinal = ordinal + given.count
      pods.append(
        AssembledPod(
          pod: ClusterAssembly.pod(of: controller, ordinal: ordinal), node: -1, controller: number, ordinal: ordinal))
      bind(pods.count - 1, node)
    }
  }

  private func isOwned(_ pod: Pod, by controller: WorkloadController) -> Bool {
    guard pod.metadata.namespace == controller.metadata.namespace else { return false }
    if let owner = pod.metadata.controller {
      let isDeploymentsReplicaSet =
        controller.kind == .deployment && owner.kind == "ReplicaSet"
        && owner.name.hasPrefix(controller.metadata.name + "-")
      return owner.kind == controller.kind.rawValue && owner.name == controller.metadata.name || isDeploymentsReplicaSet
    }
    return controller.selector.matches(pod.metadata.labels)
  }

  /// The `ordinal`-th pod of a controller, unbound.
  static func pod(of controller: WorkloadController, ordinal: Int, node: String = "") -> Pod {
    let metadata = ObjectMeta(
      name: GeneratedNames.pod(of: controller, ordinal: ordinal, node: node), namespace: controller.metadata.namespace,
      labels: controller.templateLabels,
      controller: .init(kind: controller.kind.rawValue, name: controller.metadata.name))
    return Pod(metadata: metadata, spec: controller.template)
  }
}

/// Hands out pod addresses: from the second of a node's block on, the first being the bridge's; a host-network pod has
/// its node's.
struct PodAddresses {
  private let nodes: [Node]
  private var taken: Set<Address>
  private var offsets: [[UInt64]]

  init(nodes: [Node], taken: Set<Address>) {
    self.nodes = nodes
    self.taken = taken
    offsets = nodes.map { $0.podCIDRs.map { _ in 2 } }
  }

  /// A new pod's addresses on a node, the next free one of each family; nil when a block is exhausted.
  mutating func next(on node: Int, for spec: PodSpec) -> [Address]? {
    if spec.hostNetwork { return nodes[node].hostIPs }
    var result: [Address] = []
    for (k, block) in nodes[node].podCIDRs.enumerated() {
      // IPv4's last address is the broadcast.
      let end = block.family == .ipv4 ? block.count - 1 : block.count
      var found: Address?
      while found == nil, offsets[node][k] < end {
        if let address = block.address(at: offsets[node][k]), taken.insert(address).inserted { found = address }
        offsets[node][k] += 1
      }
      guard let found else { return nil }
      result.append(found)
    }
    return result
  }
}
