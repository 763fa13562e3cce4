// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Makes up what a Scenario document would say when there is none: a workload for every Service.
///
/// Requests to ClusterIP and headless Services come from a pod on every node, which a DaemonSet of our own makes; those
/// to NodePort and LoadBalancer Services come from outside.
struct ImpliedScenario {
  /// A Service's requests a second while there are few Services (scenario-format).
  private static let usualRate = 100.0
  /// Where the clients of ClusterIP Services are: a namespace and a label that no manifest is likely to have.
  private static let clientNamespace = "simrun-clients"
  private static let clientLabels: Labels = ["app": "simrun-client"]

  private var scenario: Scenario
  private let pods: KnownPods
  /// Services that get no workload, each with the reason.
  private var skipped: [String] = []

  /// Adds clients and workloads where the scenario has none, and notes what was added and what was not.
  static func complete(_ scenario: inout Scenario) {
    guard scenario.world.workloads.isEmpty else { return }
    var implied = ImpliedScenario(scenario: scenario, pods: KnownPods(scenario.world.cluster))
    implied.addWorkloads()
    implied.addNotes()
    scenario = implied.scenario
  }

  private mutating func addWorkloads() {
    for service in scenario.world.cluster.services {
      let name = service.metadata.namespacedName
      if let reason = reasonToSkip(service) {
        skipped.append("\(name) (\(reason))")
        continue
      }
      // SCTP and UDP Services are asked by their first port that a workload can use.
      guard let port = service.ports.first(where: { $0.protocol == .tcp || $0.protocol == .udp }) else { continue }
      let isOutside = service.type == .loadBalancer || service.type == .nodePort
      let group = isOutside ? "internet" : "inside"
      var workload = Workload(
        name: ImpliedScenario.label(name), from: group, to: .service(name, port: .number(port.port)))
      workload.protocol = port.protocol
      scenario.world.workloads.append(workload)
    }
    let rate = rate(scenario.world.workloads.count)
    for at in scenario.world.workloads.indices { scenario.world.workloads[at].arrivals = .poisson(perSecond: rate) }
    addClients()
  }

  /// Why a Service cannot be sent anything by its nature; nil when it can.
  private func reasonToSkip(_ service: Service) -> String? {
    if service.type == .externalName { return "ExternalName" }
    if !service.ports.contains(where: { $0.protocol == .tcp || $0.protocol == .udp }) {
      return service.ports.isEmpty ? "no port" : "SCTP only"
    }
    return service.isHeadless && !hasReadyEndpoint(service) ? "headless, no ready endpoint" : nil
  }

  private func hasReadyEndpoint(_ service: Service) -> Bool {
    let cluster = scenario.world.cluster
    let name = service.metadata.namespacedName
    let isSlice = { (slice: EndpointSlice) in
      slice.serviceName == name.name && slice.metadata.namespace == name.namespace
        && slice.endpoints.contains(where: \.isReady)
    }
    if cluster.endpointSlices.contains(where: isSlice) { return true }
    guard let selector = service.selector else { return false }
    let groups = pods.matching(selector, namespace: name.namespace)
    if groups.contains(where: { $0.kind != nil && $0.isPresent }) { return true }
    return cluster.pods.contains { pod in
      pod.metadata.namespace == name.namespace && pod.metadata.labels.matches(selector)
        && (service.publishNotReadyAddresses || pod.phase == .running && pod.ready ?? true)
    }
  }

  /// Requests a second to each Service: as many as usual, or so few that all of them together fill no conntrack table.
  ///
  /// In the worst case every connection crosses one node, and its entry stays there for TIME_WAIT after it; a quarter of
  /// the table is left for what else there is.
  private func rate(_ workloads: Int) -> Double {
    let proxy = scenario.world.cluster.proxy
    let kept = ConntrackTimeouts().tcpTimeWait.seconds + 5
    let span = min(scenario.world.duration.seconds, kept)
    let most = 0.75 * Double(proxy.conntrackMaximum) / max(span, 1) / Double(max(workloads, 1))
    if most >= ImpliedScenario.usualRate { return ImpliedScenario.usualRate }
    // A round figure: it is told.
    let scale: Double = most >= 1 ? 1 : most >= 0.01 ? 100 : 10_000
    return max((most * scale).rounded(.down) / scale, 0.0001)
  }

  private mutating func addClients() {
    let used = Set(scenario.world.workloads.map(\.from))
    if used.contains("internet") {
      scenario.world.clients.append(ClientGroup(name: "internet", count: 200, placement: .external))
    }
    guard used.contains("inside") else { return }
    let labels = ImpliedScenario.clientLabels
    let metadata = ObjectMeta(name: "simrun-client", namespace: ImpliedScenario.clientNamespace, labels: labels)
    scenario.world.cluster.controllers.append(
      WorkloadController(
        kind: .daemonSet, metadata: metadata, selector: LabelSelector(matchLabels: labels), templateLabels: labels))
    let placement = ClientPlacement.pods(labels, namespace: ImpliedScenario.clientNamespace)
    scenario.world.clients.append(
      ClientGroup(name: "inside", count: KnownNames(scenario).nodes.count, placement: placement))
  }

  private mutating func addNotes() {
    let workloads = scenario.world.workloads
    guard case .poisson(let rate)? = workloads.first?.arrivals else {
      scenario.notes.append("no Scenario document, and no Service to send requests to: nothing is sent")
      addSkipped()
      return
    }
    let services = workloads.count == 1 ? "one Service" : "each of \(workloads.count) Services"
    let span = Quantities.text(scenario.world.duration)
    var note = "no Scenario document: \(services) gets \(ImpliedScenario.text(rate)) requests/s for \(span)"
    if rate < ImpliedScenario.usualRate { note += ", not 100, lest a node's conntrack table fills" }
    scenario.notes.append(note)
    if scenario.world.clients.contains(where: { $0.name == "inside" }) {
      scenario.notes.append(
        "clients inside the cluster are a pod on every node, in namespace \(ImpliedScenario.clientNamespace)")
    }
    addSkipped()
  }

  private mutating func addSkipped() {
    guard !skipped.isEmpty else { return }
    let more = skipped.count > 5 ? " and \(skipped.count - 5) more" : ""
    scenario.notes.append("without a workload: " + skipped.prefix(5).joined(separator: ", ") + more)
  }

  /// A rate without a fraction that says nothing.
  private static func text(_ rate: Double) -> String {
    let text = "\(rate)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func label(_ name: NamespacedName) -> String {
    name.namespace == "default" ? name.name : name.description.split(separator: "/").joined(separator: ".")
  }
}
