// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// What a scenario's references can stand for, and what is wrong with one that stands for nothing.
struct KnownNames {
  /// The Services by name.
  let services: [NamespacedName: Service]
  /// Every node, in the order of the cluster.
  let nodes: [String]
  /// The pods given and those that controllers make.
  let pods: KnownPods
  /// The client groups.
  let clients: [String]
  /// The workloads.
  let workloads: [String]
  /// Whether all objects were read; if not, a name that is not known may stand in what was not.
  let isComplete: Bool
  private let objects: ObjectIndex
  private let serviceNames: [String]
  private let controllers: [(kind: WorkloadController.Kind, name: NamespacedName)]

  /// Collects the names of a scenario.
  init(_ scenario: Scenario, isComplete: Bool = true) {
    let cluster = scenario.world.cluster
    self.isComplete = isComplete
    objects = scenario.places.objects
    pods = KnownPods(cluster)
    services = Dictionary(cluster.services.map { ($0.metadata.namespacedName, $0) }) { first, _ in first }
    serviceNames = cluster.services.map(\.metadata.namespacedName.description)
    controllers = cluster.controllers.map { ($0.kind, $0.metadata.namespacedName) }
    clients = scenario.world.clients.map(\.name)
    workloads = scenario.world.workloads.map(\.name)
    var names = cluster.nodes.map(\.metadata.name)
    if names.isEmpty { names = (1...max(1, cluster.nodeCount)).map { "node-\($0)" } }
    // A nodeName without a Node makes one.
    var known = Set(names)
    let mentioned =
      cluster.pods.compactMap(\.spec.nodeName)
      + cluster.endpointSlices.flatMap { $0.endpoints.compactMap(\.nodeName) }
    names += mentioned.filter { known.insert($0).inserted }
    nodes = names
  }

  /// What is wrong with a name among others of its kind; nil when it is one of them.
  private func problem(
    _ kind: String, _ name: String, among known: [String], none: String = ""
  ) -> Diagnostic.Problem? {
    if known.contains(name) { return nil }
    return .unknownName(
      kind: kind, name: name, nearest: NearestName.find(name, among: known),
      hint: known.isEmpty ? none : Diagnostic.list(known))
  }

  /// What is wrong with the name of a client group.
  func problem(client name: String) -> Diagnostic.Problem? {
    problem("client group", name, among: clients, none: "spec.clients is empty")
  }

  /// What is wrong with the name of a workload.
  func problem(workload name: String) -> Diagnostic.Problem? {
    problem("workload", name, among: workloads, none: "spec.workloads is empty")
  }

  /// What is wrong with the name of a node.
  func problem(node name: String) -> Diagnostic.Problem? {
    isComplete ? problem("node", name, among: nodes) : nil
  }

  /// What is wrong with the name of a pod, which a controller may make.
  func problem(pod name: NamespacedName) -> Diagnostic.Problem? {
    if !isComplete || pods.mayContain(name) { return nil }
    let known = pods.groups.filter { $0.kind == nil }.map(\.name.description)
    return problem("pod", name.description, among: known, none: "no Pod is given")
  }

  /// What is wrong with the name of a controller.
  func problem(_ kind: WorkloadController.Kind, _ name: NamespacedName) -> Diagnostic.Problem? {
    let known = controllers.filter { $0.kind == kind }.map(\.name)
    // One in the index alone has a mistake that is reported there.
    if !isComplete || known.contains(name) || objects[kind.rawValue, name] != nil { return nil }
    return problem(kind.rawValue, name.description, among: known.map(\.description))
  }

  /// What is wrong with the name of a Service.
  func problem(service name: NamespacedName) -> Diagnostic.Problem? {
    if !isComplete || services[name] != nil { return nil }
    return problem("Service", name.description, among: serviceNames, none: "the files hold no Service")
  }

  /// What is wrong with a routing question's source.
  func problem(from source: ProbeQuestion.Source) -> Diagnostic.Problem? {
    switch source {
    case .address: nil
    case .node(let name): problem(node: name)
    case .pod(let name): problem(pod: name)
    case .client(let name): problem(client: name)
    }
  }

  /// What is wrong with a destination.
  func problem(to destination: Destination, _ transport: IPProtocol) -> Diagnostic.Problem? {
    switch destination {
    case .socket, .name: return nil
    case .node(let name, _): return problem(node: name)
    case .pod(let name, _): return problem(pod: name)
    case .service(let name, let port): return problem(service: name) ?? problem(name, port, transport)
    case .loadBalancer(let name, let port):
      if let problem = problem(service: name) ?? problem(name, port, transport) { return problem }
      guard let service = services[name], service.type != .loadBalancer, service.loadBalancerIngress.isEmpty else {
        return nil
      }
      return .refused("\(name) has no load balancer", hint: "its type is \(service.type.rawValue)")
    }
  }

  /// What is wrong with the port of a Service that exists.
  private func problem(
    _ name: NamespacedName, _ port: ServicePortReference?, _ transport: IPProtocol
  ) -> Diagnostic.Problem? {
    guard let service = services[name], service.type != .externalName else { return nil }
    let ports = service.ports
    let written = ports.map { "\($0.port)/\($0.protocol.name.uppercased())" + ($0.name.isEmpty ? "" : " (\($0.name))") }
      .joined(separator: ", ")
    let hint = "it has \(written.isEmpty ? "no port" : written)"
    let suffix = " for \(transport.name.uppercased())"
    guard let port else {
      if ports.count > 1 { return .refused("\(name) has \(ports.count) ports", hint: "name one: \(written)") }
      if ports.contains(where: { $0.protocol == transport }) { return nil }
      return .refused("\(name) has no port\(ports.isEmpty ? "" : suffix)", hint: ports.isEmpty ? "" : hint)
    }
    let fits = ports.filter { port == .number($0.port) || port == .name($0.name) }
    if fits.contains(where: { $0.protocol == transport }) { return nil }
    let asked =
      switch port {
      case .number(let number): "port \(number)"
      case .name(let text): "port '\(text)'"
      }
    let text = "\(name) has no \(asked)\(fits.isEmpty ? "" : suffix)"
    // In Kubernetes a headless Service is a name, and any port of its pods can be reached.
    return service.isHeadless && fits.isEmpty
      ? .notModelledYet("\(text), and other ports of a headless Service are not modelled yet", hint: hint)
      : .refused(text, hint: hint)
  }

  /// What is wrong with a routing question's destination: a probe needs one address.
  func problem(asking destination: Destination, _ transport: IPProtocol) -> Diagnostic.Problem? {
    if let problem = problem(to: destination, transport) { return problem }
    let name: NamespacedName
    switch destination {
    case .service(let service, _), .loadBalancer(let service, _): name = service
    case .name(let text, _): name = KnownNames.service(named: text)
    case .socket, .node, .pod: return nil
    }
    guard let service = services[name] else { return nil }
    if service.type == .externalName {
      return .refused("\(name) is of type ExternalName and has no address here", hint: "ask where its name leads")
    }
    if service.isHeadless {
      return .refused(
        "\(name) is headless and has no address of its own", hint: "ask one of its pods: pod/NS/NAME:PORT")
    }
    return nil
  }

  /// What is wrong with a DNS name that must lead to a Service.
  func problem(name destination: Destination) -> Diagnostic.Problem? {
    guard case .name(let text, _) = destination else { return nil }
    return problem(service: KnownNames.service(named: text))
  }

  /// The Service that a DNS name is of: NAME, NAME.NS and what may follow.
  private static func service(named text: String) -> NamespacedName {
    let labels = text.split(separator: ".").map(String.init)
    return NamespacedName(labels.count > 1 ? labels[1] : "default", labels.first ?? text)
  }
}
