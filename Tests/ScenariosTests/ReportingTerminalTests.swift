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
    FAIL  lb-failover: 321 of 57,473 requests failed (0.56%), all within 2.15 s after pod
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

    Outage 1   30.00–32.15 s, 321 requests of workload/browse failed, cause: pod default/httpenv-9mw6t
               crashed
      +0.00 crash   +0.94 kubelet   +1.10 EndpointSlice   +1.61 node-1   +1.87 node-2   +2.15 node-3
      failed while waiting for: the kubelet 152, the slice 33, the nodes' rules 136

    Expectations
      ✗ requests.successRatio  of workload/browse          ≥ 0.999  got 0.9944  lb-failover.yaml:58
      ✓ outage.longest         of workload/browse 20–40 s  ≤ 12s    got 2.15 s  lb-failover.yaml:59

    next: simrun trace lb-failover.yaml --from client/internet --to service/default/httpenv --at 31.08s
          simrun get endpointslices lb-failover.yaml --at 31.08s
          results/lb-failover/summary.json

    """

  @Test func theWholeReport() {
    #expect(TerminalReport(Self.checked(), results: "results/lb-failover").render() == Self.golden)
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
