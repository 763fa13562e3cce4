// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

/// Probes and traces of whole ways.
@Suite struct TraceTests {
  private static let service = NamespacedName("default", "httpenv")

  /// The name of the cluster's first pod on a node, and its address.
  private func pod(on node: String, _ cluster: SimulatedCluster) throws -> (name: NamespacedName, address: Address) {
    let inventory = cluster.inventory()
    let found = try #require(
      inventory.pods.first { !$0.node.isNone && inventory.nodes[$0.node.index].metadata.name == node })
    return (found.pod.metadata.namespacedName, try #require(found.pod.podIPs.first))
  }

  private static func dump(_ node: String, _ text: String) -> ClusterSpecification.NodeRules {
    .init(node: node, rules: IPTablesSaveParser.parse(text, family: .ipv4).ruleset)
  }

  private static func milliseconds(_ step: TraceStep?) -> Double { Double(step?.nanoseconds ?? -1) / 1e6 }

  // MARK: More nodes than one

  @Test func theSecondNodesRulesAreInTheTraceToo() throws {
    var specification = Httpenv.cluster(.clusterIP)
    let target = try pod(on: "node-2", SimulatedCluster(specification))
    specification.cluster.rulesFrom = [
      Self.dump(
        "node-2",
        """
        *filter
        :FORWARD ACCEPT [0:0]
        -A FORWARD -m statistic --mode random --probability 0.75000000000 -j TAKEN
        -A FORWARD -j REJECT --reject-with icmp-host-prohibited
        :TAKEN - [0:0]
        -A TAKEN -m comment --comment "nobody may" -j DROP
        COMMIT
        """)
    ]
    let cluster = try SimulatedCluster(specification)
    let question = ProbeQuestion(
      via: nil, from: .node("node-1"), to: .socket(SocketAddress(target.address, 8888)))
    let probe = try cluster.probe(question)
    #expect(probe.branches.map(\.verdict) == [.drop, .reject])
    #expect(probe.branches.map(\.probability) == [0.75, 0.25])
    #expect(probe.ways == 2 && probe.unexplored == 0)
    let trace = try cluster.trace(question)
    #expect(trace.branch.verdict == .drop && trace.branch.probability == 0.75)
    #expect(trace.branch.reason == "nobody may")
    let there = trace.steps.filter { $0.place == "node-2" }
    #expect(there.filter { $0.kind == .rule }.map(\.chain) == ["FORWARD", "TAKEN"])
    #expect(there.last?.kind == .deliver && there.last?.text == "the packet ends here: dropped: nobody may")
    #expect(!trace.steps.contains { $0.text.contains("no rule changes it") || $0.kind == .reply })
  }

  @Test func aPolicyEndsAWalkWithoutARule() throws {
    var specification = Httpenv.cluster(.clusterIP)
    let target = try pod(on: "node-2", SimulatedCluster(specification))
    specification.cluster.rulesFrom = [Self.dump("node-2", "*filter\n:FORWARD DROP [0:0]\nCOMMIT\n")]
    let cluster = try SimulatedCluster(specification)
    let trace = try cluster.trace(
      ProbeQuestion(via: nil, from: .node("node-1"), to: .socket(SocketAddress(target.address, 8888))))
    #expect(trace.steps.last?.text == "the packet ends here: dropped, by the policy of FORWARD")
  }

  @Test func aNodePortOfAnotherNodeIsReachedThroughThatNode() throws {
    let cluster = try SimulatedCluster(Httpenv.cluster(.nodePort))
    let nodePort = try #require(cluster.inventory().services.first?.ports.first?.nodePort)
    let client = try pod(on: "node-1", cluster)
    let question = ProbeQuestion(via: nil, from: .pod(client.name), to: .node("node-2", port: nodePort))
    let probe = try cluster.probe(question)
    #expect(probe.verdict == .deliver && probe.endpoints.count == 3 && probe.masquerade)
    let trace = try cluster.trace(question, endpoint: SocketAddress(pod(on: "node-3", cluster).address, 8888))
    #expect(
      trace.steps.filter { $0.kind == .hop }.map(\.place) == ["pod/\(client.name)", "node-1", "node-2", "node-3"])
    #expect(
      trace.steps.filter { $0.kind == .reply }.map(\.place) == [
        "pod", "node-3", "node-2", "node-1", "pod/\(client.name)",
      ])
    // Only the node's own rules are asked with `via`.
    var one = question
    one.via = "node-1"
    #expect(try cluster.probe(one).verdict == .unmatched)
  }

  @Test func waysBeyondTheLimitAreToldAsSuch() throws {
    var specification = Httpenv.cluster(.clusterIP)
    let rules = (0..<10).map { _ in
      "-A FORWARD -m statistic --mode random --probability 0.50000000000 -j MARK --set-xmark 0x1/0x1\n"
    }
    specification.cluster.rulesFrom = [
      Self.dump("node-1", "*mangle\n:FORWARD ACCEPT [0:0]\n\(rules.joined())COMMIT\n")
    ]
    let cluster = try SimulatedCluster(specification)
    let client = try pod(on: "node-1", cluster)
    let question = ProbeQuestion(
      via: nil, from: .pod(client.name), to: .socket(SocketAddress(try pod(on: "node-2", cluster).address, 8888)))
    let whole = try cluster.probe(question)
    #expect(whole.ways == 1024 && whole.unexplored == 0 && whole.branches.map(\.probability) == [1])
    let part = try cluster.probe(question, limit: 100)
    #expect(part.ways == 100)
    #expect(part.unexplored == 1 - 100.0 / 1024)
    #expect(part.branches.map(\.probability) == [100.0 / 1024])
  }

  // MARK: Times

  @Test func theWayBackTakesAsLongAsTheWayOut() throws {
    let cluster = try SimulatedCluster(Httpenv.cluster(.clusterIP))
    let client = try pod(on: "node-1", cluster)
    for (node, out) in [("node-1", 0.020), ("node-2", 0.240)] {
      let target = SocketAddress(try pod(on: node, cluster).address, 8888)
      for source in [ProbeQuestion.Source.pod(client.name), .node("node-1")] {
        for destination in [Destination.socket(target), .service(Self.service, port: nil)] {
          let trace = try cluster.trace(
            ProbeQuestion(via: nil, from: source, to: destination),
            endpoint: destination == .socket(target) ? nil : target)
          let there = Self.milliseconds(trace.steps.last { $0.kind == .deliver })
          let back = Self.milliseconds(trace.steps.last)
          #expect(there == out && back == 2 * out, "\(source) to \(destination)")
        }
      }
    }
    let outside = try SimulatedCluster(Httpenv.load(.loadBalancer, from: .external))
    let target = SocketAddress(try pod(on: "node-2", outside).address, 8888)
    let trace = try outside.trace(
      ProbeQuestion(via: nil, from: .client("clients"), to: .service(Self.service, port: nil)), endpoint: target)
    let there = Self.milliseconds(trace.steps.last { $0.kind == .deliver })
    // Client, load balancer, a node, its neighbour or the pod itself.
    #expect(there == 15.42 || there == 15.22)
    #expect(Self.milliseconds(trace.steps.last) == 2 * there)
  }

  // MARK: Pods that do not answer

  /// A trace after something has befallen the one pod of a Service: of a connection to the Service before any node's
  /// rules know, or to the pod's address when all is over.
  private func afterwards(
    _ action: ScheduledEvent.Action, from client: String, protocol transport: IPProtocol = .tcp,
    deadAddress: NetworkParameters.DeadAddress = .bridge, isOver: Bool = false
  ) throws -> Trace {
    var specification = Httpenv.cluster(.clusterIP, protocol: transport)
    specification.duration = .seconds(60)
    specification.cluster.controllers[0].replicas = 1
    specification.network.deadAddress = deadAddress
    specification.events = [ScheduledEvent(at: .zero + .seconds(1), action: action)]
    let cluster = try SimulatedCluster(specification)
    let pod = try #require(cluster.inventory().pods.first)
    let address = try #require(pod.pod.podIPs.first)
    let own = cluster.inventory().nodes[pod.node.index].metadata.name
    try cluster.run(until: .zero + .seconds(isOver ? 50 : 1) + .milliseconds(1))
    return try cluster.trace(
      ProbeQuestion(
        via: nil, from: .node(client == "own" ? own : own == "node-1" ? "node-2" : "node-1"),
        to: isOver ? .socket(SocketAddress(address, 8888)) : .service(Self.service, port: nil), protocol: transport))
  }

  @Test func aPodThatIsDownRefuses() throws {
    let selection = PodSelection(selector: Httpenv.labels)
    let trace = try afterwards(.failPods(selection), from: "other")
    let pod = try #require(trace.result.endpoints.first)
    #expect(trace.branch.verdict == .deliver && pod.port == 8888)
    guard case .podDown(let name) = trace.end else {
      Issue.record("\(trace.end)")
      return
    }
    #expect(trace.steps.last { $0.kind == .deliver }?.text == "\(name) is down: nothing listens on 8888")
    let back = trace.steps.filter { $0.kind == .reply }.map(\.text)
    #expect(back.first == "RST,ACK" && back.last == "the client is refused")
    #expect(!trace.steps.contains { $0.text.contains("SYN,ACK") || $0.text.contains("gets its answer") })
    let datagram = try afterwards(.failPods(selection), from: "other", protocol: .udp)
    #expect(datagram.steps.first { $0.kind == .reply }?.text == "ICMP port unreachable")
  }

  @Test func aPodThatIsGoneAnswersNothing() throws {
    let event = ScheduledEvent.Action.deletePods(PodSelection(selector: Httpenv.labels))
    for (address, client, isTold) in [
      (NetworkParameters.DeadAddress.bridge, "other", true), (.bridge, "own", false), (.blackhole, "other", false),
      (.unreachable, "own", true),
    ] {
      let trace = try afterwards(event, from: client, deadAddress: address, isOver: true)
      let back = trace.steps.filter { $0.kind == .reply }
      if case .podGone = trace.end {
        #expect(isTold && back.first?.text == "ICMP host unreachable")
        #expect(back.last?.text == "the client is told: no route to host")
        #expect((Self.milliseconds(back.last) > 3070) == (address == .bridge))
      } else if case .podGoneSilently = trace.end {
        #expect(!isTold && back.isEmpty)
      } else {
        Issue.record("\(trace.end)")
      }
    }
  }

  @Test func aPortWhereNobodyListensRefuses() throws {
    let cluster = try SimulatedCluster(Httpenv.cluster(.clusterIP))
    let target = try pod(on: "node-2", cluster)
    let trace = try cluster.trace(
      ProbeQuestion(via: nil, from: .node("node-1"), to: .socket(SocketAddress(target.address, 81))))
    #expect(trace.end == .portClosed("\(target.name)"))
  }

  // MARK: What does not get there

  @Test func fromOutsideNoRouteLeadsToAClusterIP() throws {
    let cluster = try SimulatedCluster(Httpenv.cluster(.clusterIP))
    let service = try #require(cluster.inventory().services.first?.clusterIPs.first)
    let from = ProbeQuestion.Source.address(try #require(Address("203.0.113.9")))
    func obstacle(_ address: Address) throws -> ProbeResult.Obstacle? {
      let result = try cluster.probe(ProbeQuestion(via: nil, from: from, to: .socket(SocketAddress(address, 8888))))
      #expect(result.verdict == .unmatched)
      return result.unreachable
    }
    #expect(try obstacle(service) == .clusterIP)
    #expect(try obstacle(pod(on: "node-1", cluster).address) == .podAddress)
    #expect(try obstacle(try #require(Address("198.51.100.77"))) == .unknownAddress)
    let inside = try cluster.probe(
      ProbeQuestion(via: nil, from: .node("node-1"), to: .socket(SocketAddress(service, 9))))
    #expect(inside.unreachable == nil)
  }

  @Test func aRejectionSaysWhy() throws {
    var specification = Httpenv.cluster(.clusterIP)
    specification.cluster.controllers = []
    let cluster = try SimulatedCluster(specification)
    let trace = try cluster.trace(
      ProbeQuestion(via: nil, from: .node("node-1"), to: .service(Self.service, port: nil)))
    #expect(trace.branch.verdict == .reject)
    #expect(trace.branch.reason == "default/httpenv has no endpoints")
    #expect(trace.result.branches.map(\.reason) == ["default/httpenv has no endpoints"])
    #expect(
      trace.steps.last?.text
        == "the packet ends here: rejected, the sender is told icmp-port-unreachable: default/httpenv has no endpoints")
    // Each rule is quoted whole.
    let rule = try #require(trace.steps.last { $0.kind == .rule })
    #expect(rule.text.contains("-m comment --comment \"default/httpenv has no endpoints\""))
    #expect(rule.text.hasPrefix("-A KUBE-SERVICES "))
  }
}
