// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Makes up what a Scenario document would say when there is none: a workload for every Service.
enum ImpliedScenario {
  /// Adds clients and workloads where the scenario has none.
  static func complete(_ scenario: inout Scenario) {
    guard scenario.world.workloads.isEmpty else { return }
    let cluster = scenario.world.cluster
    let pods = KnownPods(cluster)
    for service in cluster.services where hasEndpoints(service, cluster, pods) {
      // SCTP and UDP Services are asked by their first port that a workload can use.
      guard let port = service.ports.first(where: { $0.protocol == .tcp || $0.protocol == .udp }) else { continue }
      let name = service.metadata.namespacedName
      let isOutside = service.type == .loadBalancer || service.type == .nodePort
      let group = isOutside ? outside(&scenario) : inside(service, &scenario, pods)
      var workload = Workload(name: label(name), from: group, to: .service(name, port: .number(port.port)))
      workload.protocol = port.protocol
      workload.arrivals = .poisson(perSecond: 100)
      scenario.world.workloads.append(workload)
    }
  }

  private static func label(_ name: NamespacedName) -> String {
    name.namespace == "default" ? name.name : name.description.split(separator: "/").joined(separator: ".")
  }

  private static func hasEndpoints(_ service: Service, _ cluster: ClusterSpecification, _ pods: KnownPods) -> Bool {
    if service.type == .externalName || service.isHeadless { return false }
    let name = service.metadata.namespacedName
    let isSelecting =
      service.selector.map { selector in
        pods.matching(selector, namespace: name.namespace).contains(where: \.isPresent)
      } ?? false
    return isSelecting
      || cluster.endpointSlices.contains {
        $0.serviceName == name.name && $0.metadata.namespace == name.namespace && !$0.endpoints.isEmpty
      }
  }

  private static func outside(_ scenario: inout Scenario) -> String {
    add(ClientGroup(name: "internet", count: 200, placement: .external), to: &scenario)
  }

  /// Clients in the pods of the first group that the Service does not select; else in its own, else on the first node.
  private static func inside(_ service: Service, _ scenario: inout Scenario, _ pods: KnownPods) -> String {
    let isOther = { (group: KnownPods.Group) in
      let isOwn =
        group.name.namespace == service.metadata.namespace
        && (service.selector.map { group.labels.matches($0) } ?? false)
      return !isOwn && group.isPresent && !group.labels.isEmpty && !group.spec.hostNetwork
    }
    let near = pods.inNamespace(service.metadata.namespace).first(where: isOther) ?? pods.groups.first(where: isOther)
    if let group = near ?? pods.groups.first(where: { $0.isPresent && !$0.labels.isEmpty && !$0.spec.hostNetwork }) {
      let placement = ClientPlacement.pods(group.labels, namespace: group.name.namespace)
      return add(ClientGroup(name: "in-" + label(group.name), count: 1, placement: placement), to: &scenario)
    }
    let node = scenario.world.cluster.nodes.first?.metadata.name ?? "node-1"
    return add(ClientGroup(name: "on-\(node)", count: 1, placement: .node(node)), to: &scenario)
  }

  private static func add(_ group: ClientGroup, to scenario: inout Scenario) -> String {
    if !scenario.world.clients.contains(where: { $0.name == group.name }) { scenario.world.clients.append(group) }
    return group.name
  }
}
