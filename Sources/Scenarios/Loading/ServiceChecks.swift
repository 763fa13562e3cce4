// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Checks Services against the cluster's ranges, against each other, and against the pods.
struct ServiceChecks {
  private let cluster: ClusterSpecification
  private let manifests: Manifests
  private let findings: Findings
  private let pods: KnownPods

  /// Checks all Services; a range that nobody chose refuses no address that is given.
  static func check(
    _ scenario: Scenario, _ manifests: Manifests, isServiceRangeGiven: Bool, isComplete: Bool, _ findings: Findings
  ) {
    let checks = ServiceChecks(
      cluster: scenario.world.cluster, manifests: manifests, findings: findings,
      pods: KnownPods(scenario.world.cluster))
    checks.checkBlocks(scenario)
    checks.checkNodePorts()
    checks.checkClusterIPs(isRangeGiven: isServiceRangeGiven)
    if isComplete { checks.checkSelectors() }
  }

  /// The place of a field of a Service's port, or of the Service.
  private func portPlace(_ service: Service, _ index: Int, _ field: String) -> SourcePlace? {
    let name = service.metadata.namespacedName
    let ports = manifests.node("Service", name)?["spec"]?["ports"]?.elements ?? []
    // Ports that could not be read are missing from the Service, so the place is looked up by value first.
    let wanted = field == "nodePort" ? service.ports[index].nodePort : service.ports[index].port
    let entry = ports.first { $0[field]?.scalar.flatMap { UInt16($0.text) } == wanted }
    return entry?[field]?.place ?? manifests.place("Service", name)
  }

  private func checkNodePorts() {
    let range = cluster.nodePortRange
    let text = "\(range.lowerBound)-\(range.upperBound)"
    var taken: [NodePortKey: (owner: NamespacedName, place: SourcePlace?)] = [:]
    for service in cluster.services {
      let name = service.metadata.namespacedName
      var ports: [(port: UInt16, transport: IPProtocol, place: SourcePlace?, key: String)] = []
      for (index, port) in service.ports.enumerated() {
        guard let nodePort = port.nodePort else { continue }
        ports.append((nodePort, port.protocol, portPlace(service, index, "nodePort"), "nodePort"))
      }
      if let port = service.healthCheckNodePort {
        let place = manifests.place("Service", name, "spec", "healthCheckNodePort")
        ports.append((port, .tcp, place, "healthCheckNodePort"))
      }
      for entry in ports {
        if !range.contains(entry.port) {
          findings.error(
            .refused(
              "\(entry.key) \(entry.port) is outside \(text)",
              hint: "leave it out to have one allocated, or set cluster.nodePortRange"), at: entry.place)
        }
        let key = NodePortKey(port: entry.port, transport: entry.transport)
        if let first = taken[key] {
          if first.owner != name {
            let at = first.place.map { " (\($0.shortDescription))" } ?? ""
            findings.error(
              .refused("\(entry.key) \(entry.port) is taken", hint: "by \(first.owner)\(at)"), at: entry.place)
          }
        } else {
          taken[key] = (name, entry.place)
        }
      }
    }
  }

  private struct NodePortKey: Hashable {
    var port: UInt16
    var transport: IPProtocol
  }

  private func checkClusterIPs(isRangeGiven: Bool) {
    var taken: [Address: NamespacedName] = [:]
    for service in cluster.services {
      let name = service.metadata.namespacedName
      for (index, address) in service.clusterIPs.enumerated() {
        let place =
          manifests.node("Service", name)?["spec"]?["clusterIPs"]?.elements?[safe: index]?.place
          ?? manifests.place("Service", name, "spec", "clusterIP")
        if let owner = taken[address] {
          findings.error(.refused("cluster IP \(address) is taken", hint: "by \(owner)"), at: place)
        } else {
          taken[address] = name
        }
        if isRangeGiven, !cluster.serviceCIDRs.contains(where: { $0.contains(address) }) {
          let blocks = cluster.serviceCIDRs.map(\.description).joined(separator: ", ")
          findings.error(
            .refused("cluster IP \(address) is outside \(blocks)", hint: "leave it out, or set cluster.serviceCIDR"),
            at: place)
        }
      }
    }
  }

  private func checkSelectors() {
    let withSlices = Set(
      cluster.endpointSlices.compactMap { slice in
        slice.serviceName.map { NamespacedName(slice.metadata.namespace, $0) }
      })
    for service in cluster.services {
      guard let selector = service.selector else { continue }
      let name = service.metadata.namespacedName
      let selected = pods.matching(selector, namespace: name.namespace).filter(\.isPresent)
      if !selected.isEmpty {
        checkTargets(service, selected)
        continue
      }
      if withSlices.contains(name) { continue }
      findings.warning(
        .selectsNothing(selector.text, what: "pod", hint: pods.hint(for: selector, namespace: name.namespace)),
        at: manifests.place("Service", name, "spec", "selector"))
    }
  }

  /// Warns of target ports that no selected pod names.
  private func checkTargets(_ service: Service, _ selected: [KnownPods.Group]) {
    for (index, port) in service.ports.enumerated() {
      guard case .name(let target) = port.targetPort else { continue }
      let isNamed = selected.contains { group in
        group.spec.containers.contains { $0.ports.contains { $0.name == target && $0.protocol == port.protocol } }
      }
      if isNamed { continue }
      let names = selected.flatMap { $0.spec.containers.flatMap { $0.ports.map(\.name) } }.filter { !$0.isEmpty }
      let ports = manifests.node("Service", service.metadata.namespacedName)?["spec"]?["ports"]?.elements ?? []
      let place = ports.first { $0["targetPort"]?.scalar?.text == target }?["targetPort"]?.place
      findings.warning(
        .unknownName(
          kind: "container port", name: target, nearest: NearestName.find(target, among: names),
          hint: "the port has no endpoint"), at: place ?? portPlace(service, index, "port"))
    }
  }

  private func checkBlocks(_ scenario: Scenario) {
    let places = scenario.places
    let network = scenario.world.network
    let groups: [(name: String, blocks: [Prefix], path: [String])] = [
      ("podCIDR", cluster.podCIDRs, ["cluster", "podCIDR"]),
      ("serviceCIDR", cluster.serviceCIDRs, ["cluster", "serviceCIDR"]),
      ("nodeCIDR", cluster.nodeCIDRs, ["cluster", "nodeCIDR"]),
      ("clientCIDR", network.clientCIDRs, ["network", "clientCIDR"]),
      ("loadBalancers.addresses", scenario.world.loadBalancers.addresses, ["loadBalancers", "addresses"]),
    ]
    for (index, group) in groups.enumerated() {
      for other in groups[..<index] {
        for block in group.blocks {
          guard let hit = other.blocks.first(where: { $0.overlaps(block) }) else { continue }
          // Only what somebody wrote is judged; the defaults do not overlap.
          guard let place = places.place(setting: group.path) ?? places.place(setting: other.path) else { continue }
          findings.error(
            .refused("\(group.name) \(block) overlaps \(other.name) \(hit)", hint: ""), at: place)
        }
      }
    }
    checkSizes(scenario)
  }

  private func checkSizes(_ scenario: Scenario) {
    let nodes = cluster.nodes.isEmpty ? cluster.nodeCount : cluster.nodes.count
    // The last node that brings no block of its own.
    let last = cluster.nodes.isEmpty ? nodes : (cluster.nodes.lastIndex { $0.podCIDRs.isEmpty } ?? -1) + 1
    for block in cluster.podCIDRs {
      // Node-k has the k-th block; one node alone takes the whole.
      let length = block.family == .ipv4 ? max(24, Int(block.length)) : max(64, Int(block.length))
      let isTooSmall =
        last > 0 && block.subnet(length: length, index: UInt64(last)) == nil
        && (nodes > 1 || block.subnet(length: length, index: 0) == nil)
      if isTooSmall {
        let places = scenario.places
        findings.error(
          .refused("\(block) has no /\(length) for each of \(nodes) nodes", hint: "a wider podCIDR, or fewer nodes"),
          at: places.place(setting: ["cluster", "podCIDR"]) ?? places.place(setting: ["cluster", "nodes"])
            ?? places.scenario)
      }
    }
    let external = scenario.world.clients.reduce(0) { $0 + ($1.placement == .external ? $1.count : 0) }
    let room = scenario.world.network.clientCIDRs.map(\.count).max() ?? 0
    if UInt64(external) > room, let at = scenario.world.clients.firstIndex(where: { $0.placement == .external }) {
      findings.error(
        .refused("\(external) external clients, and \(room) addresses in clientCIDR", hint: "set network.clientCIDR"),
        at: scenario.places.clients[safe: at])
    }
  }
}

extension Array {
  /// The element at an index, or nil beyond the end.
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
