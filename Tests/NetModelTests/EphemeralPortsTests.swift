// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

@Suite struct EphemeralPortsTests {
  private func wanted(_ destination: UInt32, _ port: UInt16 = 80, _ transport: IPProtocol = .tcp) -> FlowTuple {
    FlowTuple(
      source: AddressID(rawValue: 1), sourcePort: 0, destination: AddressID(rawValue: destination),
      destinationPort: port, protocol: transport)
  }

  /// A host's ports, which a macro's closure may change.
  private final class Host {
    private var ports = EphemeralPorts()
    func take(_ wanted: FlowTuple, _ second: Int64 = 0) -> FlowTuple? {
      ports.take(wanted, seed: 1, now: .zero + .seconds(second))
    }
    func release(_ tuple: FlowTuple, timeWait: SimDuration, _ second: Int64) {
      ports.release(tuple, timeWait: timeWait, now: .zero + .seconds(second))
    }
  }

  @Test func eachDestinationHasPortsOfItsOwn() throws {
    let ports = Host()
    var first: [UInt16] = []
    for destination in 10..<14 as Range<UInt32> {
      first.append(try #require(ports.take(wanted(destination))).sourcePort)
    }
    #expect(Set(first).count == 4)
    // The next ones of one destination: even, a little apart, in a circle.
    var last = first[0]
    for _ in 0..<100 {
      let port = try #require(ports.take(wanted(10))).sourcePort
      let step = (Int(port) - Int(last) + 28232) % 28232
      #expect(port % 2 == 0 && step >= 2 && step <= 16)
      last = port
    }
  }

  @Test func oddPortsServeWhenTheEvenOnesAreTaken() throws {
    let ports = Host()
    var seen: Set<UInt16> = []
    for number in 0..<28232 {
      let port = try #require(ports.take(wanted(10))).sourcePort
      #expect(EphemeralPorts.range.contains(port) && seen.insert(port).inserted)
      if number < 14116 { #expect(port % 2 == 0) }
    }
    #expect(ports.take(wanted(10)) == nil)
    // Another destination's connections may have the same ports.
    #expect(ports.take(wanted(11)) != nil)
    #expect(ports.take(wanted(10, 81)) != nil)
  }

  @Test func timeWaitRunsFromTheRelease() throws {
    let ports = Host()
    var tuples: [FlowTuple] = []
    for _ in 0..<28232 { tuples.append(try #require(ports.take(wanted(10)))) }
    ports.release(tuples[5], timeWait: .seconds(60), 100)
    #expect(ports.take(wanted(10), 159) == nil)
    #expect(ports.take(wanted(10), 160) == tuples[5])
    ports.release(tuples[7], timeWait: .zero, 161)
    #expect(ports.take(wanted(10), 161) == tuples[7])
  }

  @Test func aDatagramSocketHasItsPortAlone() throws {
    let ports = Host()
    var seen: Set<UInt16> = []
    var parities: Set<UInt16> = []
    for number in 0..<400 as Range<UInt32> {
      let port = try #require(ports.take(wanted(10 + number % 3, 53, .udp))).sourcePort
      #expect(seen.insert(port).inserted)
      parities.insert(port % 2)
    }
    #expect(parities.count == 2)
    #expect((seen.max() ?? 0) - (seen.min() ?? 0) > 20_000)
  }

  /// Requests of half a second to this port of a pod, and the local ports still taken afterwards.
  private func taken(_ port: UInt16) throws -> (requests: Int, ports: Int, outcome: RequestOutcome?) {
    var specification = Httpenv.load(.clusterIP, from: .node("node-1"), rate: 400)
    specification.duration = .milliseconds(500)
    let pod = try #require(try SimulatedCluster(specification).inventory().pods.first).pod.metadata.namespacedName
    specification.workloads[0].to = .pod(pod, port: port)
    let cluster = try SimulatedCluster(specification)
    try cluster.run(until: .zero + .seconds(5))
    var outcomes: [RequestOutcome] = []
    cluster.drainRequests { outcomes += $0.map(\.outcome) }
    return (outcomes.count, cluster.simulation.model.ports.count, Set(outcomes).count == 1 ? outcomes[0] : nil)
  }

  @Test func onlyWhoClosesFirstKeepsItsPort() throws {
    // Nobody listens: each is refused, and leaves its port at once.
    let refused = try taken(81)
    #expect(refused.requests > 100 && refused.outcome == .refused && refused.ports == 0)
    // Answered and closed by the client: TIME_WAIT.
    let answered = try taken(8888)
    #expect(answered.requests > 100 && answered.outcome == .succeeded && answered.ports == answered.requests)
  }
}
