// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Checks what a scenario refers to: clients, Services, pods, nodes, and moments of the run.
struct ScenarioChecks {
  private let scenario: Scenario
  private let findings: Findings
  private let names: KnownNames

  /// Prepares the checks; of an input that could not be read to its end only what is certain is reported.
  init(_ scenario: Scenario, isComplete: Bool, _ findings: Findings) {
    self.scenario = scenario
    self.findings = findings
    names = KnownNames(scenario, isComplete: isComplete)
  }

  /// When the run stops sending.
  private var end: SimTime { .zero + scenario.world.duration }

  private func report(_ problem: Diagnostic.Problem?, at place: SourcePlace) {
    if let problem { findings.error(problem, at: place) }
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
    for key in ["localAddresses", "rulesFrom", "setsFrom"] {
      for pair in scenario.places.spec?["cluster"]?[key]?.pairs ?? [] {
        report(names.problem(node: pair.key), at: pair.keyPlace)
      }
    }
  }

  private func checkClients() {
    for fields in elements("clients") {
      guard let node = fields["at"], let text = node.scalar?.text else { continue }
      let parts = text.split(separator: "/").map(String.init)
      if parts.first == "node", parts.count == 2 { report(names.problem(node: parts[1]), at: node.place) }
      if parts.first == "pod", parts.count == 3 {
        report(names.problem(pod: NamespacedName(parts[1], parts[2])), at: node.place)
      }
      if let selector = References.selector(text) {
        checkSelector(selector, namespace: fields.string("namespace"), at: node.place)
      }
    }
  }

  private func checkWorkloads() {
    for fields in elements("workloads") {
      if let node = fields["from"], let name = node.scalar?.text { report(names.problem(client: name), at: node.place) }
      guard let node = fields["to"], let to = fields.read(WorkloadKeys.to) else { continue }
      report(names.problem(to: to, fields.read(WorkloadKeys.transport) ?? .tcp), at: node.place)
    }
  }

  private func checkSelector(_ selector: Labels, namespace: String?, at place: SourcePlace, isWarning: Bool = false) {
    if !names.isComplete || names.pods.contains(selector, namespace: namespace) { return }
    let problem = Diagnostic.Problem.selectsNothing(
      selector.text, what: "pod", hint: names.pods.hint(for: selector, namespace: namespace))
    if isWarning { findings.warning(problem, at: place) } else { findings.error(problem, at: place) }
  }

  private func checkServers() {
    for fields in elements("servers") {
      guard let node = fields["selector"], let selector = fields.read(ServerKeys.selector) else { continue }
      checkSelector(selector, namespace: fields.string("namespace"), at: node.place, isWarning: true)
    }
  }

  private func checkEvents() {
    for fields in elements("events") {
      if let node = fields["select"], let selector = fields.read(EventKeys.select) {
        checkSelector(selector, namespace: fields.string("namespace"), at: node.place)
      }
      if let node = fields["pod"], let parts = node.scalar?.text.split(separator: "/"), parts.count == 2 {
        report(names.problem(pod: NamespacedName(String(parts[0]), String(parts[1]))), at: node.place)
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
    if object.kind == "node", object.parts.count == 1 { report(names.problem(node: object.parts[0]), at: place) }
    guard object.parts.count == 2 else { return }
    let name = NamespacedName(object.parts[0], object.parts[1])
    // That a DaemonSet cannot be scaled is said already.
    let kinds = WorkloadController.Kind.allCases.filter {
      $0.rawValue.lowercased() == object.kind.lowercased() && !(verb == "scale" && $0 == .daemonSet)
    }
    for kind in kinds { report(names.problem(kind, name), at: place) }
    if object.kind == "service" { report(names.problem(service: name), at: place) }
  }

  private func checkProbes() {
    for fields in elements("probes") {
      if let node = fields["via"], let name = node.scalar?.text { report(names.problem(node: name), at: node.place) }
      if let node = fields["at"], let at = fields.read(ProbeKeys.at), at > end {
        findings.warning(.readAs("the probe asks after the end", hint: "when nothing is sent any more"), at: node.place)
      }
      if let node = fields["to"], let to = fields.read(ProbeKeys.to) {
        report(names.problem(asking: to, fields.read(ProbeKeys.transport) ?? .tcp), at: node.place)
      }
      if let node = fields["from"], let from = fields.read(ProbeKeys.from) {
        report(names.problem(from: from), at: node.place)
      }
    }
  }

  private func checkExpectations() {
    for fields in elements("expect") {
      if let node = fields["during"], let during = fields.read(ExpectationKeys.during), let first = during.first,
        first >= end
      {
        findings.error(.refused("the window begins after the end", hint: "no request is sent in it"), at: node.place)
      }
      guard let node = fields["of"], let subject = fields.read(ExpectationKeys.of) else { continue }
      switch subject {
      case .run: break
      case .service(let name): report(names.problem(service: name), at: node.place)
      case .pod(let name): report(names.problem(pod: name), at: node.place)
      case .node(let name): report(names.problem(node: name), at: node.place)
      case .workload(let name): report(names.problem(workload: name), at: node.place)
      }
    }
  }
}
