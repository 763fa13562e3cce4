// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import Testing

/// Clients that live in pods stop and start with them.
@Suite struct ClientProcessTests {
  /// A pod `client` on node-1 whose clients send to httpenv for 12 s.
  private func world(
    _ arrivals: ArrivalProcess, _ connections: ConnectionReuse, protocol transport: IPProtocol = .tcp
  ) -> WorldSpecification {
    let name = NamespacedName("default", "client")
    var specification = Httpenv.load(.clusterIP, from: .pod(name), protocol: transport)
    specification.duration = .seconds(12)
    specification.cluster.pods = [
      Pod(metadata: ObjectMeta(name: name.name, namespace: name.namespace), spec: PodSpec(nodeName: "node-1"))
    ]
    specification.clients[0].count = 5
    specification.workloads[0].arrivals = arrivals
    specification.workloads[0].connections = connections
    return specification
  }

  private static let client: PodSelection = {
    var selection = PodSelection()
    selection.pod = NamespacedName("default", "client")
    return selection
  }()

  @Test(arguments: [
    (ArrivalProcess.poisson(perSecond: 300), ConnectionReuse.none),
    (.poisson(perSecond: 300), .keepAlive(maxRequests: 1000, idle: .seconds(60))),
    (.constant(perSecond: 300), .pool(size: 2, idle: .seconds(60), maxAge: .seconds(300))),
    (.closed(think: .exponential(mean: 0.05)), .none),
    (.closed(think: .constant(0)), .keepAlive(maxRequests: 1000, idle: .seconds(60))),
  ])
  func aFailedPodSendsNothingUntilItIsRestored(_ arrivals: ArrivalProcess, _ reuse: ConnectionReuse) throws {
    for transport in [IPProtocol.tcp, .udp] {
      var specification = world(arrivals, reuse, protocol: transport)
      specification.events = [
        ScheduledEvent(at: .zero + .seconds(3), action: .failPods(ClientProcessTests.client)),
        ScheduledEvent(at: .zero + .seconds(6), action: .restorePods(ClientProcessTests.client)),
      ]
      let result = try WorldTests.run(specification)
      #expect(result.books.balances, "\(result.books)")
      #expect(result.books.requestsInFlight == 0)
      #expect(result.books.packetsInFlight == 0)
      // Containers take 1.5 s to start.
      let silent = result.requests.filter { $0.arrival.seconds >= 3 && $0.arrival.seconds < 7.5 }
      #expect(silent.isEmpty, "\(silent.count)")
      let before = result.requests.count { $0.arrival.seconds < 3 }
      let after = result.requests.count { $0.arrival.seconds >= 7.5 }
      #expect(before > 100)
      // 3 s before, 4.5 s after.
      #expect(Double(after) > 1.2 * Double(before) && Double(after) < 2 * Double(before), "\(before), \(after)")
      for request in result.requests {
        let isCut = request.outcome == .aborted
        #expect(request.outcome == .succeeded || isCut)
        if isCut { #expect(request.end == .zero + .seconds(3)) }
      }
      #expect(result.requests.contains { $0.outcome == .aborted })
    }
  }

  @Test func aDeletedPodsClientsAreGone() throws {
    var specification = world(.closed(think: .exponential(mean: 0.01)), .none)
    specification.events = [ScheduledEvent(at: .zero + .seconds(3), action: .deletePods(ClientProcessTests.client))]
    let result = try WorldTests.run(specification)
    #expect(result.books.balances)
    #expect(result.books.requestsInFlight == 0)
    #expect(result.requests.allSatisfy { $0.arrival.seconds < 3.1 })
  }

  /// Another client's thoughts and sizes do not depend on whether this one fails.
  @Test func aFailureLeavesOtherClientsTheirDraws() throws {
    func turns(failing: Bool) throws -> [[Int64]] {
      var specification = world(.closed(think: .exponential(mean: 0.1)), .none)
      specification.servers = [ServerProfile()]
      specification.servers[0].service = .constant(0)
      specification.network.node.jitter = .zero
      specification.clients.append(ClientGroup(name: "others", count: 3, placement: .node("node-2")))
      specification.workloads.append(specification.workloads[0])
      specification.workloads[1].name = "others"
      specification.workloads[1].from = "others"
      // One backend, so that latencies are equal whichever connection it is.
      specification.cluster.controllers[0].replicas = 1
      if failing {
        specification.events = [ScheduledEvent(at: .zero + .seconds(3), action: .failPods(ClientProcessTests.client))]
      }
      let result = try WorldTests.run(specification)
      return (5..<8).map { client in
        let mine = result.requests.filter { $0.client.index == client }
        return zip(mine, mine.dropFirst()).map { ($1.arrival - $0.end).nanoseconds }
      }
    }
    let quiet = try turns(failing: false)
    let failed = try turns(failing: true)
    for (a, b) in zip(quiet, failed) {
      #expect(a.count > 80)
      #expect(Array(a.prefix(80)) == Array(b.prefix(80)))
    }
  }
}
