// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Writes the EndpointSlices of a Service from the pods that its selector matches.
///
/// A pure function. Source of the behaviour: staging/src/k8s.io/endpointslice (reconciler.go, utils.go): a pod without
/// an address, or whose phase is Succeeded or Failed, has no endpoint; serving is the pod's Ready condition; terminating
/// its deletionTimestamp; ready is publishNotReadyAddresses, or serving and not terminating. The node's state is never
/// looked at.
enum EndpointSliceController {
  /// `--max-endpoints-per-slice`, default 100.
  static let endpointsPerSlice = 100
  /// The label value by which the controller knows its own.
  static let managedBy = "endpointslice-controller.k8s.io"

  /// A pod as the controller sees it.
  struct PodStatus {
    var pod: Pod
    var isReady: Bool
    var zone: String?
  }

  /// The slices of a Service; empty for one without a selector.
  static func slices(of service: Service, pods: [PodStatus]) -> [EndpointSlice] {
    guard let selector = service.selector, !selector.isEmpty, service.type != .externalName else { return [] }
    let mine = pods.filter { status in
      status.pod.metadata.namespace == service.metadata.namespace && status.pod.metadata.labels.matches(selector)
        && status.pod.phase != .succeeded && status.pod.phase != .failed
    }
    let families = service.ipFamilies.isEmpty ? [.ipv4] : service.ipFamilies
    return families.flatMap { slices(of: service, family: $0, pods: mine) }
  }

  private static func slices(of service: Service, family: IPFamily, pods: [PodStatus]) -> [EndpointSlice] {
    // Pods that resolve the Service's ports alike share slices.
    var groups: [(ports: [EndpointSlice.Port], endpoints: [EndpointSlice.Endpoint])] = []
    for status in pods {
      guard let address = status.pod.podIPs.first(where: { $0.family == family }) else { continue }
      let ports = ports(of: service, for: status.pod)
      var endpoint = EndpointSlice.Endpoint(addresses: [address], nodeName: status.pod.spec.nodeName)
      endpoint.serving = status.isReady
      endpoint.terminating = status.pod.isTerminating
      endpoint.ready = service.publishNotReadyAddresses || status.isReady && !status.pod.isTerminating
      endpoint.zone = status.zone
      endpoint.targetPod = status.pod.metadata.namespacedName
      hint(&endpoint, service.trafficDistribution)
      if let group = groups.firstIndex(where: { $0.ports == ports }) {
        groups[group].endpoints.append(endpoint)
      } else {
        groups.append((ports, [endpoint]))
      }
    }
    var slices: [EndpointSlice] = []
    for group in groups {
      var rest = group.endpoints[...]
      while !rest.isEmpty {
        slices.append(slice(service, family, group.ports, Array(rest.prefix(endpointsPerSlice)), slices.count))
        rest = rest.dropFirst(endpointsPerSlice)
      }
    }
    return slices
  }

  /// Writes the topology hints that a Service's `trafficDistribution` asks for: of ready endpoints only, each its own
  /// zone, and for `PreferSameNode` its own node too. `PreferClose` is the old name of `PreferSameZone`.
  ///
  /// Source: staging/src/k8s.io/endpointslice/trafficdist/trafficdist.go, preferCloseHeuristic (KEP-3015).
  private static func hint(_ endpoint: inout EndpointSlice.Endpoint, _ distribution: String?) {
    guard let distribution, endpoint.isReady else { return }
    guard ["PreferClose", "PreferSameZone", "PreferSameNode"].contains(distribution) else { return }
    endpoint.zoneHints = endpoint.zone.map { [$0] }
    if distribution == "PreferSameNode" { endpoint.nodeHints = endpoint.nodeName.map { [$0] } }
  }

  private static func slice(
    _ service: Service, _ family: IPFamily, _ ports: [EndpointSlice.Port], _ endpoints: [EndpointSlice.Endpoint],
    _ ordinal: Int
  ) -> EndpointSlice {
    let owner = service.metadata
    var labels = owner.labels
    labels["kubernetes.io/service-name"] = owner.name
    labels["endpointslice.kubernetes.io/managed-by"] = managedBy
    if service.isHeadless { labels["service.kubernetes.io/headless"] = "" }
    let suffix = GeneratedNames.suffix("\(owner.namespacedName)/\(family.name)/\(ordinal)", count: 5)
    let metadata = ObjectMeta(
      name: "\(owner.name)-\(suffix)", namespace: owner.namespace, labels: labels,
      controller: .init(kind: "Service", name: owner.name))
    return EndpointSlice(metadata: metadata, addressType: family, ports: ports, endpoints: endpoints)
  }

  /// A Service's ports as a pod has them; a named port that the pod's containers do not declare is left out.
  static func ports(of service: Service, for pod: Pod) -> [EndpointSlice.Port] {
    service.ports.compactMap { port in
      switch port.targetPort {
      case .number(let number): return EndpointSlice.Port(name: port.name, protocol: port.protocol, port: number)
      case .name(let name):
        let declared = pod.spec.containers.lazy.flatMap(\.ports).first {
          $0.name == name && $0.protocol == port.protocol
        }
        return declared.map { EndpointSlice.Port(name: port.name, protocol: port.protocol, port: $0.containerPort) }
      }
    }
  }
}
