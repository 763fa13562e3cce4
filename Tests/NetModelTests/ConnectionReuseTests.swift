// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

/// Kept connections and retries.
@Suite struct ConnectionReuseTests {
  private func world(_ reuse: ConnectionReuse) -> WorldSpecification {
    var specification = Httpenv.load(.clusterIP, from: .node("node-1"), rate: 400)
    specification.clients[0].count = 10
    specification.workloads[0].connections = reuse
    return specification
  }

  @Test func aKeptConnectionIsOneDecision() throws {
    let result = try WorldTests.run(world(.keepAlive(maxRequests: 1_000_000, idle: .seconds(60))))
    #expect(result.books.balances && result.books.requestsFailed == 0)
    #expect(result.connections.count == 10)
    #expect(result.requests.count > 2000)
    // Every request of a client goes where its connection went.
    for client in 0..<10 {
      #expect(Set(result.requests.filter { $0.client.index == client }.map(\.backend)).count == 1)
    }
  }

  @Test func aWornConnectionIsRenewed() throws {
    let result = try WorldTests.run(world(.keepAlive(maxRequests: 10, idle: .seconds(60))))
    #expect(result.books.balances && result.books.requestsFailed == 0)
    let expected = Double(result.requests.count) / 10
    #expect(abs(Double(result.connections.count) - expected) <= 10, "\(result.connections.count) for \(expected)")
    let idle = try WorldTests.run(world(.keepAlive(maxRequests: 1_000_000, idle: .microseconds(1))))
    #expect(idle.books.requestsFailed == 0)
    // A client that always has a request waiting never lets its connection idle.
    #expect(idle.connections.count > 300)
  }

  @Test func aPoolOpensNoMoreThanItsSize() throws {
    var specification = world(.pool(size: 3, idle: .seconds(60), maxAge: .seconds(600)))
    specification.servers = [ServerProfile()]
    specification.servers[0].service = .constant(0.05)
    let result = try WorldTests.run(specification)
    #expect(result.books.balances && result.books.requestsFailed == 0)
    #expect(result.connections.count <= 30)
    // Three at once, 50 ms each: 60 requests a second of a client that has 40.
    var aged = world(.pool(size: 3, idle: .seconds(60), maxAge: .seconds(1)))
    aged.servers = specification.servers
    let old = try WorldTests.run(aged)
    #expect(old.books.balances && old.books.requestsFailed == 0)
    #expect(old.connections.count > 100)
  }

  @Test func aFailedAttemptIsTriedAgain() throws {
    // One of three pods is down and in the rules for a while: a third of the attempts is refused.
    var specification = world(.none)
    specification.duration = .seconds(2)
    specification.workloads[0].retryAttempts = 20
    specification.workloads[0].retryBackoff = .milliseconds(1)
    specification.events = [
      ScheduledEvent(
        at: .zero + .milliseconds(1), action: .failPods(PodSelection(selector: Httpenv.labels, count: 1)))
    ]
    let result = try WorldTests.run(specification)
    #expect(result.books.balances && result.books.requestsFailed == 0, "\(result.books)")
    #expect(result.requests.contains { $0.attempts > 1 })
    #expect(result.connections.count == result.requests.reduce(0) { $0 + Int($1.attempts) })
    specification.workloads[0].retryAttempts = 0
    let once = try WorldTests.run(specification)
    #expect(once.requests.contains { $0.outcome == .refused && $0.attempts == 1 })
  }

  @Test func theLongestWaitingComesFirst() {
    var pools = ConnectionPools()
    let workload = WorkloadID(rawValue: 1)
    let pool = pools.find(workload, ClientID(rawValue: 2))
    let (same, other) = (pools.find(workload, ClientID(rawValue: 2)), pools.find(workload, ClientID(rawValue: 3)))
    #expect(same == pool && other != pool)
    for slot in 0..<4 as Range<UInt32> { pools.wait(RequestSlotID(rawValue: slot), in: pool) }
    let served = [pools.nextWaiting(in: pool), pools.nextWaiting(in: pool)]
    #expect(served.map { $0?.rawValue } == [0, 1])
    pools[pool].open = 3
    pools.empty(workload, ClientID(rawValue: 2))
    let next = pools.nextWaiting(in: pool)
    let state = pools[pool]
    #expect(next == nil && state.open == 0 && state.idle.isNone)
    pools.empty(workload, ClientID(rawValue: 9))
  }

  /// Host-network pods that want one port of a node stand in line; others have their ports to themselves.
  @Test func listenersStandInLine() {
    var ports = ListeningPorts()
    let node = NodeID(rawValue: 1)
    for row in [5, 3, 9, 3] as [UInt32] { ports.add(PodID(rawValue: row), .tcp, 80, host: node) }
    ports.add(PodID(rawValue: 7), .tcp, 80)
    var line: [UInt32] = []
    var next = ports.first(on: node, .tcp, 80)
    while let pod = next {
      line.append(pod.rawValue)
      next = ports.next(pod, .tcp, 80)
    }
    #expect(line == [5, 3, 9])
    let held = [ports.holds(PodID(rawValue: 7), .tcp, 80), ports.holds(PodID(rawValue: 7), .udp, 80)]
    #expect(held == [true, false])
    let others = [ports.first(on: node, .udp, 80), ports.first(on: NodeID(rawValue: 2), .tcp, 80)]
    #expect(others == [nil, nil])
  }

  /// icmp_ratelimit: six saved and one a second for a destination; 50 saved and 1000 a second in all.
  @Test func errorsAreRateLimited() {
    var limits = ICMPLimits()
    let node = NodeID(rawValue: 0)
    let peer = AddressID(rawValue: 7)
    func expect(_ count: Int, _ found: Int, at: SourceLocation = #_sourceLocation) {
      #expect(found == count, sourceLocation: at)
    }
    func allowed(_ times: Int, _ address: AddressID, at seconds: Int64) -> Int {
      (0..<times).count { _ in limits.allows(node, address, now: .zero + .seconds(seconds)) }
    }
    expect(6, allowed(30, peer, at: 10))
    expect(1, allowed(30, peer, at: 11))
    expect(3, allowed(30, peer, at: 14))
    expect(6, allowed(30, peer, at: 100))
    var sent = 0
    for address in 100..<300 as Range<UInt32> { sent += allowed(1, AddressID(rawValue: address), at: 200) }
    #expect(sent == 50)
    let elsewhere = limits.allows(NodeID(rawValue: 1), peer, now: .zero + .seconds(200))
    #expect(elsewhere)
  }
}
