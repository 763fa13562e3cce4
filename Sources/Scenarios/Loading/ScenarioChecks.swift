// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Checks what a scenario refers to: clients, Services, pods, nodes.
struct ScenarioChecks {
  private let scenario: Scenario
  private let manifests: Manifests
  private let findings: Findings
  private let pods: KnownPods
  private let services: [NamespacedName: Service]
  private let nodes: [String]

  /// Prepares the checks.
  init(_ scenario: Scenario, _ manifests: Manifests, _ findings: Findings) {
    self.scenario = scenario
    self.manifests = manifests
    self.findings = findings
    let cluster = scenario.world.cluster
    pods = KnownPods(cluster)
    services = Dictionary(cluster.services.map { ($0.metadata.namespacedName, $0) }) { first, _ in first }
    var names = cluster.nodes.map(\.metadata.name)
    if names.isEmpty { names = (1...max(1, cluster.nodeCount)).map { "node-\($0)" } }
    // A nodeName without a Node makes one.
    var known = Set(names)
    names += cluster.pods.compactMap(\.spec.nodeName).filter { known.insert($0).inserted }
    nodes = names
  }

  /// The elements of a list of the `spec`.
  private func elements(_ key: String) -> [FieldReader] {
    let quiet = Findings()
    return (scenario.places.spec?[key]?.elements ?? []).map { FieldReader($0, quiet) }
  }

  /// Checks everything.
  func check() {
    checkClients()
    checkWorkloads()
    checkEvents()
    checkProbes()
    checkExpectations()
    checkServers()
    for key in ["localAddresses", "rulesFrom"] {
      for pair in scenario.places.spec?["cluster"]?[key]?.pairs ?? [] { checkNode(pair.key, at: pair.keyPlace) }
    }
  }

  private func checkClients() {
    for fields in elements("clients") {
      guard let node = fields["at"], let text = node.scalar?.text else { continue }
      let parts = text.split(separator: "/").map(String.init)
      if parts.first == "node", parts.count == 2 { checkNode(parts[1], at: node.place) }
      if parts.first == "pod", parts.count == 3 { checkPod(NamespacedName(parts[1], parts[2]), at: node.place) }
      if let selector = References.selector(text) {
        checkSelector(selector, namespace: fields.string("namespace"), at: node.place)
      }
    }
  }

  private func checkWorkloads() {
    let groups = scenario.world.clients.map(\.name)
    for fields in elements("workloads") {
      if let node = fields["from"], let name = node.scalar?.text, !groups.contains(name) {
        findings.error(
          .unknownName(
            kind: "client group", name: name, nearest: NearestName.find(name, among: groups),
            hint: groups.isEmpty ? "spec.clients is empty" : Diagnostic.list(groups)), at: node.place)
      }
      let transport = fields.read(WorkloadKeys.transport) ?? .tcp
      checkDestination(fields["to"], transport)
    }
  }

  private func checkDestination(_ node: YAMLNode?, _ transport: IPProtocol) {
    guard let node, let text = node.scalar?.text, let destination = References.destination(text) else { return }
    switch destination {
    case .socket, .name: break
    case .node(let name, _): checkNode(name, at: node.place)
    case .pod(let name, _): checkPod(name, at: node.place)
    case .service(let name, let port): checkService(name, port, transport, at: node.place)
    case .loadBalancer(let name, let port):
      checkService(name, port, transport, at: node.place)
      if let service = services[name], service.type != .loadBalancer, service.loadBalancerIngress.isEmpty {
        findings.error(
          .refused("\(name) has no load balancer", hint: "its type is \(service.type.rawValue)"), at: node.place)
      }
    }
  }

  private func checkService(
    _ name: NamespacedName, _ port: ServicePortReference?, _ transport: IPProtocol, at place: SourcePlace
  ) {
    guard let service = services[name] else {
      let known = scenario.world.cluster.services.map(\.metadata.namespacedName.description)
      findings.error(
        .unknownName(
          kind: "Service", name: name.description, nearest: NearestName.find(name.description, among: known),
          hint: known.isEmpty ? "the files hold no Service" : Diagnostic.list(known)), at: place)
      return
    }
    if service.type == .externalName { return }
    let ports = service.ports
    let written = ports.map { "\($0.port)/\($0.protocol.name.uppercased())" + ($0.name.isEmpty ? "" : " (\($0.name))") }
    guard let port else {
      if ports.count > 1 {
        findings.error(
          .refused("\(name) has \(ports.count) ports", hint: "name one: \(written.joined(separator: ", "))"), at: place)
      }
      return
    }
    // A headless Service is a name; any port of its pods can be reached.
    if service.isHeadless { return }
    let fits = ports.filter { port == .number($0.port) || port == .name($0.name) }
    if fits.contains(where: { $0.protocol == transport }) { return }
    let asked =
      switch port {
      case .number(let number): "port \(number)"
      case .name(let text): "port '\(text)'"
      }
    let suffix = fits.isEmpty ? "" : " for \(transport.name.uppercased())"
    findings.error(
      .refused("\(name) has no \(asked)\(suffix)", hint: "it has \(written.joined(separator: ", "))"), at: place)
  }

  private func checkNode(_ name: String, at place: SourcePlace) {
    if nodes.contains(name) { return }
    findings.error(
      .unknownName(
        kind: "node", name: name, nearest: NearestName.find(name, among: nodes), hint: Diagnostic.list(nodes)),
      at: place)
  }

  private func checkPod(_ name: NamespacedName, at place: SourcePlace) {
    if pods.mayContain(name) { return }
    let known = pods.groups.filter { $0.kind == nil }.map(\.name.description)
    findings.error(
      .unknownName(
        kind: "pod", name: name.description, nearest: NearestName.find(name.description, among: known),
        hint: known.isEmpty ? "no Pod is given" : Diagnostic.list(known)), at: place)
  }

  private func checkSelector(_ selector: Labels, namespace: String?, at place: SourcePlace, isWarning: Bool = false) {
    if pods.contains(selector, namespace: namespace) { return }
    let problem = Diagnostic.Problem.selectsNothing(
      selector.text, what: "pod", hint: pods.hint(for: selector, namespace: namespace))
    if isWarning { findings.warning(problem, at: place) } else { findings.error(problem, at: place) }
  }

  private func checkServers() {
    for fields in elements("servers") {
      guard let node = fields["selector"], let selector = fields.read(ServerKeys.selector) else { continue }
      checkSelector(selector, namespace: fields.string("namespace"), at: node.place, isWarning: true)
    }
  }

  private func checkEvents() {
    let end = SimTime(nanoseconds: UInt64(max(0, scenario.world.duration.nanoseconds)))
    for fields in elements("events") {
      if let node = fields["select"], let selector = fields.read(EventKeys.select) {
        checkSelector(selector, namespace: fields.string("namespace"), at: node.place)
      }
      if let node = fields["pod"], let parts = node.scalar?.text.split(separator: "/"), parts.count == 2 {
        checkPod(NamespacedName(String(parts[0]), String(parts[1])), at: node.place)
      }
      if let node = fields["at"], let at = fields.read(EventKeys.at), at >= end {
        findings.warning(.readAs("the event comes after the end", hint: "nothing happens"), at: node.place)
      }
      for verb in EventKeys.verbs {
        guard let node = fields[verb], let text = node.scalar?.text else { continue }
        checkObject(text, verb, at: node.place)
      }
    }
  }

  private func checkObject(_ text: String, _ verb: String, at place: SourcePlace) {
    guard let object = References.object(text) else { return }
    if object.kind == "node", object.parts.count == 1 { checkNode(object.parts[0], at: place) }
    guard object.parts.count == 2 else { return }
    let name = NamespacedName(object.parts[0], object.parts[1])
    // That a DaemonSet cannot be scaled is said already.
    let kinds = WorkloadController.Kind.allCases.filter {
      $0.rawValue.lowercased() == object.kind.lowercased() && !(verb == "scale" && $0 == .daemonSet)
    }
    for kind in kinds {
      let known = scenario.world.cluster.controllers.filter { $0.kind == kind }.map(\.metadata.namespacedName)
      if known.contains(name) { continue }
      findings.error(
        .unknownName(
          kind: kind.rawValue, name: name.description,
          nearest: NearestName.find(name.description, among: known.map(\.description)),
          hint: Diagnostic.list(known.map(\.description))), at: place)
    }
    if object.kind == "service", services[name] == nil { checkService(name, nil, .tcp, at: place) }
  }

  private func checkProbes() {
    for fields in elements("probes") {
      if let node = fields["via"], let name = node.scalar?.text { checkNode(name, at: node.place) }
      checkDestination(fields["to"], fields.read(ProbeKeys.transport) ?? .tcp)
      guard let node = fields["from"] else { continue }
      switch fields.read(ProbeKeys.from) {
      case .node(let name): checkNode(name, at: node.place)
      case .pod(let name): checkPod(name, at: node.place)
      case .client(let name):
        let groups = scenario.world.clients.map(\.name)
        if !groups.contains(name) {
          findings.error(
            .unknownName(
              kind: "client group", name: name, nearest: NearestName.find(name, among: groups),
              hint: Diagnostic.list(groups)), at: node.place)
        }
      case .address, nil: break
      }
    }
  }

  private func checkExpectations() {
    let workloads = scenario.world.workloads.map(\.name)
    for fields in elements("expect") {
      guard let node = fields["of"], let subject = fields.read(ExpectationKeys.of) else { continue }
      switch subject {
      case .run: break
      case .service(let name): if services[name] == nil { checkService(name, nil, .tcp, at: node.place) }
      case .pod(let name): checkPod(name, at: node.place)
      case .node(let name): checkNode(name, at: node.place)
      case .workload(let name):
        if !workloads.contains(name) {
          findings.error(
            .unknownName(
              kind: "workload", name: name, nearest: NearestName.find(name, among: workloads),
              hint: Diagnostic.list(workloads)), at: node.place)
        }
      }
    }
  }
}
