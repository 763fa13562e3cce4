// SPDX-License-Identifier: GPL-3.0-or-later
import TestSupport
import Testing

@testable import Scenarios

/// Quantities have limits, and a bound on a metric has the metric's unit.
@Suite struct LoadingBoundsTests {
  /// What is said of a `spec` in flow style beside a Service and a Deployment.
  private static func said(_ spec: String) -> [String] {
    let text = """
      {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
      ---
      {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}}
      ---
      {apiVersion: simrun/v1, kind: Scenario, metadata: {name: t}, spec: {clients: [{name: c}], \(spec)}}
      """
    return LoadingFixtures.diagnostics(text).map { $0.message + ($0.hint.isEmpty ? "" : " | " + $0.hint) }
  }

  private static let load = "workloads: [{name: w, from: c, to: 'service/default/web:80', "

  @Test(
    arguments: [
      SourceRow(("expect: [{metric: latency.max, of: workload/w, atMost: 5ms}]", nil)),
      SourceRow(("expect: [{metric: outage.longest, of: workload/w, atMost: 0}]", nil)),
      SourceRow(
        (
          "expect: [{metric: latency.max, of: workload/w, atMost: 5}]",
          "expected a duration such as 12ms or 5s, found '5' | write 5s or 5ms"
        )),
      SourceRow(
        (
          "expect: [{metric: outage.total, within: [0, 0.5]}]",
          "expected a duration such as 12ms or 5s, found '0.5' | write 0.5s or 0.5ms"
        )),
      SourceRow(
        (
          "expect: [{metric: latency.p99, equals: 5%}]", "expected a duration such as 12ms or 5s, found '5%'"
        )),
      SourceRow(
        (
          "expect: [{metric: requests.sent, atMost: 5s}]", "expected a number, found '5s' | requests.sent is no time"
        )),
      SourceRow(("expect: [{metric: requests.sent, atMost: 5}]", nil)),
      SourceRow(("expect: [{metric: requests.successRatio, atLeast: 99%}]", nil)),
      SourceRow(("expect: [{metric: bytes, of: service/default/web, atMost: 5Mi}]", nil)),
      SourceRow(("expect: [{metric: busyTime, of: pod/default/web-0, atMost: 5s}]", nil)),
      SourceRow(("expect: [{metric: balance.busyTime.jain, of: service/default/web, atLeast: 0.9}]", nil)),
      SourceRow(("expect: [{metric: requests.failedBy.portsExhausted, equals: 0}]", nil)),
      SourceRow(
        (
          "expect: [{metric: busy, of: pod/default/web-0, atMost: 5s}]",
          "'busy' is no metric of a pod | one of connections, requests, bytes, busyTime, share, expectedShare…"
        )),
      SourceRow(
        (
          "expect: [{metric: latency.p99, of: service/default/web, atMost: 5s}]",
          "'latency.p99' is no metric of a service | "
            + "one of connections, requests.sent, requests.attempts…"
        )),
      SourceRow(
        (
          "expect: [{metric: requests.lost, of: node/node-1, atMost: 5}]",
          "'requests.lost' is no metric of a node | one of requests"
        )),
      SourceRow(
        (
          "expect: [{metric: requests.sent, during: [60s, 70s], atLeast: 1}]",
          "the window begins after the end | no request is sent in it"
        )),
    ] as [SourceRow<(String, String?)>])
  func unitsOfBounds(_ row: SourceRow<(String, String?)>) {
    let text = "\(Self.load)}], " + row.value.0
    #expect(Self.said(text) == (row.value.1.map { [$0] } ?? []), sourceLocation: row.at)
  }

  @Test(
    arguments: [
      SourceRow(("duration: 168h", nil)),
      SourceRow(("duration: 2000000h", "expected at most 168h, found '2000000h'")),
      SourceRow(("outageGap: 169h", "expected at most 168h, found '169h'")),
      SourceRow(("replications: 10001", "expected a whole number between 1 and 10000, found '10001'")),
      SourceRow(("\(load)arrivals: {rate: 0.001/h}}]", nil)),
      SourceRow(
        ("\(load)arrivals: {rate: 0.0000001/h}}]", "expected at least 0.001/h, found '0.0000001/h'")),
      SourceRow(("\(load)arrivals: {rate: 2M/s}}]", "expected at most 1M/s, found '2M/s'")),
      SourceRow(("\(load)request: {bytes: 2G}}]", "expected at most 1G, found '2G'")),
      SourceRow(
        ("\(load)retries: {backoff: 2h}}]", "expected at most 1h, found '2h'")),
      SourceRow(("network: {node: {latency: 2h}}", "expected at most 1h, found '2h'")),
      SourceRow(
        (
          "network: {node: {latency: 1ms, jitter: 2ms}}",
          "the jitter is more than the latency, 1ms | a packet would arrive before it is sent"
        )),
      SourceRow(("network: {node: {bandwidth: 1bit}}", "expected at least 1kbit, found '1bit'")),
      SourceRow(("network: {node: {bandwidth: 2000Tbit}}", "expected at most 1000Tbit, found '2000Tbit'")),
      SourceRow(("cluster: {proxy: {ruleCost: 1s}}", "expected at most 1ms, found '1s'")),
      SourceRow(("cluster: {proxy: {conntrack: {tcpEstablishedTimeout: 1000h}}}", nil)),
      SourceRow(("cluster: {serviceCIDR: 10.96.0.0/29}", nil)),
      SourceRow(("cluster: {serviceCIDR: 10.96.0.0/30}", "10.96.0.0/30 has 4 addresses, too few | a /29 or wider")),
      SourceRow(("cluster: {serviceCIDR: 10.96.0.1/32}", "10.96.0.1/32 has one address, too few | a /29 or wider")),
      SourceRow(
        (
          "cluster: {podCIDR: [10.244.0.0/16, fd00::/126]}", "fd00::/126 has 4 addresses, too few | a /125 or wider"
        )),
      SourceRow(("cluster: {nodeCIDR: 192.168.0.0/29}", "192.168.0.0/29 has 8 addresses, too few | a /28 or wider")),
      SourceRow(
        (
          "cluster: {nodes: 300}",
          "10.244.0.0/16 has no /24 for each of 300 nodes | a wider podCIDR, or fewer nodes"
        )),
    ] as [SourceRow<(String, String?)>])
  func limitsOfQuantities(_ row: SourceRow<(String, String?)>) {
    #expect(Self.said(row.value.0) == (row.value.1.map { [$0] } ?? []), sourceLocation: row.at)
  }

  @Test(arguments: [
    SourceRow((0, "0s")), SourceRow((60_000_000_000, "1m")), SourceRow((5_400_000_000_000, "1h30m")),
    SourceRow((12_000_000, "12ms")), SourceRow((1_000_001_001, "1s1us1ns")), SourceRow((-5_000_000_000, "-5s")),
  ])
  func durationsAreWrittenAsRead(_ row: SourceRow<(Int64, String)>) throws {
    #expect(Quantities.text(.nanoseconds(row.value.0)) == row.value.1, sourceLocation: row.at)
    #expect(try Quantities.duration(row.value.1).nanoseconds == row.value.0, sourceLocation: row.at)
  }
}
