// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// From an assembled cluster to rows.
extension World {
  /// Makes the world as it is at 0 s: everything settled, every node's rules applied.
  init(_ assembly: ClusterAssembly) {
    let specification = assembly.specification
    self.specification = specification
    seed = specification.seed
    replication = specification.replication
    var mixed = specification.seed ^ UInt64(specification.replication) << 32
    drawSeed = splitMix64(&mixed)
    tcp = TCPParameters(mtu: specification.network.mtu)
    ruleCost = specification.cluster.ruleCost.nanoseconds
    duration = .zero + specification.duration
    addresses = AddressTable()
    locals = LocalAddresses(addresses)
    memory = RuleMemory()
    let interfaceTable = InterfaceTable()
    interfaces = NodeInterfaces(interfaceTable)
    log = ServiceLog()
    rules = CompiledRules(
      log: log, configuration: specification.cluster.proxy, addresses: addresses, interfaces: interfaceTable)
    conntrack = ConntrackTable(timeouts: World.timeouts(specification.cluster.proxy))
    conntrack.defaultMaximum = specification.cluster.proxy.conntrackMaximum
    parts = NodeParts(rules: rules, locals: locals, memory: memory, conntrack: conntrack, interfaces: interfaces)
    control = ControlPlane()
    recorder = Recorder()
    control.nodes = assembly.nodes
    addNodes()
    control.controllers = specification.cluster.controllers.map { ControlPlane.ControllerState(controller: $0) }
    for assembled in assembly.pods {
      let object = ControlPlane.PodObject(
        pod: assembled.pod, node: assembled.node < 0 ? .none : NodeID(index: assembled.node), created: .zero,
        isReady: assembled.node >= 0 && assembled.pod.phase == .running && assembled.pod.ready ?? true,
        controller: assembled.controller, ordinal: assembled.ordinal)
      _ = addPodRow(object, condition: assembled.node < 0 ? .down : .running)
      if assembled.controller >= 0 {
        control.controllers[assembled.controller].nextOrdinal = max(
          control.controllers[assembled.controller].nextOrdinal, assembled.ordinal + 1)
      }
    }
    addServices(assembly.services)
    addServersOfGivenSlices()
    addClients()
    addWorkloads()
    for node in nodes.ids {
      rules.advance(node, services: control.servicesPoint, endpoints: control.endpointsPoint)
      control.proxies.append(
        ControlPlane.ProxyState(heardServices: control.servicesPoint, heardEndpoints: control.endpointsPoint))
    }
  }

  private static func timeouts(_ proxy: KubeProxyConfiguration) -> ConntrackTimeouts {
    var timeouts = ConntrackTimeouts()
    // kube-proxy sets these on its node, 0 keeps the kernel's (cmd/kube-proxy/app/server_linux.go, setupConntrack).
    if proxy.conntrackTCPEstablishedTimeout > .zero { timeouts.tcpEstablished = proxy.conntrackTCPEstablishedTimeout }
    if proxy.conntrackTCPCloseWaitTimeout > .zero { timeouts.tcpCloseWait = proxy.conntrackTCPCloseWaitTimeout }
    if proxy.conntrackUDPTimeout > .zero { timeouts.udp = proxy.conntrackUDPTimeout }
    if proxy.conntrackUDPStreamTimeout > .zero { timeouts.udpStream = proxy.conntrackUDPStreamTimeout }
    return timeouts
  }

  private mutating func addNodes() {
    let network = specification.network
    for (index, node) in control.nodes.enumerated() {
      let id = NodeID(index: index)
      var state = NodeState(uplink: links.append(Link(network.node)), processLink: links.append(Link(network.pod)))
      var local: [Address] = [Address(ipv4: 0x7f00_0001), Address(high: 0, low: 1)] + node.internalIPs
      for more in specification.cluster.localAddresses where more.node == node.metadata.name {
        local += more.addresses.filter { !local.contains($0) }
      }
      for address in local where !address.isLoopback {
        let interned = addresses.intern(address)
        locals.set(interned, on: id, .local)
        setOwner(interned, .node(id))
      }
      if let first = node.internalIPs.first(where: { $0.family == .ipv4 }) {
        state.addressIPv4 = addresses.intern(first)
      }
      if let first = node.internalIPs.first(where: { $0.family == .ipv6 }) {
        state.addressIPv6 = addresses.intern(first)
      }
      // The bridge's own address is local too: the first of the node's pod block.
      for block in node.podCIDRs {
        if let gateway = block.address(at: 1) {
          let interned = addresses.intern(gateway)
          locals.set(interned, on: id, .local)
          setOwner(interned, .node(id))
          local.append(gateway)
        }
      }
      nodes.append(state)
      hostServers.append(nil)
      control.addNodeAddresses(state.addressIPv4, state.addressIPv6)
      control.targets.append(id)
      rules.addNode(id, ProxyNode(node, localAddresses: local))
    }
  }

  /// Gives a pod its row, links, addresses and server.
  mutating func addPodRow(_ object: ControlPlane.PodObject, condition: PodRuntime.Condition) -> PodID {
    let network = specification.network
    let metadata = object.pod.metadata
    let profile =
      specification.servers.first {
        metadata.labels.matches($0.selector) && ($0.namespace.map { $0 == metadata.namespace } ?? true)
      } ?? ServerProfile()
    let server = Server(
      concurrency: UInt32(clamping: max(profile.concurrency, 1)), queueLimit: UInt32(clamping: max(profile.queue, 0)),
      service: PreparedDistribution(profile.service))
    let isOnHost = object.pod.spec.hostNetwork
    let id = pods.append(
      PodRuntime(
        node: object.node, up: links.append(Link(network.pod)), down: links.append(Link(network.pod)), server: server,
        condition: condition, isOnHost: isOnHost))
    control.pods.append(object)
    control.pods[id.index].hasRun = condition == .running
    for address in object.pod.podIPs {
      let interned = addresses.intern(address)
      if pods[id].address.isNone { pods[id].address = interned }
      if !isOnHost { setOwner(interned, .pod(id)) }
    }
    for container in object.pod.spec.containers {
      for port in container.ports { control.listen(id, port.protocol, port.containerPort) }
    }
    return id
  }

  private mutating func addServices(_ services: [Service]) {
    let given = specification.cluster.endpointSlices
    let managed = Set(
      services.lazy.filter { !($0.selector?.isEmpty ?? true) }.map(\.metadata.namespacedName))
    // One that the controller manages, of a Service with a selector, is adopted: written anew from its pods.
    control.givenSlices = given.filter { slice in
      guard slice.isManagedByController, let name = slice.serviceName else { return true }
      return !managed.contains(NamespacedName(slice.metadata.namespace, name))
    }
    var byNamespace: [String: PodIndex] = [:]
    for service in services {
      log.set(service, at: control.servicesPoint)
      var state = ControlPlane.ServiceState(service: service)
      if let selector = service.selector, !selector.isEmpty {
        let namespace = service.metadata.namespace
        if byNamespace[namespace] == nil {
          byNamespace[namespace] = PodIndex(control.podStatuses(namespace: namespace))
        }
        let candidates = byNamespace[namespace]?.candidates(selector) ?? []
        state.written = EndpointSliceController.slices(of: service, pods: candidates)
        for slice in state.written { log.set(slice, at: control.endpointsPoint) }
      }
      control.services.append(state)
      if service.type == .loadBalancer { addBalancer(control.services.count - 1) }
    }
    for slice in control.givenSlices { log.set(slice, at: control.endpointsPoint) }
    log.settle()
    control.rowFamilies = (0..<log.count).map { log.family(of: ServicePortID(index: $0)) }
    for index in control.services.indices {
      let service = control.services[index].service
      noteEndpoints(control.services[index].written, of: service)
    }
  }

  private mutating func addBalancer(_ index: Int) {
    let service = control.services[index].service
    let id = balancers.append(
      BalancerState(link: links.append(Link(specification.network.node))))
    for ingress in service.loadBalancerIngress {
      guard let address = ingress.ip else { continue }
      let interned = addresses.intern(address)
      // One that nodes have themselves leads to them: k3s' ServiceLB and Docker Desktop publish nodes' addresses.
      if owner(interned).kind != .node { setOwner(interned, .balancer(id)) }
    }
    for port in service.ports {
      if let nodePort = port.nodePort { control.addBalancerPort(id, port.protocol, port.port, nodePort: nodePort) }
    }
  }

  /// Pods listen on the ports at which slices name them, and every endpoint gets its backend row.
  mutating func noteEndpoints(_ slices: [EndpointSlice], of service: Service) {
    for slice in slices {
      guard let family = slice.addressType else { continue }
      for port in slice.ports {
        guard let number = port.port else { continue }
        let name = ServicePortName(service: service.metadata.namespacedName, port: port.name, protocol: port.protocol)
        let row = log.find(name, family: family)
        for endpoint in slice.endpoints {
          guard let address = endpoint.addresses.first else { continue }
          let interned = addresses.intern(address)
          let pod = process(of: endpoint, at: interned, port.protocol, number)
          if !pod.isNone { control.listen(pod, port.protocol, number) }
          if let row { _ = control.backend(of: row, interned, number, pod, addresses) }
        }
      }
    }
  }

  /// The pod or server behind an endpoint. At a node's address there may be many: the host-network pod that the
  /// endpoint names, or the one that has the port, or else the node's nameless server.
  private func process(
    of endpoint: EndpointSlice.Endpoint, at address: AddressID, _ transport: IPProtocol, _ port: UInt16
  ) -> PodID {
    let place = owner(address)
    guard place.kind == .node else { return place.pod }
    if let name = endpoint.targetPod, let pod = control.hostPod(name, on: place.node) { return pod }
    return control.listener(on: place.node, transport, port) ?? hostServers[place.node.index] ?? .none
  }

  /// Endpoints of given slices at whose address no pod is are servers all the same: at a node's own address a process
  /// of that node, at one that nobody has a host on the endpoint's node.
  private mutating func addServersOfGivenSlices() {
    for slice in control.givenSlices {
      for endpoint in slice.endpoints {
        guard let address = endpoint.addresses.first else { continue }
        let place = owner(addresses.intern(address))
        switch place.kind {
        case .node:
          if hostServers[place.node.index] != nil { continue }
          if let name = endpoint.targetPod, control.hostPod(name, on: place.node) != nil { continue }
          let isServed = slice.ports.allSatisfy { port in
            port.port.map { control.listener(on: place.node, port.protocol, $0) != nil } ?? true
          }
          if isServed { continue }
          hostServers[place.node.index] = addServer(address, of: slice, on: place.node, isOnHost: true)
        case .nowhere:
          let node =
            endpoint.nodeName.flatMap { name in control.nodes.firstIndex { $0.metadata.name == name } }
            ?? control.nodes.firstIndex { $0.podCIDRs.contains { $0.contains(address) } } ?? 0
          guard node < nodes.count else { continue }
          _ = addServer(address, of: slice, on: NodeID(index: node), isOnHost: false)
        case .pod, .outside, .balancer: continue
        }
      }
      if let name = slice.serviceName,
        let index = control.service(NamespacedName(slice.metadata.namespace, name))
      {
        noteEndpoints([slice], of: control.services[index].service)
      }
    }
  }

  private mutating func addServer(
    _ address: Address, of slice: EndpointSlice, on node: NodeID, isOnHost: Bool
  ) -> PodID {
    var pod = Pod(metadata: ObjectMeta(name: address.description, namespace: slice.metadata.namespace))
    pod.podIPs = [address]
    pod.spec.hostNetwork = isOnHost
    return addPodRow(
      ControlPlane.PodObject(pod: pod, node: node, created: .zero, isObject: false, isReady: true),
      condition: .running)
  }

  /// Puts real dumps in the place of what kube-proxy would write.
  func replaceRules() throws(AssemblyProblems) {
    var problems: [AssemblyProblem] = []
    for dump in specification.cluster.rulesFrom {
      guard let index = control.nodes.firstIndex(where: { $0.metadata.name == dump.node }) else { continue }
      do {
        try rules.replace(NodeID(index: index), with: dump.rules, sets: dump.sets)
      } catch {
        for problem in error.problems {
          problems.append(
            AssemblyProblem(
              kind: "", object: NamespacedName("", "cluster.rulesFrom"),
              message: "the dump of \(dump.node): \(problem)"))
        }
      }
    }
    if !problems.isEmpty { throw AssemblyProblems(problems: problems) }
  }
}
