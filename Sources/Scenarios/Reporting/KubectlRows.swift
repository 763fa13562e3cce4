// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The cells of `kubectl get`, one row an object, by namespace and name.
struct KubectlRows {
  /// An object's row, its name apart.
  struct Row {
    var name: NamespacedName
    var cells: [String]
  }

  let inventory: Inventory
  let isWide: Bool

  /// The headings behind NAME.
  static func heads(_ kind: KubectlTable.Kind, isWide: Bool) -> [String] {
    let (heads, wide): ([String], [String]) =
      switch kind {
      case .services: (["TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"], ["SELECTOR"])
      case .endpoints: (["ENDPOINTS", "AGE"], [])
      case .endpointslices: (["ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"], [])
      case .pods: (["READY", "STATUS", "RESTARTS", "AGE"], ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"])
      case .nodes:
        (
          ["STATUS", "ROLES", "AGE", "VERSION"],
          ["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"]
        )
      case .deployments: (["READY", "UP-TO-DATE", "AVAILABLE", "AGE"], ["CONTAINERS", "IMAGES", "SELECTOR"])
      }
    return heads + (isWide ? wide : [])
  }

  /// The rows of a kind.
  func rows(_ kind: KubectlTable.Kind) -> [Row] {
    let rows =
      switch kind {
      case .services: inventory.services.map(service)
      case .endpoints: LegacyEndpoints.all(inventory).map(endpoints)
      case .endpointslices: inventory.endpointSlices.map(slice)
      case .pods: inventory.pods.filter(\.exists).map(pod)
      case .nodes: inventory.nodes.map(node)
      case .deployments: inventory.controllers.filter { $0.kind == .deployment }.map(deployment)
      }
    return rows.enumerated().sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }.map(\.element)
  }

  /// What existed at the start is as old as the run.
  private var age: String { KubectlAge.text(inventory.now - .zero) }

  private func service(_ service: Service) -> Row {
    let clusterIP =
      service.isHeadless
      ? "None" : service.type == .externalName ? "<none>" : service.clusterIPs.first?.description ?? "<none>"
    let ports = service.ports.map(\.kubectlText).joined(separator: ",")
    var cells = [
      service.type.rawValue, clusterIP, KubectlRows.externalIP(service, isWide: isWide), ports.orNone, age,
    ]
    if isWide { cells.append(service.selector?.kubectlText ?? "<none>") }
    return Row(name: service.metadata.namespacedName, cells: cells)
  }

  /// printers.go, `getServiceExternalIP` and `loadBalancerStatusStringer`.
  static func externalIP(_ service: Service, isWide: Bool) -> String {
    let given = service.externalIPs.map(\.description)
    switch service.type {
    case .clusterIP, .nodePort: return given.joined(separator: ",").orNone
    case .externalName: return service.externalName ?? ""
    case .loadBalancer:
      let status = Set(service.loadBalancerIngress.compactMap { $0.ip?.description ?? $0.hostname }).sorted {
        $0.utf8.lexicographicallyPrecedes($1.utf8)
      }
      var text = status.joined(separator: ",")
      if text.count > 16, !isWide { text = text.prefix(13) + "..." }
      let all = (text.isEmpty ? [] : [text]) + given
      return all.isEmpty ? "<pending>" : all.joined(separator: ",")
    }
  }

  private func endpoints(_ endpoints: LegacyEndpoints) -> Row {
    Row(name: endpoints.name, cells: [endpoints.kubectlText, age])
  }

  /// printers.go, `formatDiscoveryPorts` and `formatDiscoveryEndpoints`: ready or not, at most three.
  private func slice(_ slice: EndpointSlice) -> Row {
    let ports = slice.ports.map { $0.port.map(String.init) ?? "*" }
    let addresses = slice.endpoints.flatMap { $0.addresses.map(\.description) }
    return Row(
      name: slice.metadata.namespacedName,
      cells: [
        slice.addressType?.name ?? "FQDN", KubectlRows.firstThree(ports, none: "<unset>"),
        KubectlRows.firstThree(addresses, none: "<unset>"), age,
      ])
  }

  /// Three, then how many more.
  static func firstThree(_ values: [String], none: String) -> String {
    if values.isEmpty { return none }
    let shown = values.prefix(3).joined(separator: ",")
    return values.count > 3 ? "\(shown) + \(values.count - 3) more..." : shown
  }

  private func pod(_ state: Inventory.PodState) -> Row {
    let all = max(state.pod.spec.containers.count, state.readyContainers, 1)
    // kubectl: pkg/printers/internalversion/printers.go, printPod.
    let ago = state.lastRestart.map { " (\(KubectlAge.text(inventory.now - $0)) ago)" } ?? ""
    var cells = [
      "\(state.readyContainers)/\(all)", state.status, "\(state.restarts)\(ago)",
      KubectlAge.text(inventory.now - state.created),
    ]
    if isWide {
      let node = state.node.isNone ? nil : inventory.nodes[safe: state.node.index]?.metadata.name
      cells += [state.pod.podIPs.first?.description ?? "<none>", node ?? "<none>", "<none>", "<none>"]
    }
    return Row(name: state.pod.metadata.namespacedName, cells: cells)
  }

  private func node(_ node: Node) -> Row {
    let status = (node.ready ?? true ? "Ready" : "NotReady") + (node.isUnschedulable ? ",SchedulingDisabled" : "")
    let prefix = "node-role.kubernetes.io/"
    let roles = node.metadata.labels.pairs.compactMap { pair -> String? in
      if pair.key.hasPrefix(prefix), pair.key.count > prefix.count { return String(pair.key.dropFirst(prefix.count)) }
      return pair.key == "kubernetes.io/role" && !pair.value.isEmpty ? pair.value : nil
    }
    let sorted = Set(roles).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ",")
    var cells = [status, sorted.orNone, age, node.kubeletVersion]
    if isWide {
      func address(_ type: String) -> String { node.addresses.first { $0.type == type }?.address ?? "<none>" }
      cells += [address("InternalIP"), address("ExternalIP"), "<unknown>", "<unknown>", "<unknown>"]
    }
    return Row(name: NamespacedName("", node.metadata.name), cells: cells)
  }

  private func deployment(_ controller: WorkloadController) -> Row {
    let pods = inventory.pods.filter {
      $0.exists && $0.pod.metadata.namespace == controller.metadata.namespace && $0.status != "Terminating"
        && controller.selector.matches($0.pod.metadata.labels)
    }
    let ready = pods.reduce(0) { $0 + ($1.isReady ? 1 : 0) }
    var cells = ["\(ready)/\(controller.replicas)", String(pods.count), String(ready), age]
    if isWide {
      cells += [
        controller.template.containers.map(\.name).joined(separator: ","),
        controller.template.containers.map(\.image).joined(separator: ","), controller.selector.kubectlText,
      ]
    }
    return Row(name: controller.metadata.namespacedName, cells: cells)
  }
}

extension Inventory.PodState {
  /// Whether all its containers are ready.
  var isReady: Bool { readyContainers > 0 && readyContainers >= pod.spec.containers.count }
}

extension String {
  /// `<none>` in place of nothing.
  fileprivate var orNone: String { isEmpty ? "<none>" : self }
}

extension Labels {
  /// `key=value,…`, or `<none>`.
  var kubectlText: String { pairs.map { "\($0.key)=\($0.value)" }.joined(separator: ",").orNone }
}

extension LabelSelector {
  /// As kubectl prints selectors: pairs, then requirements.
  var kubectlText: String {
    let pairs = matchLabels.pairs.map { "\($0.key)=\($0.value)" }
    let requirements = matchExpressions.map { requirement in
      switch requirement.operator {
      case .in: "\(requirement.key) in (\(requirement.values.joined(separator: ",")))"
      case .notIn: "\(requirement.key) notin (\(requirement.values.joined(separator: ",")))"
      case .exists: requirement.key
      case .doesNotExist: "!\(requirement.key)"
      }
    }
    return (pairs + requirements).joined(separator: ",").orNone
  }
}
