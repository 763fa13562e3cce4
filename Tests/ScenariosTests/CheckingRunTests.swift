// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel
@testable import Scenarios

/// Whole runs of a small cluster.
@Suite struct CheckingRunTests {
  private func scenario(_ spec: String) throws -> Scenario {
    let text = """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        replicas: 3
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {selector: {app: web}, ports: [{port: 80}]}
      ---
      apiVersion: simrun/v1
      kind: Scenario
      metadata: {name: small}
      spec:
        duration: 6s
        clients: [{name: inside, at: node/node-1}]
        workloads:
        - {name: browse, from: inside, to: "service/default/web:80", arrivals: {rate: 100/s}}
      \(spec.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
      """
    return try ScenarioLoader().load(texts: [SourceText(name: "small.yaml", text: text)]).get().scenario
  }

  @Test func replicationsAreTheSameOnAnyNumberOfThreads() async throws {
    let scenario = try scenario("replications: 4")
    let alone = try await CheckedRun.perform(scenario, threads: 1)
    let beside = try await CheckedRun.perform(scenario, threads: 4)
    #expect(alone.summary == beside.summary)
    #expect(alone.summary.replications == 4)
    #expect(alone.summary.intervals.contains { $0.path == "latency.p99" })
    #expect(Set(alone.summary.services[0].backends.map(\.connections)).count > 1)
  }

  @Test func replicationsDiffer() throws {
    let scenario = try scenario("replications: 2")
    let runs = try (0..<2).map { try Run(scenario, replication: $0).perform().summary.engine.digest }
    #expect(runs[0] != runs[1])
  }

  @Test func aCrashIsAnOutageWithItsCauseAndTheWindowBesideItIsClean() async throws {
    let checked = try await CheckedRun.perform(
      scenario(
        """
        events:
        - {at: 2s, fail: pod, select: app=web, count: 1}
        expect:
        - {metric: requests.failed, of: workload/browse, atLeast: 1}
        - {metric: requests.failed, of: workload/browse, during: [4s, 6s], equals: 0}
        - {metric: outage.count, of: workload/browse, equals: 1}
        """), threads: 1)
    #expect(checked.summary.expectations.map(\.status) == [.passed, .passed, .passed])
    let outage = try #require(checked.summary.outages.first)
    #expect(outage.cause?.hasSuffix("crashed") == true)
    #expect(outage.stages.first?.name == "crash")
    #expect(outage.stages.first?.at == 2)
    #expect(outage.stages.reduce(0) { $0 + $1.failed } <= outage.failed)
    #expect(checked.summary.timeline.map(\.endpoints) == [3, 3, 3, 2, 2, 2])
    #expect(checked.summary.timeline.reduce(0) { $0 + $1.requests.sent } == checked.summary.requests.sent)
    let service = try #require(checked.summary.services.first { $0.name == "web" })
    #expect(service.connections == checked.summary.nodes.reduce(0) { $0 + $1.connections })
    #expect((service.backends.compactMap(\.expectedShare).reduce(0, +) - 1).magnitude < 1e-9)
  }

  /// A server that takes 10 ms for a request is busy for as many times 10 ms as requests it took up.
  @Test func busyTimeIsThatOfTheRequestsTakenUp() async throws {
    let checked = try await CheckedRun.perform(
      scenario(
        """
        warmup: 1s
        servers: [{selector: app=web, service: 10ms}]
        expect:
        - {metric: balance.busyTime.jain, of: service/default/web, atLeast: 0.9}
        - {metric: balance.busyTime.maxOverMean, of: service/default/web, during: [2500ms, 3500ms], within: [1, 2]}
        """), threads: 1)
    #expect(checked.summary.expectations.map(\.status) == [.passed, .passed])
    let service = try #require(checked.summary.services.first { $0.name == "web" })
    for backend in service.backends {
      // A request that is on its way when the window begins or ends is counted by when it was sent.
      let busy = try #require(backend.busyTime)
      #expect((busy - 0.01 * Double(backend.requests)).magnitude <= 0.02)
      let pod = try #require(backend.pod?.split(separator: "/").map(String.init))
      let found = Metric.find("busyTime", of: .pod(NamespacedName(pod[0], pod[1])), in: checked.summary)
      #expect(found == .value(busy))
    }
    #expect(service.backends.compactMap(\.busyTime).reduce(0, +) > 4)
  }

  @Test func everyRequestOfAnOutageOfAllPodsIsAccountedFor() async throws {
    var scenario = try scenario(
      """
      events:
      - {at: 2s, fail: pod, select: app=web}
      - {at: 6s, restore: pod, select: app=web}
      """)
    scenario.world.duration = .seconds(12)
    let checked = try await CheckedRun.perform(scenario, threads: 1)
    let summary = checked.summary
    let outage = try #require(summary.outages.first)
    #expect(summary.outages.count == 1)
    #expect(outage.cause?.hasPrefix("pods default/web-") == true && outage.cause?.hasSuffix("crashed") == true)
    #expect(outage.stages.contains { $0.name == "restore" && $0.at == 6 && $0.failed > 200 })
    #expect(outage.stages.map(\.failed).reduce(0, +) + outage.failedAfter == outage.failed)
    #expect(outage.failedAfter == 0)
    #expect(outage.failedBy == summary.requests.failedBy)
    #expect(outage.withoutEndpoint > 0 && outage.withoutEndpoint <= outage.failed)
  }

  @Test func aFullConntrackTableIsNamedWithItsNode() async throws {
    let checked = try await CheckedRun.perform(
      scenario("cluster: {proxy: {conntrack: {maxPerCore: 1, min: 50}}}"), threads: 1)
    let cause = try #require(checked.summary.outages.first?.cause)
    #expect(cause.hasPrefix("conntrack table of node-1 full, "))
  }

  @Test func probesAskAtTheirMoment() async throws {
    let checked = try await CheckedRun.perform(
      scenario(
        """
        events:
        - {at: 2s, scale: deployment/default/web, replicas: 1}
        probes:
        - {name: late, from: client/inside, to: "service/default/web:80", at: 9s}
        - {name: early, from: client/inside, to: "service/default/web:80"}
        """), threads: 1)
    let counts = checked.answers.map { try? $0.outcome.get().endpoints.count }
    #expect(counts == [1, 3])
    #expect(checked.count(.observed) == 2)
    #expect(checked.holds)
  }

  @Test func automaticWarmupIsFoundAndLeftOut() async throws {
    let checked = try await CheckedRun.perform(scenario("warmup: auto"), threads: 1)
    let warmup = checked.summary.warmup
    #expect(warmup >= 0 && warmup < 6)
    #expect(checked.scenario.warmup == .fixed(checked.scenario.world.warmup))
    let timeline = checked.summary.timeline.reduce(0) { $0 + $1.requests.sent }
    #expect(warmup == 0 ? checked.summary.requests.sent == timeline : checked.summary.requests.sent < timeline)
  }
}
