// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The clusters that the benchmarks run, built as a scenario would build them.
enum Worlds {
  /// What every pod is labelled.
  static let labels: Labels = ["app": "echo"]
  /// How many clients there are outside; each keeps a few sockets to each Service that it uses.
  static let clientCount = 10

  /// The name of a Service: in name order, which is kube-proxy's.
  static func name(_ index: Int) -> NamespacedName {
    let digits = String(index)
    return NamespacedName("default", "service-" + String(repeating: "0", count: 6 - digits.count) + digits)
  }

  /// So many Services over the same few pods.
  static func cluster(
    services: Int, nodes: Int, replicas: Int, _ type: Service.ServiceType, _ transport: IPProtocol
  ) -> WorldSpecification {
    var specification = WorldSpecification()
    specification.cluster.nodeCount = nodes
    specification.cluster.services = (0..<services).map { index in
      let name = name(index)
      var service = Service(metadata: ObjectMeta(name: name.name, namespace: name.namespace), type: type)
      service.ports = [Service.Port(protocol: transport, port: 8080)]
      service.selector = labels
      return service
    }
    specification.cluster.controllers = [
      WorkloadController(
        kind: .deployment, metadata: ObjectMeta(name: "echo", namespace: "default"), replicas: replicas,
        selector: LabelSelector(matchLabels: labels), templateLabels: labels)
    ]
    specification.cluster.proxy.clusterCIDRs = specification.cluster.podCIDRs
    return specification
  }

  /// Servers that answer at once.
  static func instant() -> ServerProfile {
    var profile = ServerProfile()
    profile.service = .constant(0)
    profile.concurrency = 1000
    return profile
  }

  /// Up to ten Services spread over all of them, the first and the last included.
  static func targets(_ services: Int) -> [NamespacedName] {
    let count = min(services, 10)
    return (0..<count).map { name(count == 1 ? 0 : $0 * (services - 1) / (count - 1)) }
  }

  /// Requests to these Services in turn, evenly spaced, `total` in all.
  static func send(
    _ total: Int, perSecond rate: Double, to targets: [NamespacedName], _ transport: IPProtocol,
    from placement: ClientPlacement, clients: Int, _ reuse: ConnectionReuse, timeout: SimDuration,
    _ specification: inout WorldSpecification
  ) {
    specification.clients = [ClientGroup(name: "clients", count: clients, placement: placement)]
    specification.workloads = targets.map { target in
      var workload = Workload(name: target.name, from: "clients", to: .service(target, port: nil))
      workload.protocol = transport
      workload.arrivals = .constant(perSecond: rate / Double(targets.count))
      workload.connections = reuse
      workload.timeout = timeout
      return workload
    }
    specification.duration = SimDuration(nanoseconds: Int64(Double(total) / rate * 1e9))
  }

  /// UDP echoes: clients outside, one node, its node ports, its pods, and back by the same sockets.
  static func echo(services: Int, requests: Int) -> WorldSpecification {
    var specification = cluster(services: services, nodes: 1, replicas: 4, .nodePort, .udp)
    specification.cluster.nodePortRange = 1024...65535
    specification.network.external.latency = .microseconds(200)
    specification.servers = [instant()]
    send(
      requests, perSecond: 200_000, to: targets(services), .udp, from: .external, clients: clientCount,
      .pool(size: 64, idle: .seconds(100_000), maxAge: .seconds(100_000)), timeout: .milliseconds(100), &specification)
    for index in specification.workloads.indices {
      specification.workloads[index].requestBytes = .constant(64)
      specification.workloads[index].responseBytes = .constant(64)
    }
    return specification
  }

  /// New UDP flows, a socket each, from the node's pods to cluster IPs; each ends in conntrack 30 s later.
  static func flows(services: Int, flows: Int) -> WorldSpecification {
    var specification = cluster(services: services, nodes: 1, replicas: 4, .clusterIP, .udp)
    specification.servers = [instant()]
    send(
      flows, perSecond: 1000, to: targets(services), .udp, from: .pods(labels, namespace: nil), clients: 10, .none,
      timeout: .milliseconds(100), &specification)
    for index in specification.workloads.indices {
      specification.workloads[index].requestBytes = .constant(64)
      specification.workloads[index].responseBytes = .constant(64)
    }
    return specification
  }

  /// A load balancer in front of three nodes with a pod each: a TCP connection a request, the default sizes and times.
  static func connections(_ connections: Int) -> WorldSpecification {
    var specification = cluster(services: 1, nodes: 3, replicas: 3, .loadBalancer, .tcp)
    send(
      connections, perSecond: 200, to: targets(1), .tcp, from: .external, clients: 50, .none, timeout: .seconds(2),
      &specification)
    return specification
  }

  /// A whole data centre: the pods of each Service in a Deployment of its own.
  static func large(nodes: Int, services: Int, pods: Int) -> WorldSpecification {
    var specification = cluster(services: 0, nodes: nodes, replicas: 0, .clusterIP, .tcp)
    specification.cluster.controllers = []
    for index in 0..<services {
      let name = name(index)
      let labels: Labels = ["app": name.name]
      var service = Service(metadata: ObjectMeta(name: name.name, namespace: name.namespace))
      service.ports = [Service.Port(port: 8080)]
      service.selector = labels
      specification.cluster.services.append(service)
      let replicas = pods / services + (index < pods % services ? 1 : 0)
      specification.cluster.controllers.append(
        WorkloadController(
          kind: .deployment, metadata: ObjectMeta(name: name.name, namespace: name.namespace), replicas: replicas,
          selector: LabelSelector(matchLabels: labels), templateLabels: labels))
    }
    specification.cluster.podCIDRs = Worlds.podBlocks
    specification.cluster.proxy.clusterCIDRs = specification.cluster.podCIDRs
    return specification
  }

  /// Room for 65,535 nodes' blocks.
  private static let podBlocks = [Prefix("10.0.0.0/8")].compactMap { $0 }
}
