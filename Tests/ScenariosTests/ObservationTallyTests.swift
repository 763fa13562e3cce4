// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel
@testable import Scenarios

@Suite struct ObservationTallyTests {
  @Test func onlyRequestsSentInTheWindowCount() {
    var observer = Made.observer(from: 1000, to: 3000)
    observer.add(requests: [
      Made.request(sent: 999, ended: 1500), Made.request(sent: 1000, ended: 1010),
      Made.request(sent: 2999, ended: 4000, attempts: 3, .timeout), Made.request(sent: 3000, ended: 3001),
    ])
    let requests = Made.builder(observer).summary(window: 0).requests
    #expect(requests.sent == 2)
    #expect(requests.attempts == 4)
    #expect(requests.succeeded == 1)
    #expect(requests.failed == 1)
    #expect(requests.successRatio == 0.5)
    #expect(requests.failedBy == RequestFigures.causes.map { $0 == .timeout ? 1 : 0 })
  }

  @Test func latencyIsOfSucceededRequestsWithinAThousandth() throws {
    var observer = Made.observer()
    observer.add(requests: (1...1000).map { Made.request(sent: 0, ended: $0) })
    observer.add(requests: [Made.request(sent: 0, ended: 9000, .refused)])
    let latency = Made.builder(observer).summary(window: 0).latency
    #expect(latency.mean == 0.5005)
    #expect(latency.max == 1)
    // Type 7: rank 999p between the exact milliseconds.
    let exact = [0.5005, 0.9001, 0.99001, 0.999001]
    for (found, exact) in zip([latency.p50, latency.p90, latency.p99, latency.p999], exact) {
      let value = try #require(found)
      #expect((value - exact).magnitude <= 0.001 * exact)
    }
  }

  @Test func nothingSucceededIsUnknownAndNotZero() {
    var observer = Made.observer()
    observer.add(requests: [Made.request(sent: 1, ended: 2, .refused)])
    let summary = Made.builder(observer).summary(window: 0)
    #expect(summary.latency.p50 == nil)
    #expect(summary.requests.successRatio == 0)
    #expect(Made.builder(Made.observer()).summary(window: 0).requests.successRatio == nil)
  }

  @Test func backendsAndNodesGetWhatWasSentThere() {
    var observer = Made.observer()
    observer.add(requests: [
      Made.request(sent: 1, ended: 2, backend: 0, node: 1, bytes: 70),
      Made.request(sent: 1, ended: 2, backend: 1, node: 1, bytes: 30),
      Made.request(sent: 1, ended: 2, .dns),
    ])
    observer.add(connections: [0, 1].map { Made.connection(at: 1, backend: $0, node: 1) })
    let summary = Made.builder(observer).summary(window: 0)
    let backends = summary.services[0].backends
    #expect(backends.map(\.pod) == ["default/web-0", "default/web-1"])
    #expect(backends.map(\.endpoint) == ["10.244.1.2:80", "10.244.2.2:80"])
    #expect(backends.map(\.bytes) == [70, 30])
    #expect(backends.map(\.share) == [0.5, 0.5])
    #expect(summary.nodes.map(\.connections) == [0, 2])
    #expect(summary.nodes.map(\.requests) == [0, 2])
    #expect(summary.nodes.map(\.bytes) == [0, 100])
  }

  @Test func expectedShareIsTheMeanOverTheCountedConnections() throws {
    var observer = Made.observer()
    // 30 connections while both had half, 10 while the first had all.
    observer.add(connections: (0..<30).map { Made.connection(at: $0, backend: UInt32($0 % 2), epoch: 0) })
    observer.add(connections: (0..<10).map { Made.connection(at: 100 + $0, backend: 0, epoch: 1) })
    let epochs = [Made.epoch([0.5, 0.5]), Made.epoch([1], start: 100)]
    let service = Made.builder(observer, epochs: epochs).summary(window: 0).services[0]
    #expect(service.backends.map(\.connections) == [25, 15])
    #expect(service.backends.map(\.expectedShare) == [0.625, 0.375])
    let test = try #require(service.balance.chiSquare)
    #expect(test.statistic == 0)
    #expect(test.pValue == 1)
    #expect(test.degreesOfFreedom == 1)
    #expect(service.balance.maxOverMean == 1.25)
    // 40² / (2 (25² + 15²))
    #expect(try #require(service.balance.jain).isNear(1600 / 1700))
  }

  @Test func chiSquareComparesWithTheExactProbabilities() throws {
    var observer = Made.observer()
    observer.add(connections: (0..<100).map { Made.connection(at: $0, backend: $0 < 60 ? 0 : 1) })
    let service = Made.builder(observer, epochs: [Made.epoch([0.5, 0.5])]).summary(window: 0).services[0]
    let test = try #require(service.balance.chiSquare)
    #expect(test.statistic.isNear(4))
    // scipy.stats.chi2.sf(4, 1)
    #expect(test.pValue.isNear(0.04550026389635857))
    // Wilson, 60 of 100: statsmodels proportion_confint(60, 100, method="wilson").
    let interval = try #require(service.backends[0].shareInterval)
    #expect(interval.lowerBound.isNear(0.5020025867910618))
    #expect(interval.upperBound.isNear(0.6905987135675411))
  }

  @Test func underAffinityEachClientsFirstConnectionIsTested() throws {
    var observer = Made.observer()
    // 40 clients, 22 of which stay with the first pod; client 0 sends nearly everything.
    for client in 0..<40 {
      let count = client == 0 ? 1000 : 2
      observer.add(
        connections: (0..<count).map {
          Made.connection(at: $0, backend: client < 22 ? 0 : 1, client: UInt32(client))
        })
    }
    var inventory = Made.inventory()
    inventory.services[0].clientIPAffinity = .seconds(10_800)
    let builder = SummaryBuilder(
      observer: observer, inventory: inventory, epochs: [Made.epoch([0.5, 0.5])], workloads: ["browse"])
    let service = builder.summary(window: 0).services[0]
    #expect(service.hasClientIPAffinity)
    #expect(service.backends.map(\.clients) == [22, 18])
    #expect(service.backends.map(\.connections) == [1042, 36])
    let test = try #require(service.balance.chiSquare)
    // (22 - 20)²/20 + (18 - 20)²/20
    #expect(test.statistic.isNear(0.4))
  }

  @Test func whatIsStillUnderWayBelongsToItsWorkload() {
    var observer = Made.observer(workloads: 2, from: 1000, to: 5000)
    observer.add(requests: [Made.request(sent: 1500, ended: 1600), Made.request(sent: 1500, ended: 1600, workload: 1)])
    var builder = Made.builder(observer, workloads: ["one", "two"])
    builder.inFlight = [(0, 2000), (1, 2000), (1, 3000), (1, 500)].map {
      SimulatedCluster.OpenRequest(workload: WorkloadID(rawValue: $0.0), arrival: Made.time($0.1))
    }
    let summary = builder.summary(window: 0)
    #expect(summary.workloads.map(\.requests.inFlight) == [1, 2])
    #expect(summary.requests.inFlight == 3)
    for requests in summary.workloads.map(\.requests) + [summary.requests] {
      #expect(requests.sent == requests.succeeded + requests.failed + requests.inFlight)
    }
  }

  @Test func furtherWindowsAreNarrowedToTheCountedPart() {
    var observer = Made.observer(from: 1000, to: 5000, windows: [Made.time(0)..<Made.time(2000)])
    observer.add(requests: [500, 1500, 2500].map { Made.request(sent: $0, ended: $0 + 1) })
    #expect(Made.builder(observer).summary(window: 0).requests.sent == 2)
    #expect(Made.builder(observer).summary(window: 1).requests.sent == 1)
  }

  @Test func aServiceThatIsGoneKeepsWhatItGot() {
    var observer = Made.observer()
    observer.add(connections: [Made.connection(at: 1, backend: 0)])
    var inventory = Made.inventory()
    inventory.services = []
    let builder = SummaryBuilder(
      observer: observer, inventory: inventory, epochs: [], workloads: ["browse"])
    let service = builder.summary(window: 0).services[0]
    #expect(service.name == "web")
    #expect(service.type == nil)
    #expect(service.connections == 1)
    #expect(service.backends[0].expectedShare == nil)
  }
}

extension Double {
  /// Whether two numbers agree to 10 digits.
  func isNear(_ other: Double) -> Bool { (self - other).magnitude <= 1e-10 * Swift.max(magnitude, other.magnitude) }
}
