// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// Clients and workloads as rows.
extension World {
  mutating func addClients() {
    var nextExternal: [IPFamily: UInt64] = [:]
    let network = specification.network
    // External clients speak the family that load balancers and nodes have.
    let family = specification.cluster.serviceCIDRs.first?.family ?? .ipv4
    let block = network.clientCIDRs.first { $0.family == family } ?? network.clientCIDRs.first
    for (number, group) in specification.clients.enumerated() {
      let places = places(of: group)
      for k in 0..<max(group.count, 1) {
        var runtime = ClientRuntime(place: .nowhere, address: .none, group: UInt32(number))
        switch group.placement {
        case .external:
          guard let block else { continue }
          // Beyond the block's end addresses go on after it: every client has its own.
          let offset = (nextExternal[block.family] ?? 0) + 1
          nextExternal[block.family] = offset
          let address = block.address.advanced(by: offset + 1) ?? block.address
          runtime.address = addresses.intern(address)
          runtime.place = .outside
          runtime.up = links.append(Link(network.external))
          runtime.down = links.append(Link(network.external))
          setOwner(runtime.address, .outside)
        case .node, .pod, .pods:
          guard !places.isEmpty else { continue }
          let place = places[k % places.count]
          runtime.place = place
          if place.kind == .pod {
            let pod = pods[place.pod]
            runtime.address = pod.address
            runtime.node = pod.node
            runtime.pod = place.pod
            pods[place.pod].hasClients = true
            // A host-network pod's processes are its node's.
            if pod.isOnHost { runtime.place = .node(pod.node) }
          } else {
            runtime.address =
              nodes[place.node].addressIPv4.isNone ? nodes[place.node].addressIPv6 : nodes[place.node].addressIPv4
            runtime.node = place.node
          }
        }
        clients.append(runtime)
        control.clientOrdinals.append(UInt32(k))
      }
    }
  }

  private func places(of group: ClientGroup) -> [Place] {
    switch group.placement {
    case .external: return []
    case .node(let name):
      return control.nodes.firstIndex { $0.metadata.name == name }.map { [.node(NodeID(index: $0))] } ?? []
    case .pod(let name):
      return control.pods.firstIndex { $0.isObject && $0.pod.metadata.namespacedName == name && !$0.node.isNone }.map {
        [.pod(PodID(index: $0))]
      } ?? []
    case .pods(let selector, let namespace):
      let found = control.pods.indices.filter { index in
        let object = control.pods[index]
        let metadata = object.pod.metadata
        return object.isObject && !object.node.isNone && metadata.labels.matches(selector)
          && (namespace.map { $0 == metadata.namespace } ?? true)
      }
      return found.sorted {
        control.pods[$0].pod.metadata.namespacedName < control.pods[$1].pod.metadata.namespacedName
      }.map { .pod(PodID(index: $0)) }
    }
  }

  mutating func addWorkloads() {
    for workload in specification.workloads {
      var first: UInt32 = 0
      var count: UInt32 = 0
      for client in clients.ids where specification.clients[Int(clients[client].group)].name == workload.from {
        if count == 0 { first = client.rawValue }
        count += 1
      }
      control.addTarget(target(of: workload))
      workloads.append(state(of: workload, first: first, count: count))
    }
  }

  private func state(of workload: Workload, first: UInt32, count: UInt32) -> WorkloadState {
    var state = WorkloadState(
      firstClient: first, clientCount: count,
      arrivals: RandomStream(seed: seed, replication: replication, name: "workload/\(workload.name)/arrivals"),
      meanGap: 0, isPoisson: false, isClosed: false, isTCP: workload.protocol == .tcp,
      requestBytes: PreparedDistribution(workload.requestBytes),
      responseBytes: PreparedDistribution(workload.responseBytes), think: PreparedDistribution(.constant(0)),
      timeout: workload.timeout.nanoseconds, retryAttempts: min(UInt16(clamping: workload.retryAttempts), .max - 1),
      retryBackoff: workload.retryBackoff.nanoseconds, reuse: .none, poolSize: 1, maxRequests: .max, idle: .max,
      maxAge: .max)
    if let request = state.requestBytes.constant, let response = state.responseBytes.constant {
      state.fixedRequestBytes = World.wholeBytes(request)
      state.fixedResponseBytes = World.wholeBytes(response)
    }
    switch workload.arrivals {
    case .poisson(let rate):
      state.isPoisson = true
      state.meanGap = 1e9 / rate
    case .constant(let rate): state.meanGap = 1e9 / rate
    case .closed(let think):
      state.isClosed = true
      state.think = PreparedDistribution(think)
    }
    switch workload.connections {
    case .none: break
    case .keepAlive(let maxRequests, let idle):
      state.reuse = .keepAlive
      state.maxRequests = UInt32(clamping: maxRequests)
      state.idle = idle.nanoseconds
    case .pool(let size, let idle, let maxAge):
      state.reuse = .pool
      state.poolSize = UInt32(clamping: max(size, 1))
      state.idle = idle.nanoseconds
      state.maxAge = maxAge.nanoseconds
    }
    return state
  }

  // MARK: Destinations

  /// What a workload or probe is addressed to, as far as it can be resolved beforehand.
  func target(of workload: Workload) -> ControlPlane.WorkloadTarget {
    resolve(workload.to, workload.protocol) ?? ControlPlane.WorkloadTarget(destination: workload.to)
  }

  /// Resolves a destination; nil when its name stands for nothing.
  func resolve(_ destination: Destination, _ transport: IPProtocol) -> ControlPlane.WorkloadTarget? {
    var target = ControlPlane.WorkloadTarget(destination: destination)
    target.protocol = transport
    switch destination {
    case .socket(let socket):
      target.insideAddress = socket
      target.balancerAddress = socket
      target.rows = rows(at: socket, transport)
      return target
    case .node(let name, let port):
      guard let node = control.nodes.first(where: { $0.metadata.name == name }), let address = node.internalIPs.first
      else { return nil }
      let socket = SocketAddress(address, port)
      target.insideAddress = socket
      target.balancerAddress = socket
      target.rows = rows(at: socket, transport)
      return target
    case .pod(let name, let port):
      guard let object = control.pods.first(where: { $0.isObject && $0.pod.metadata.namespacedName == name }),
        let address = object.pod.podIPs.first
      else { return nil }
      target.insideAddress = SocketAddress(address, port)
      target.balancerAddress = target.insideAddress
      return target
    case .service(let name, let reference): return resolve(name, reference, transport, &target) ? target : nil
    case .loadBalancer(let name, let reference):
      guard resolve(name, reference, transport, &target) else { return nil }
      target.insideAddress = target.balancerAddress
      return target
    case .name(let name, let port):
      // The names that CoreDNS answers for Services: NAME.NS.svc.DOMAIN, and NAME.NS, NAME for short.
      let labels = name.split(separator: ".").map(String.init)
      guard let first = labels.first else { return nil }
      let namespace = labels.count > 1 ? labels[1] : "default"
      return resolve(NamespacedName(namespace, first), .number(port), transport, &target) ? target : nil
    }
  }

  private func resolve(
    _ name: NamespacedName, _ reference: ServicePortReference?, _ transport: IPProtocol,
    _ target: inout ControlPlane.WorkloadTarget
  ) -> Bool {
    guard let index = control.service(name) else { return false }
    let service = control.services[index].service
    let port = service.ports.firstIndex { port in
      guard port.protocol == transport else { return false }
      return switch reference {
      case .number(let number): port.port == number
      case .name(let name): port.name == name
      case nil: true
      }
    }
    guard let port else { return service.type == .externalName }
    let found = service.ports[port]
    target.rows = [IPFamily.ipv4, .ipv6].compactMap {
      log.find(ServicePortName(service: name, port: found.name, protocol: found.protocol), family: $0)
    }
    if service.isHeadless { target.headless = (index, port) }
    target.insideAddress = service.clusterIPs.first.map { SocketAddress($0, found.port) }
    if service.type == .loadBalancer {
      target.balancerAddress = service.loadBalancerIngress.lazy.compactMap(\.ip).first.map {
        SocketAddress($0, found.port)
      }
    }
    target.nodePort = found.nodePort
    return true
  }

  /// The rows of the Service ports that have a door at an address and port.
  private func rows(at socket: SocketAddress, _ transport: IPProtocol) -> [ServicePortID] {
    for state in control.services {
      let service = state.service
      let doors = service.clusterIPs + service.externalIPs + service.loadBalancerIngress.compactMap(\.ip)
      for port in service.ports where port.protocol == transport {
        let isDoor = port.port == socket.port && doors.contains(socket.address) || port.nodePort == socket.port
        guard isDoor else { continue }
        let name = ServicePortName(
          service: service.metadata.namespacedName, port: port.name, protocol: port.protocol)
        return [IPFamily.ipv4, .ipv6].compactMap { log.find(name, family: $0) }
      }
    }
    return []
  }
}
