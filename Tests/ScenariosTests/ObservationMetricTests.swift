// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel
@testable import Scenarios

@Suite struct ObservationMetricTests {
  private var summary: Summary {
    var observer = Made.observer()
    observer.add(requests: [
      Made.request(sent: 1, ended: 11, backend: 0, node: 0),
      Made.request(sent: 2, ended: 3, backend: 1, node: 0, .refused),
    ])
    observer.add(connections: [Made.connection(at: 1, backend: 0), Made.connection(at: 2, backend: 1)])
    var summary = Made.builder(observer, epochs: [Made.epoch([0.5, 0.5])]).summary(window: 0)
    summary.engine.events = 17
    return summary
  }

  @Test func pathsAreThoseOfTheJSON() {
    let web = Scenarios.Expectation.Subject.service(NamespacedName("default", "web"))
    let cases: [(String, Scenarios.Expectation.Subject, Metric.Finding)] = [
      ("requests.successRatio", .run, .value(0.5)), ("requests.failedBy.refused", .run, .value(1)),
      ("engine.events", .run, .value(17)), ("requests.sent", .workload("browse"), .value(2)),
      ("latency.max", .workload("browse"), .value(0.01)), ("outage.count", .workload("browse"), .value(1)),
      ("outage.longest", .workload("browse"), .value(0)), ("balance.jain", web, .value(1)),
      ("balance.chiSquare.statistic", web, .unknown), ("connections", .node("node-1"), .value(2)),
      ("connections", .pod(NamespacedName("default", "web-1")), .value(1)),
      ("share", .pod(NamespacedName("default", "web-1")), .value(0.5)),
      ("backends.10.244.1.2:80.share", web, .noSuchPath(known: [])),
      ("workloads.browse.requests.sent", .run, .value(2)), ("workloads.0.requests.sent", .run, .value(2)),
      ("requests.lost", .workload("browse"), .noSuchPath(known: summary.requests.datum.names)),
      ("requests.sent", .workload("buy"), .noSuchObject), ("latency.p50", .node("node-9"), .noSuchObject),
    ]
    for (path, subject, finding) in cases {
      #expect(Metric.find(path, of: subject, in: summary) == finding, "\(path) of \(subject)")
    }
  }

  /// What an expectation may name is what a run's tree has, in full.
  @Test func everyNameOfAMetricIsFound() {
    let complete = Summary.complete
    let place = NamespacedName("a", "a")
    for subject in [Metric.Subject.run, .service(place), .pod(place), .workload("a"), .node("a")] {
      let names = MetricNames.of(subject)
      #expect(!names.isEmpty)
      for name in names {
        #expect(Metric.find(name.path, of: subject, in: complete).isValue, "\(name.path) of \(subject)")
      }
      // Nothing in it is unknown, else its name would be missing.
      if let tree = Metric.tree(of: subject, in: complete) { #expect(!JSONText.compact(tree).contains("null")) }
    }
    let causes = MetricNames.of(.run).map(\.path).filter { $0.hasPrefix("requests.failedBy.") }
    #expect(causes == RequestFigures.causes.map { "requests.failedBy.\($0.name)" })
    #expect(
      MetricNames.of(.pod(place)).map(\.path) == [
        "connections", "requests", "bytes", "busyTime", "share", "expectedShare", "clients",
      ])
  }

  @Test func timesAreTold() {
    let times = MetricNames.of(.workload("a")).filter(\.isTime).map(\.path)
    #expect(
      times == ["mean", "p50", "p90", "p99", "p999", "max"].map { "latency.\($0)" } + [
        "outage.total", "outage.longest",
      ])
  }

  @Test func replicationsAddCountsAndAverageTheRest() throws {
    var first = summary
    var second = summary
    first.requests.successRatio = 0.5
    second.requests.successRatio = 0.7
    second.latency.p99 = nil
    let whole = SummaryMerge.merge([first, second])
    #expect(whole.replications == 2)
    #expect(whole.requests.sent == 4)
    #expect(whole.requests.successRatio == 0.6)
    #expect(whole.latency.p99 == first.latency.p99)
    #expect(whole.engine.events == 34)
    #expect(whole.services[0].backends[0].connections == 2)
    #expect(whole.outages.map(\.replication) == [1, 2])
    // t(0.975, 1) = 12.7062047364; half width 0.1 t.
    let interval = try #require(whole.intervals.first { $0.path == "requests.successRatio" })
    #expect((interval.low - (0.6 - 1.27062047364)).magnitude < 1e-9)
    #expect((interval.high - (0.6 + 1.27062047364)).magnitude < 1e-9)
    #expect(!whole.intervals.contains { $0.path == "latency.p99" })
  }

  @Test func latenciesAndTestsAreOfAllReplicationsTogether() throws {
    func part(_ latencies: [Int], first: Int) -> Summary {
      var observer = Made.observer()
      observer.add(requests: latencies.map { Made.request(sent: 0, ended: $0) })
      observer.add(connections: (0..<100).map { Made.connection(at: $0, backend: $0 < first ? 0 : 1) })
      return Made.builder(observer, epochs: [Made.epoch([0.5, 0.5])]).summary(window: 0)
    }
    let parts = [part(Array(1...99), first: 60), part([1000], first: 40)]
    let whole = SummaryMerge.merge(parts)
    // The mean of the runs' medians is 525 ms, and of their statistics 4.
    let median = try #require(whole.latency.p50)
    #expect((median - 0.0505).magnitude <= 0.001 * 0.0505)
    #expect(whole.latency.max == 1)
    #expect(whole.latency.mean == 0.0595)
    let test = try #require(whole.services[0].balance.chiSquare)
    #expect(test.statistic == 0)
    #expect(test.pValue == 1)
    #expect(!whole.intervals.contains { $0.path.contains("chiSquare") })
    let runs = parts.map { Run.Result(summary: $0, windows: [], answers: []) }
    let expectation = Scenarios.Expectation(
      metric: "balance.chiSquare.pValue", subject: .service(NamespacedName("default", "web")), during: nil,
      bounds: [.init(kind: .atLeast(0.9), text: "0.9")], place: SourceText(name: "a.yaml", text: "x").place(0..<1))
    #expect(ExpectationCheck.judge(expectation, runs, windows: []).actual == 1)
  }

  @Test func oneReplicationStaysAsItIs() {
    #expect(SummaryMerge.merge([summary]) == summary)
    #expect(SummaryMerge.merge([summary]).intervals.isEmpty)
  }
}

extension Metric.Finding {
  fileprivate var isValue: Bool { if case .value = self { true } else { false } }
}
