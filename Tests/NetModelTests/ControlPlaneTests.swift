// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

/// What controllers, kubelets and kube-proxies do as time goes on.
@Suite struct ControlPlaneTests {
  private static let name = NamespacedName("default", "httpenv")

  /// httpenv on six nodes in two zones.
  private func zones(_ distribution: String?) throws -> SimulatedCluster {
    var specification = Httpenv.cluster(.clusterIP)
    specification.cluster.nodes = (1...6).map {
      Node(
        metadata: ObjectMeta(
          name: "node-\($0)", labels: ["topology.kubernetes.io/zone": $0 % 2 == 0 ? "east" : "west"]))
    }
    specification.cluster.services[0].trafficDistribution = distribution
    return try SimulatedCluster(specification)
  }

  @Test func trafficDistributionWritesHints() throws {
    func hints(_ distribution: String?) throws -> [EndpointSlice.Endpoint] {
      try zones(distribution).inventory().endpointSlices.flatMap(\.endpoints)
    }
    for endpoint in try hints(nil) { #expect(endpoint.zoneHints == nil && endpoint.nodeHints == nil) }
    for distribution in ["PreferClose", "PreferSameZone"] {
      let endpoints = try hints(distribution)
      #expect(endpoints.count == 3)
      for endpoint in endpoints {
        #expect(endpoint.zone != nil)
        #expect(endpoint.zoneHints == endpoint.zone.map { [$0] } && endpoint.nodeHints == nil)
      }
    }
    for endpoint in try hints("PreferSameNode") {
      #expect(endpoint.zoneHints == endpoint.zone.map { [$0] } && endpoint.nodeHints == endpoint.nodeName.map { [$0] })
    }
  }

  /// Pods are on node-1 to node-3: two in the west, one in the east.
  @Test func hintsNarrowWhereANodesTrafficGoes() throws {
    func endpoints(_ distribution: String?, _ node: String) throws -> Int {
      let question = ProbeQuestion(
        via: nil, from: .node(node), to: .service(ControlPlaneTests.name, port: nil))
      return try zones(distribution).probe(question).branches.count
    }
    #expect(try endpoints(nil, "node-5") == 3)
    #expect(try endpoints("PreferSameZone", "node-5") == 2)
    #expect(try endpoints("PreferSameZone", "node-6") == 1)
    #expect(try endpoints("PreferSameNode", "node-3") == 1)
    #expect(try endpoints("PreferSameNode", "node-5") == 2)
  }

  @Test func hintsAreOfReadyEndpointsOnly() {
    var service = Service(metadata: ObjectMeta(name: "web", namespace: "default"))
    service.selector = ["app": "web"]
    service.ports = [Service.Port(port: 80)]
    service.ipFamilies = [.ipv4]
    service.trafficDistribution = "PreferSameNode"
    let pods = (1...3).map { number in
      var pod = Pod(metadata: ObjectMeta(name: "web-\(number)", namespace: "default", labels: ["app": "web"]))
      pod.podIPs = [ip("10.244.1.\(number)")]
      pod.spec.nodeName = "node-1"
      pod.isTerminating = number == 3
      return EndpointSliceController.PodStatus(pod: pod, isReady: number != 2, zone: number == 1 ? "west" : nil)
    }
    let endpoints = EndpointSliceController.slices(of: service, pods: pods).flatMap(\.endpoints)
    #expect(endpoints.map(\.zoneHints) == [["west"], nil, nil])
    #expect(endpoints.map(\.nodeHints) == [["node-1"], nil, nil])
    #expect(endpoints.map(\.isReady) == [true, false, false])
    #expect(endpoints.map(\.isServing) == [true, false, true])
  }

  @Test func slicesHoldAHundredEndpointsOfPodsWithEqualPorts() {
    var service = Service(metadata: ObjectMeta(name: "web", namespace: "default"))
    service.selector = ["app": "web"]
    service.ports = [Service.Port(name: "http", port: 80, targetPort: .name("http"))]
    service.ipFamilies = [.ipv4]
    let pods = (0..<250).map { number in
      var pod = Pod(metadata: ObjectMeta(name: "web-\(number)", namespace: "default", labels: ["app": "web"]))
      pod.podIPs = [ip("10.244.1.\(number)")]
      let port: UInt16 = number < 220 ? 8080 : 9090
      pod.spec.containers = [Container(name: "c", ports: [Container.Port(name: "http", containerPort: port)])]
      pod.phase = number == 219 ? .failed : .running
      return EndpointSliceController.PodStatus(pod: pod, isReady: true, zone: nil)
    }
    let slices = EndpointSliceController.slices(of: service, pods: pods)
    #expect(slices.map(\.endpoints.count) == [100, 100, 19, 30])
    #expect(slices.map { $0.ports.map(\.port) } == [[8080], [8080], [8080], [9090]])
    #expect(Set(slices.map(\.metadata.name)).count == 4)
    #expect(slices.allSatisfy { $0.serviceName == "web" && $0.isManagedByController })
    service.selector = nil
    #expect(EndpointSliceController.slices(of: service, pods: pods).isEmpty)
  }

  /// A world whose httpenv pods belong to a controller of this kind; one pod is deleted at 1 s.
  private func replaced(_ kind: WorkloadController.Kind) throws -> WorldTests.Result {
    var specification = Httpenv.cluster(.clusterIP)
    specification.duration = .seconds(10)
    specification.cluster.controllers[0].kind = kind
    var selection = PodSelection(selector: Httpenv.labels)
    selection.count = 1
    specification.events = [ScheduledEvent(at: .zero + .seconds(1), action: .deletePods(selection))]
    return try WorldTests.run(specification)
  }

  @Test(arguments: WorkloadController.Kind.allCases) func aDeletedPodIsReplaced(_ kind: WorkloadController.Kind) throws
  {
    let result = try replaced(kind)
    let gone = result.inventory.pods.filter { !$0.exists }
    let there = result.inventory.pods.filter(\.exists)
    #expect(gone.count == 1 && there.count == 3)
    #expect(there.allSatisfy { $0.status == "Running" && $0.readyContainers == 1 && $0.restarts == 0 })
    let made = try #require(there.last)
    let removed = try #require(gone.first)
    let created = try #require(result.changes.first { $0.kind == .podCreated })
    let left = try #require(result.changes.first { $0.kind == .podRemoved })
    switch kind {
    case .daemonSet:
      #expect(made.node == removed.node && made.pod.metadata.name != removed.pod.metadata.name)
      #expect(created.at > left.at)
    case .statefulSet:
      #expect(made.pod.metadata.name == removed.pod.metadata.name)
      #expect(created.at > left.at)
    case .deployment, .replicaSet:
      #expect(made.pod.metadata.name != removed.pod.metadata.name)
      #expect(created.at < left.at)
    }
    let slices = result.inventory.endpointSlices.flatMap(\.endpoints)
    #expect(slices.count == 3 && slices.allSatisfy(\.isReady))
  }

  @Test func aRestoredPodWasRestarted() throws {
    var specification = Httpenv.cluster(.clusterIP)
    specification.duration = .seconds(20)
    var selection = PodSelection(selector: Httpenv.labels)
    selection.count = 1
    for second in [1, 6] as [Int64] {
      specification.events += [
        ScheduledEvent(at: .zero + .seconds(second), action: .failPods(selection)),
        ScheduledEvent(at: .zero + .seconds(second + 2), action: .restorePods(selection)),
      ]
    }
    let result = try WorldTests.run(specification)
    #expect(result.inventory.pods.map(\.restarts).sorted() == [0, 0, 2])
    // Containers start 1.5 s after the restoration at 8 s.
    #expect(result.inventory.pods.compactMap(\.lastRestart) == [.zero + .milliseconds(9500)])
  }

  /// The balancer of the Service whose number is not the balancer's: it still counts its own connections.
  @Test func leastConnectionsPicksTheTargetWithTheFewest() throws {
    var specification = Httpenv.load(.loadBalancer, from: .external, rate: 60)
    specification.duration = .seconds(20)
    specification.loadBalancers.algorithm = .leastConnections
    specification.cluster.services.append(
      service("default/a-first", "10.96.0.9", ports: [Service.Port(port: 80)]))
    specification.workloads[0].timeout = .seconds(30)
    specification.network.external.latency = .microseconds(10)
    specification.network.node.latency = .microseconds(10)
    var profile = ServerProfile()
    profile.service = .exponential(mean: 0.4)
    profile.concurrency = 1000
    specification.servers = [profile]
    let result = try WorldTests.run(specification)
    #expect(result.books.requestsFailed == 0)
    var isLeast = 0
    for request in result.requests {
      var open = [0, 0, 0]
      for other in result.requests where other.arrival < request.arrival && other.end > request.arrival {
        open[other.node.index] += 1
      }
      if open[request.node.index] == open.min() { isLeast += 1 }
    }
    #expect(Double(isLeast) > 0.98 * Double(result.requests.count), "\(isLeast) of \(result.requests.count)")
  }

  @Test func aSyncCostsTheLinesOfBothFamilies() throws {
    func syncTime(_ families: [IPFamily]) throws -> Double {
      var specification = Httpenv.cluster(.clusterIP)
      specification.cluster.serviceCIDRs = [block("10.96.0.0/12"), block("fd00:96::/112")]
      specification.cluster.podCIDRs = [block("10.244.0.0/16"), block("fd00:244::/48")]
      specification.cluster.nodeCIDRs = [block("192.168.0.0/16"), block("fd00:192::/64")]
      specification.cluster.services[0].ipFamilies = families
      var selection = PodSelection(selector: Httpenv.labels)
      selection.count = 1
      specification.events = [ScheduledEvent(at: .zero + .seconds(1), action: .failPods(selection))]
      let cluster = try SimulatedCluster(specification)
      cluster.simulation.model.control.delays.syncPerLine = .milliseconds(100)
      cluster.simulation.model.control.delays.syncBase = .zero
      cluster.simulation.model.control.delays.proxyWatch = .zero
      try cluster.run(until: .zero + .seconds(20))
      let changes = cluster.drainChanges()
      let written = try #require(changes.first { $0.kind == .endpointSliceWritten })
      let applied = try #require(changes.first { $0.kind == .rulesApplied })
      return (applied.at - written.at).seconds
    }
    let one = try syncTime([.ipv4])
    #expect(one > 0)
    #expect(try syncTime([.ipv4, .ipv6]) == 2 * one)
  }

  /// What a node has heard is what its own watch has brought, in the order written.
  @Test func aNodeHearsAWriteWhenItsWatchBringsIt() throws {
    var specification = Httpenv.cluster(.clusterIP)
    specification.cluster.nodeCount = 60
    var selection = PodSelection(selector: Httpenv.labels)
    selection.count = 1
    specification.events = [1, 2].map {
      ScheduledEvent(at: .zero + .seconds($0), action: .deletePods(selection))
    }
    let cluster = try SimulatedCluster(specification)
    cluster.simulation.model.control.delays.proxyWatch = .seconds(100)
    cluster.simulation.model.control.delays.sandboxRemoval = .seconds(1000)
    cluster.simulation.model.control.delays.containerStart = .seconds(1000)
    try cluster.run(until: .zero + .seconds(1) + .milliseconds(500))
    let first = cluster.simulation.model.control.endpointsPoint
    try cluster.run(until: .zero + .seconds(52))
    let control = cluster.simulation.model.control
    #expect(control.endpointsPoint > first)
    let heard = control.proxies.count { $0.heardEndpoints == control.endpointsPoint }
    // Half of the time has gone by for both: a node has the second when the later of two uniform times is past.
    #expect(heard > 5 && heard < 26, "\(heard)")
    try cluster.run(until: .zero + .seconds(200))
    #expect(cluster.simulation.model.control.proxies.allSatisfy { $0.heardEndpoints == control.endpointsPoint })
  }

  /// A socket that goes on sending keeps its conntrack entry; the sync that takes the endpoint out deletes it.
  @Test func datagramsLeaveAPodThatIsGoneWithTheNextSync() throws {
    var specification = Httpenv.load(.clusterIP, from: .node("node-1"), rate: 200, protocol: .udp)
    specification.workloads[0].connections = .keepAlive(maxRequests: 1_000_000, idle: .seconds(60))
    specification.duration = .seconds(20)
    specification.cluster.controllers[0].replicas = 2
    var selection = PodSelection(selector: Httpenv.labels)
    selection.count = 1
    specification.events = [ScheduledEvent(at: .zero + .seconds(5), action: .failPods(selection))]
    let result = try WorldTests.run(specification)
    #expect(result.books.balances)
    let applied = try #require(result.changes.first { $0.kind == .rulesApplied && $0.node.index == 0 })
    let late = result.requests.filter { $0.arrival > applied.at + .seconds(3) }
    #expect(late.count > 1000)
    #expect(late.allSatisfy { $0.outcome == .succeeded })
    #expect(result.requests.contains { $0.outcome == .refused || $0.outcome == .timeout })
  }

  @Test func versionsThatNobodySeesAreForgotten() throws {
    var specification = Httpenv.load(.clusterIP, from: .node("node-1"), rate: 20)
    specification.duration = .seconds(900)
    specification.events = (1..<290).map { turn in
      ScheduledEvent(
        at: .zero + .seconds(3 * Int64(turn)),
        action: .scale(kind: .deployment, ControlPlaneTests.name, replicas: turn % 2 == 0 ? 3 : 4))
    }
    let cluster = try SimulatedCluster(specification)
    try cluster.run(until: .zero + .seconds(900))
    let world = cluster.simulation.model.log
    let points = cluster.simulation.model.control.endpointsPoint.rawValue
    #expect(points > 400)
    #expect(world.oldestSerials(ServicePortID(rawValue: 0)).endpoints > 300)
    #expect(cluster.conservation.requestsFailed < cluster.conservation.requestsSent / 20)
  }

  @Test func theSchedulerSpreads() {
    func nodes(_ count: Int) -> [Node] {
      (0..<count).map { Node(metadata: ObjectMeta(name: "n\($0)", labels: ["disk": $0 % 2 == 0 ? "ssd" : "hdd"])) }
    }
    var scheduler = PodScheduler(nodes: nodes(4))
    scheduler.occupy(0)
    scheduler.occupy(0)
    scheduler.occupy(2)
    scheduler.start()
    // First every node once, the emptiest first, then round again.
    #expect(scheduler.place(5, spec: PodSpec()) == [1, 3, 2, 0, 1])
    var picky = PodSpec()
    picky.nodeSelector = ["disk": "ssd"]
    #expect(scheduler.place(3, spec: picky) == [2, 0, 2])
    picky.nodeSelector = ["disk": "tape"]
    #expect(scheduler.place(2, spec: picky) == [nil, nil])
    var cordoned = nodes(2)
    cordoned[0].isUnschedulable = true
    var other = PodScheduler(nodes: cordoned)
    other.start()
    #expect(other.place(2, spec: PodSpec()) == [1, 1])
  }
}
