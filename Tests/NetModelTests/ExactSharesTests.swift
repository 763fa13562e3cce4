// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import Testing

/// The exact chances beside what was counted.
@Suite struct ExactSharesTests {
  /// httpenv with three pods on node-1 and one on each other node, and the policy Local.
  private func world(_ type: Service.ServiceType, from placement: ClientPlacement = .external) -> WorldSpecification {
    var specification = Httpenv.load(type, from: placement, rate: 300)
    specification.cluster.services[0].externalTrafficPolicy = .local
    specification.cluster.services[0].ports[0].nodePort = 30080
    specification.cluster.controllers = []
    for (name, node) in [("a", 1), ("b", 1), ("c", 1), ("d", 2), ("e", 3)] {
      specification.cluster.pods.append(
        Pod(
          metadata: ObjectMeta(name: name, namespace: "default", labels: Httpenv.labels),
          spec: PodSpec(nodeName: "node-\(node)")))
    }
    return specification
  }

  private func chance(_ record: ConnectionRecord, _ result: WorldTests.Result) -> Double? {
    result.epochs[record.epoch.index].shares.first { $0.backend == record.backend }?.probability
  }

  @Test func connectionsToOneNodesPortHaveThatNodesChances() throws {
    var specification = world(.nodePort)
    specification.workloads[0].to = .node("node-1", port: 30080)
    let result = try WorldTests.run(specification)
    #expect(result.books.requestsFailed == 0)
    #expect(result.connections.count > 1000)
    for record in result.connections {
      let found = try #require(chance(record, result))
      #expect(abs(found - 1.0 / 3) < 1e-6)
    }
    #expect(result.epochs.count == 1)
  }

  @Test func clientsOfANodePortHaveTheChancesOfTheNodeTheyKnow() throws {
    let result = try WorldTests.run(world(.nodePort))
    #expect(result.epochs.count == 3)
    for record in result.connections {
      let found = try #require(chance(record, result))
      #expect(abs(found - (record.node.index == 0 ? 1.0 / 3 : 1)) < 1e-6)
    }
  }

  @Test func aBalancersChancesAreTheMeanOverItsTargets() throws {
    let result = try WorldTests.run(world(.loadBalancer))
    #expect(result.epochs.count == 1)
    for record in result.connections {
      let found = try #require(chance(record, result))
      #expect(abs(found - (record.node.index == 0 ? 1.0 / 9 : 1.0 / 3)) < 1e-6)
    }
  }

  /// A change of one Service's endpoints starts no new span for another's, and each of its own steps starts one.
  @Test func spansFollowTheServiceConcerned() throws {
    for (type, placement) in [
      (Service.ServiceType.loadBalancer, ClientPlacement.external), (.clusterIP, .node("node-1")),
    ] {
      var specification = Httpenv.load(type, from: placement, rate: 300)
      specification.duration = .seconds(8)
      let other: Labels = ["app": "other"]
      specification.cluster.controllers.append(
        WorkloadController(
          kind: .deployment, metadata: ObjectMeta(name: "other", namespace: "default"), replicas: 3,
          selector: LabelSelector(matchLabels: other), templateLabels: other))
      var service = Service(metadata: ObjectMeta(name: "other", namespace: "default"), type: .clusterIP)
      service.ports = [Service.Port(port: 80)]
      service.selector = other
      specification.cluster.services.append(service)
      var selection = PodSelection(selector: other)
      selection.count = 1
      specification.events = [ScheduledEvent(at: .zero + .seconds(2), action: .failPods(selection))]
      let undisturbed = try WorldTests.run(specification)
      #expect(undisturbed.changes.count { $0.kind == .rulesApplied } == 3)
      #expect(undisturbed.epochs.count == 1)

      selection.selector = Httpenv.labels
      specification.events = [ScheduledEvent(at: .zero + .seconds(2), action: .failPods(selection))]
      let result = try WorldTests.run(specification)
      let counts = result.epochs.map(\.shares.count)
      #expect(counts.first == 3 && counts.last == 2)
      #expect(result.epochs.count >= 2 && result.epochs.count <= 4)
      for epoch in result.epochs { #expect(abs(epoch.shares.reduce(0) { $0 + $1.probability } - 1) < 1e-9) }
    }
  }
}
