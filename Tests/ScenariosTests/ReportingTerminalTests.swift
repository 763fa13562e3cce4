// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel
@testable import Scenarios

@Suite struct ReportingTerminalTests {
  /// A run of 120 s in which a pod crashed at 30 s; figures made up, and they agree with each other.
  static func checked() -> CheckedRun {
    var summary = Summary()
    summary.scenario = "lb-failover"
    summary.seed = 42
    summary.duration = 120
    summary.warmup = 5
    summary.cluster.nodes = 3
    summary.cluster.pods = 3
    summary.cluster.proxyMode = "iptables"
    summary.engine.digest = "9f2c41d07be6a3c8"
    summary.requests.sent = 57_473
    summary.requests.succeeded = 57_152
    summary.requests.failed = 321
    summary.requests.failedBy[0] = 317
    summary.requests.failedBy[1] = 4
    summary.latency.p50 = 0.0754
    summary.latency.p90 = 0.107
    summary.latency.p99 = 0.153
    summary.latency.p999 = 0.197
    summary.latency.max = 0.307
    summary.services = [service()]
    summary.workloads = [WorkloadFigures(name: "browse")]
    summary.timeline = (0..<120).map { second in
      var bucket = Summary.TimelineBucket(start: Double(second))
      bucket.requests.failed = second == 30 ? 150 : second == 31 ? 158 : second == 32 ? 13 : 0
      bucket.endpoints = (32..<63).contains(second) ? 2 : 3
      return bucket
    }
    summary.events = [
      .init(at: 30, text: "fail 1 pod of app=httpenv"), .init(at: 60, text: "restore pods of app=httpenv"),
    ]
    var outage = Summary.Outage(
      workload: "browse", start: 30, end: 32.15, cause: "pod default/httpenv-9mw6t crashed", failed: 321)
    outage.failedBy[0] = 317
    outage.failedBy[1] = 4
    outage.stages = [
      .init(name: "crash", at: 30, failed: 0), .init(name: "kubelet", at: 30.94, failed: 152),
      .init(name: "EndpointSlice", at: 31.1, failed: 33), .init(name: "node-1", at: 31.61, failed: 70),
      .init(name: "node-2", at: 31.87, failed: 40), .init(name: "node-3", at: 32.15, failed: 26),
    ]
    summary.outages = [outage]
    summary.expectations = [
      .init(
        metric: "requests.successRatio", of: "workload/browse", during: nil,
        bounds: [.init(key: "atLeast", text: "0.999", values: [0.999])], actual: 57_152.0 / 57_473, status: .failed,
        place: "lb-failover.yaml:58"),
      .init(
        metric: "outage.longest", of: "workload/browse", during: 20..<40,
        bounds: [.init(key: "atMost", text: "12s", values: [12])], actual: 2.15, status: .passed,
        place: "lb-failover.yaml:59"),
    ]
    var scenario = Scenario()
    scenario.files = ["lb-failover.yaml"]
    scenario.world.workloads = [
      Workload(name: "browse", from: "internet", to: .service(NamespacedName("default", "httpenv"), port: nil))
    ]
    return CheckedRun(scenario: scenario, summary: summary, answers: [])
  }

  private static func service() -> ServiceFigures {
    var service = ServiceFigures(
      name: "httpenv", namespace: "default", type: "LoadBalancer", clusterIP: "10.96.41.7",
      ports: ["8888:31888/TCP"], externalIPs: ["198.51.100.20"])
    for (number, row) in [(21_652, 0.3774), (14_115, 0.2453), (21_706, 0.3774)].enumerated() {
      var backend = BackendFigures(
        pod: "default/httpenv-7c9d5b8f4-\(["2x8kq", "9mw6t", "hq5zn"][number])", node: "node-\(number + 1)",
        endpoint: "10.244.\(number + 1).2:8888")
      backend.connections = row.0
      backend.share = Double(row.0) / 57_473
      backend.shareInterval = Double(row.0) / 57_473 - 0.004...Double(row.0) / 57_473 + 0.004
      backend.expectedShare = row.1
      service.backends.append(backend)
    }
    service.balance.jain = 0.967
    service.balance.maxOverMean = 1.13
    service.balance.chiSquare = ChiSquareFigures(statistic: 0.1, degreesOfFreedom: 2, pValue: 0.95)
    return service
  }

  static let golden = """
    FAIL  lb-failover: 321 of 57,473 requests failed (0.56%), all within 2.15 s from 30 s on: pod
          default/httpenv-9mw6t crashed.
          1 of 2 checks does not hold: requests.successRatio is 0.9944, not ≥ 0.999.

    3 nodes, 3 pods, iptables · 1 run of 120 s, first 5 s left out · seed 42 · digest 9f2c41d07be6a3c8

    Requests   57,473 sent = 57,152 answered + 317 refused + 4 reset + 0 in flight
    Latency    p50 75.4   p90 107   p99 153   p99.9 197   max 307 ms

    Service default/httpenv   LB 198.51.100.20:8888 → NodePort 31888 → ClusterIP 10.96.41.7:8888
    POD                     NODE        CONNECTIONS    SHARE    EXACT  0%           38%  SHARE − EXACT
    httpenv-7c…5b8f4-2x8kq  node-1           21,652   37.67%   37.74%  ███████████████┃   -0.07 ± 0.40
    httpenv-7c…5b8f4-9mw6t  node-2           14,115   24.56%   24.53%  █████████┃         +0.03 ± 0.40
    httpenv-7c…5b8f4-hq5zn  node-3           21,706   37.77%   37.74%  ███████████████┃   +0.03 ± 0.40
      fair: shares fit the exact ones (┃), χ² 0.1 on 2 degrees of freedom, p 0.95. Jain 0.967,
      busiest/mean 1.13. One run; ± is Wilson's 95% interval, in points.

    Timeline   0 s       20 s      40 s      60 s      80 s      100 s       a column is 2 s
    failed     ···············█▁···········································  most: 308
    endpoints  333333333333333322222222222222223333333333333333333333333333
    events                    ▲ 30 s fail 1 pod of app=httpenv
                                             ▲ 60 s restore pods of app=httpenv

    Outage 1   30.00–32.15 s, 321 requests of workload/browse failed (317 refused, 4 reset), cause: pod
               default/httpenv-9mw6t crashed
      30.00 s crash   +0.94 kubelet   +1.10 EndpointSlice   +1.61 node-1   +1.87 node-2   +2.15 node-3
      failed while waiting for: the kubelet 152, the slice 33, the nodes' rules 136

    Expectations
      ✗ requests.successRatio  of workload/browse          ≥ 0.999  got 0.9944  lb-failover.yaml:58
      ✓ outage.longest         of workload/browse 20–40 s  ≤ 12s    got 2.15 s

    next: simrun trace lb-failover.yaml --from client/internet --to service/default/httpenv --at 31.08s
          simrun get endpointslices lb-failover.yaml --at 31.08s
          results/lb-failover/summary.json

    """

  @Test func theWholeReport() {
    #expect(TerminalReport(Self.checked(), results: "results/lb-failover").render() == Self.golden)
  }

  private func report(_ change: (inout CheckedRun) -> Void, options: [String] = []) -> String {
    var checked = Self.checked()
    change(&checked)
    return TerminalReport(checked, results: "out/x", options: options).render()
  }

  @Test func whatComesNextReproducesTheRunAtItsWorstOutage() {
    let text = report(
      { checked in
        checked.summary.outages.append(
          .init(workload: "browse", start: 80, end: 82, cause: nil, failed: 900))
        checked.scenario.world.workloads[0].to = .service(NamespacedName("shop", "httpenv"), port: nil)
      }, options: ["--seed", "7", "--set", "'a b=c'"])
    #expect(
      text.contains(
        """
        next: simrun trace lb-failover.yaml --seed 7 --set 'a b=c' --from client/internet --to service/shop/httpenv --at 81s
              simrun get endpointslices lb-failover.yaml --seed 7 --set 'a b=c' -n shop --at 81s
              out/x/summary.json

        """))
  }

  @Test func whatCameFromStandardInputCannotBePasted() {
    let text = report { $0.scenario.files = ["-"] }
    #expect(text.hasSuffix("\nnext: out/x/summary.json\n"))
  }

  @Test func severalWorkloadsHaveARowEach() {
    let text = report { checked in
      var api = WorkloadFigures(name: "api")
      api.requests.sent = 1000
      api.requests.failed = 20
      api.requests.inFlight = 1
      api.latency.p50 = 0.0123
      api.latency.p99 = 1.2
      checked.summary.workloads.append(api)
    }
    #expect(text.contains("WORKLOAD   SENT  FAILED  FAILED, %  IN FLIGHT  p50, ms  p99, ms\n"))
    #expect(text.contains("api       1,000      20      2.00%          1     12.3    1,200\n"))
    #expect(!report { _ in }.contains("WORKLOAD "))
  }

  private func service(p: Double) -> ServiceFigures {
    var service = Self.checked().summary.services[0]
    service.balance.chiSquare = ChiSquareFigures(statistic: 9, degreesOfFreedom: 1, pValue: p)
    return service
  }

  /// The report with wrapped lines joined.
  private func words(_ change: (inout CheckedRun) -> Void) -> String {
    report(change).split(whereSeparator: { $0 == " " || $0 == "\n" }).joined(separator: " ")
  }

  @Test func unfairnessIsJudgedAmongAllServices() {
    #expect(words { $0.summary.services = [self.service(p: 0.0004)] }.contains("unlikely by chance: shares differ"))
    #expect(
      words { $0.summary.services = [self.service(p: 0.007)] }.contains(
        "not settled: shares stray from the exact ones (┃) as far as in 1 of 143 fair runs, χ² 9.00 on 1 degree of "
          + "freedom, p 0.0070; another --seed"))
    let many = words { checked in
      checked.summary.services = [self.service(p: 0.004)] + (1...29).map { self.service(p: Double($0) / 30) }
    }
    #expect(
      many.contains(
        "fair: shares fit the exact ones (┃), χ² 9.00 on 1 degree of freedom, p 0.0040, p 0.12 over 30 tests (Holm)."))
    #expect(!many.contains("unlikely"))
    // The report stays readable: the least likely are shown, the rest counted.
    #expect(many.contains("18 more Services, none of them unfair, in out/x/services.csv"))
  }

  @Test func sentenceAndIntervalsSayTheSame() {
    let text = words { $0.summary.services[0].backends[0].shareInterval = 0.38...0.39 }
    #expect(
      text.contains(
        "p 0.95. 1 of 3 rows lies outside its own 95% interval, within chance when all rows are judged together."))
  }

  @Test func affinityIsNotJudgedByConnections() {
    let text = words { checked in
      checked.summary.services[0].hasClientIPAffinity = true
      for at in 0..<3 { checked.summary.services[0].backends[at].clients = 1 }
      checked.summary.services[0].balance.chiSquare = nil
    }
    #expect(text.contains("ClientIP affinity: 3 clients, each stays with the pod of its first connection"))
    #expect(text.contains("Too few clients to judge whether first connections fit the exact probabilities."))
    #expect(text.contains("CLIENTS") && !text.contains("EXACT"))
  }

  @Test func whereNothingIsSharedNothingIsJudged() {
    func sentence(_ change: @escaping (inout ServiceFigures) -> Void) -> String {
      words { checked in
        checked.summary.services[0].balance.chiSquare = nil
        change(&checked.summary.services[0])
      }
    }
    #expect(sentence { $0.backends.removeLast(2) }.contains("One endpoint gets all there is."))
    #expect(sentence { _ in }.contains("Too few connections to judge whether shares fit"))
    let unknown = sentence { service in
      for at in service.backends.indices { service.backends[at].expectedShare = nil }
    }
    #expect(unknown.contains("The exact shares are not known."))
  }

  @Test func podsThatCameAndWentExplainUnevenShares() {
    let text = words { $0.summary.services[0].podsChanged = 2 }
    #expect(text.contains("Jain 0.967, busiest/mean 1.13: 2 of 3 pods came, went or failed."))
  }

  @Test func endpointsBeyondTenShowTheirChanges() {
    let same = report { checked in
      for at in 0..<120 { checked.summary.timeline[at].endpoints = 12 }
    }
    #expect(same.contains("endpoints  12 throughout\n"))
    let changed = report { checked in
      for at in 0..<120 { checked.summary.timeline[at].endpoints = at < 60 ? 12 : 11 }
    }
    #expect(changed.contains("████··"))
    #expect(changed.contains("  11 to 12\n"))
  }

  @Test func nothingAndALittleDifferInASCII() {
    let text = TerminalReport(Self.checked(), style: TextStyle(isASCII: true)).render()
    #expect(text.contains("failed     ...............#:..."))
  }

  @Test func noLineIsWiderThanThePage() {
    var checked = Self.checked()
    let long = String(repeating: "very-long-name-", count: 12)
    checked.summary.scenario = long
    checked.summary.workloads[0].name = long
    checked.summary.outages[0].workload = long
    checked.summary.services[0].name = long
    checked.summary.services[0].backends[0].pod = "default/" + long
    checked.summary.services[0].backends[0].node = long
    checked.summary.services[0].backends[0].connections = 123_456_789
    checked.summary.expectations[0].of = "workload/" + long
    checked.summary.expectations[0].place = long + ".yaml:1234"
    checked.summary.events.append(.init(at: 119, text: "fail pods of " + long))
    checked.summary.probes = [
      .init(name: long, status: .failed, expected: nil, actual: .fields(["error": .text(long)]), differences: [long])
    ]
    for isASCII in [false, true] {
      let text = TerminalReport(checked, style: TextStyle(isASCII: isASCII)).render()
      // Commands are to be pasted: they stay whole.
      let lines = text.split(separator: "\n").prefix { !$0.hasPrefix("next:") }
      for line in lines { #expect(line.count <= 100, "\(line)") }
    }
  }

  @Test func asciiReplacesEveryGlyph() {
    let text = TerminalReport(Self.checked(), style: TextStyle(isASCII: true)).render()
    #expect(text.allSatisfy { $0.isASCII })
    #expect(!text.contains("?"))
    #expect(text.contains("\n  x requests.successRatio"))
    #expect(text.contains("chi2 0.1 on 2 degrees of freedom"))
  }

  @Test func colourOnlyWhereItIsAskedFor() {
    let plain = TerminalReport(Self.checked()).render()
    #expect(!plain.contains("\u{1b}"))
    let coloured = TerminalReport(Self.checked(), style: TextStyle(isColoured: true)).render()
    var bare = ""
    var rest = coloured[...]
    while let start = rest.firstIndex(of: "\u{1b}") {
      bare += rest[..<start]
      rest = rest[start...].drop { $0 != "m" }.dropFirst()
    }
    #expect(bare + rest == plain)
  }

  @Test func aRunWithoutFailuresOrChecks() {
    var checked = Self.checked()
    checked.summary.requests = RequestFigures()
    checked.summary.requests.sent = 10
    checked.summary.requests.succeeded = 10
    checked.summary.outages = []
    checked.summary.expectations = []
    let text = TerminalReport(checked).render()
    #expect(text.hasPrefix("DONE  lb-failover: all 10 requests were answered, 99% of them within 153 ms.\n\n3 nodes"))
    #expect(text.contains("Requests   10 sent = 10 answered + 0 failed + 0 in flight\n"))
  }
}
