// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import Testing

/// Processes in a node's root namespace: host-network pods, servers of given slices, closed ports.
@Suite struct HostNetworkTests {
  /// The httpenv cluster with its pods on the nodes' network, listening on 8888.
  private func world(
    _ type: Service.ServiceType = .nodePort, from placement: ClientPlacement, protocol transport: IPProtocol = .tcp
  ) -> WorldSpecification {
    var specification = Httpenv.load(type, from: placement, rate: 200, protocol: transport)
    specification.cluster.controllers[0].template.hostNetwork = true
    specification.cluster.controllers[0].template.containers = [
      Container(name: "httpenv", ports: [Container.Port(containerPort: 8888, protocol: transport)])
    ]
    return specification
  }

  @Test(arguments: [
    ClientPlacement.external, .node("node-1"), .pods(["app": "httpenv"], namespace: nil),
  ])
  func hostNetworkPodsServeAtTheirNodesAddresses(_ placement: ClientPlacement) throws {
    for transport in [IPProtocol.tcp, .udp] {
      let result = try WorldTests.run(world(from: placement, protocol: transport))
      #expect(result.books.balances, "\(result.books)")
      #expect(result.books.requestsSent > 1000)
      #expect(
        result.books.requestsFailed == 0,
        "\(transport) \(result.requests.filter { $0.outcome != .succeeded }.prefix(3))")
      #expect(result.books.packetsInFlight == 0)
      let backends = Set(result.connections.map(\.backend)).map { result.inventory.backends[$0.index] }
      #expect(backends.count == 3)
      for backend in backends {
        #expect(!backend.pod.isNone)
        #expect(result.inventory.nodes[backend.node.index].internalIPs.first == backend.endpoint.address)
      }
    }
  }

  @Test func aHostNetworkPodThatFailsRefuses() throws {
    var specification = world(from: .node("node-2"))
    specification.workloads[0].to = .node("node-1", port: 8888)
    let selection = PodSelection(selector: Httpenv.labels)
    specification.events = [
      ScheduledEvent(at: .zero + .seconds(2), action: .failPods(selection)),
      ScheduledEvent(at: .zero + .seconds(3), action: .restorePods(selection)),
    ]
    let result = try WorldTests.run(specification)
    #expect(result.books.balances)
    for request in result.requests {
      let at = request.arrival.seconds
      if at < 1.9 || at > 4.6 { #expect(request.outcome == .succeeded, "at \(at)") }
      if at > 2.1, at < 4.4 { #expect(request.outcome == .refused, "at \(at)") }
    }
  }

  @Test(arguments: [ClientPlacement.external, .node("node-1"), .node("node-2")])
  func aClosedPortOfANodeRefuses(_ placement: ClientPlacement) throws {
    for transport in [IPProtocol.tcp, .udp] {
      // Below one a second the kernel answers every datagram.
      var specification = Httpenv.load(.clusterIP, from: placement, rate: 0.8, protocol: transport)
      specification.duration = .seconds(30)
      specification.workloads[0].arrivals = .constant(perSecond: 0.8)
      specification.workloads[0].to = .node("node-1", port: 9999)
      let result = try WorldTests.run(specification)
      #expect(result.books.balances)
      #expect(result.books.requestsSent == 24)
      #expect(result.requests.allSatisfy { $0.outcome == .refused }, "\(transport) from \(placement)")
      #expect(result.books.packetsDropped.reduce(0, +) == 0)
    }
  }

  @Test func scaledUpHostNetworkPodsHaveTheirNodesAddresses() throws {
    var specification = world(from: .node("node-1"))
    specification.events = [
      ScheduledEvent(
        at: .zero + .seconds(1),
        action: .scale(kind: .deployment, NamespacedName("default", "httpenv"), replicas: 5))
    ]
    let result = try WorldTests.run(specification)
    #expect(result.inventory.pods.count == 5)
    for pod in result.inventory.pods {
      #expect(pod.pod.podIPs == result.inventory.nodes[pod.node.index].hostIPs)
    }
    #expect(result.books.requestsFailed == 0)
  }

  /// The control plane's own Service, as kubeadm has it: its endpoint is a node.
  @Test func aGivenEndpointAtANodesAddressLeavesTheNodeItsAddress() throws {
    var specification = Httpenv.load(.nodePort, from: .external, rate: 100)
    specification.cluster.services[0].ports[0].nodePort = 30080
    var kubernetes = Service(
      metadata: ObjectMeta(name: "kubernetes", namespace: "default"),
      ports: [Service.Port(name: "https", port: 443, targetPort: .number(6443))])
    kubernetes.clusterIPs = [ip("10.86.0.1")]
    kubernetes.ipFamilies = [.ipv4]
    specification.cluster.services.append(kubernetes)
    specification.cluster.nodes = (1...3).map {
      Node(metadata: ObjectMeta(name: "node-\($0)"), internalIPs: [ip("192.168.1.\(10 + $0)")])
    }
    specification.cluster.endpointSlices = [
      EndpointSlice(
        metadata: ObjectMeta(
          name: "kubernetes", namespace: "default", labels: ["kubernetes.io/service-name": "kubernetes"]),
        addressType: .ipv4, ports: [EndpointSlice.Port(name: "https", port: 6443)],
        endpoints: [EndpointSlice.Endpoint(addresses: [ip("192.168.1.11")])])
    ]
    specification.clients.append(ClientGroup(name: "kubelets", placement: .node("node-2")))
    specification.clients.append(
      ClientGroup(name: "pods", placement: .pods(["app": "httpenv"], namespace: nil)))
    for (name, from) in [("status", "kubelets"), ("api", "pods")] {
      var workload = Workload(
        name: name, from: from, to: .service(NamespacedName("default", "kubernetes"), port: nil))
      workload.arrivals = .poisson(perSecond: 50)
      specification.workloads.append(workload)
    }
    // The node port of node-1 still leads to node-1.
    specification.workloads[0].to = .node("node-1", port: 30080)
    let result = try WorldTests.run(specification)
    #expect(result.books.balances)
    #expect(result.books.requestsFailed == 0, "\(result.books)")
    #expect(Set(result.requests.map(\.workload)).count == 3)
    #expect(result.connections.filter { $0.workload.index == 0 }.allSatisfy { $0.node.index == 0 })
    let api = result.connections.filter { $0.workload.index > 0 }.map { result.inventory.backends[$0.backend.index] }
    #expect(api.allSatisfy { $0.endpoint.description == "192.168.1.11:6443" && $0.node.index == 0 && $0.pod.isNone })
  }

  /// Pods as `kubectl get` prints them, without their Nodes: the API server's pod says where it is.
  @Test func aGivenHostNetworkPodTellsItsNodesAddress() throws {
    var specification = Httpenv.cluster(.clusterIP)
    var server = Pod(metadata: ObjectMeta(name: "kube-apiserver", namespace: "kube-system"))
    server.spec.nodeName = "master"
    server.spec.hostNetwork = true
    server.spec.containers = [Container(name: "c", ports: [Container.Port(containerPort: 6443)])]
    server.podIPs = [ip("172.18.0.2")]
    specification.cluster.pods = [server]
    var kubernetes = service("default/kubernetes", "10.96.0.1", ports: [Service.Port(name: "p80", port: 443)])
    kubernetes.ipFamilies = [.ipv4]
    specification.cluster.services.append(kubernetes)
    specification.cluster.endpointSlices = [slice("default/kubernetes", [endpoint("172.18.0.2")], port: 6443)]
    specification.clients = [ClientGroup(name: "pods", placement: .pods(["app": "httpenv"], namespace: nil))]
    var workload = Workload(
      name: "api", from: "pods", to: .service(NamespacedName("default", "kubernetes"), port: nil))
    workload.arrivals = .constant(perSecond: 20)
    specification.workloads = [workload]
    let result = try WorldTests.run(specification)
    #expect(result.books.requestsSent == 120 && result.books.requestsFailed == 0, "\(result.books)")
    let master = try #require(result.inventory.nodes.first { $0.metadata.name == "master" })
    #expect(master.internalIPs == [ip("172.18.0.2")])
    let backend = result.inventory.backends[result.connections[0].backend.index]
    #expect(result.inventory.pods[backend.pod.index].pod.metadata.name == "kube-apiserver")
  }

  /// k3s' ServiceLB publishes nodes' addresses as those of the load balancer.
  @Test func aLoadBalancerAtANodesAddressIsTheNode() throws {
    var specification = Httpenv.load(.loadBalancer, from: .external, rate: 100)
    specification.cluster.nodes = (1...3).map {
      Node(metadata: ObjectMeta(name: "node-\($0)"), internalIPs: [ip("192.168.1.\(10 + $0)")])
    }
    specification.cluster.services[0].loadBalancerIngress = [Service.Ingress(ip: ip("192.168.1.12"))]
    let result = try WorldTests.run(specification)
    #expect(result.books.requestsFailed == 0, "\(result.books)")
    #expect(result.connections.allSatisfy { $0.node.index == 1 })
  }
}
