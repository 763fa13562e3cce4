// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import TestSupport
import Testing

@testable import Scenarios

@Suite struct LoadingScenarioTests {
  private static let objects = """
    {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, selector: {app: web}, ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]}}
    ---
    {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}}
    ---

    """

  /// What is said of a `spec` in flow style beside a Service and a Deployment.
  private static func said(_ spec: String) -> [String] {
    let text = objects + "{apiVersion: simrun/v1, kind: Scenario, metadata: {name: t}, spec: {\(spec)}}"
    return LoadingFixtures.diagnostics(text).map { $0.message + ($0.hint.isEmpty ? "" : " | " + $0.hint) }
  }

  private static let client = "clients: [{name: c}], workloads: "

  @Test(
    arguments: [
      SourceRow(("\(client)[{name: w, from: c, to: 'service/default/web:http'}]", nil)),
      SourceRow(("\(client)[{name: w, from: c, to: 'service/default/web:53', protocol: UDP}]", nil)),
      SourceRow(
        (
          "\(client)[{name: w, from: c, to: service/default/web}]",
          "default/web has 2 ports | name one: 80/TCP (http), 53/UDP (dns)"
        )),
      SourceRow(
        (
          "\(client)[{name: w, from: c, to: 'service/default/web:81'}]",
          "default/web has no port 81 | it has 80/TCP (http), 53/UDP (dns)"
        )),
      SourceRow(
        (
          "\(client)[{name: w, from: c, to: 'service/default/web:53'}]",
          "default/web has no port 53 for TCP | it has 80/TCP (http), 53/UDP (dns)"
        )),
      SourceRow(
        (
          "\(client)[{name: w, from: c, to: 'service/default/wep:80'}]",
          "there is no Service 'default/wep' | did you mean 'default/web'?"
        )),
      SourceRow(
        ("\(client)[{name: w, from: d, to: 'service/default/web:80'}]", "there is no client group 'd' | one of c")),
      SourceRow(
        (
          "\(client)[{name: w, from: c, to: 'loadBalancer/default/web:80'}]",
          "default/web has no load balancer | its type is NodePort"
        )),
      SourceRow(
        ("\(client)[{name: w, from: c, to: 'node/node-9:80'}]", "there is no node 'node-9' | did you mean 'node-1'?")),
      SourceRow(("\(client)[{name: w, from: c, to: 'pod/default/web-abc:80'}]", nil)),
      SourceRow(
        ("\(client)[{name: w, from: c, to: 'pod/default/x:80'}]", "there is no pod 'default/x' | no Pod is given")),
      SourceRow(
        (
          "\(client)[{name: w, from: c, to: '10.96.0.300:80'}]",
          "expected a destination, found '10.96.0.300:80' | one of \(References.destinationForms)"
        )),
      SourceRow(("\(client)[{name: w, from: c, to: 'example.com:80'}]", nil)),
      SourceRow(
        (
          "\(client)[{name: w, from: c, to: 'a.b:80'}, {name: w, from: c, to: 'a.b:80'}]",
          "workload 'w' is there twice | first at test.yaml:5:110"
        )),
      SourceRow(("\(client)[{name: w, from: c}]", "the workload has no 'to'")),
      SourceRow(
        (
          "\(client)[{name: w, from: c, to: 'a.b:80', arrivals: {process: closed, rate: 5/s}}]",
          "process closed takes no 'rate' | it takes think"
        )),
      SourceRow(
        (
          "\(client)[{name: w, from: c, to: 'a.b:80', connections: {reuse: pool, maxRequests: 5}}]",
          "reuse pool takes no 'maxRequests' | it takes size, idle, maxAge"
        )),
      SourceRow(("clients: [{name: c, at: node/node-4}]", "there is no node 'node-4' | did you mean 'node-1'?")),
      SourceRow(("clients: [{name: c, at: app=wep}]", "'app=wep' selects no pod | pods carry app=web")),
      SourceRow(("clients: [{name: c, at: externl}]", "'externl' is no place for clients | did you mean 'external'?")),
      SourceRow(("clients: [{name: c, count: 0}]", "expected a whole number between 1 and 10000000, found '0'")),
      SourceRow(
        (
          "clients: [{name: c, count: 300}]",
          "300 external clients, and 256 addresses in clientCIDR | set network.clientCIDR"
        )),
      SourceRow(("servers: [{selector: app=web, service: {distribution: gamma, mean: 5ms, shape: 2}}]", nil)),
      SourceRow(
        ("servers: [{service: {distribution: gama, mean: 5ms}}]", "'gama' is no distribution | did you mean 'gamma'?")),
      SourceRow(("servers: [{service: {distribution: uniform, low: 5ms, high: 1ms}}]", "low is above high")),
      SourceRow(
        (
          "servers: [{service: {distribution: uniform, mean: 5ms, low: 1ms, high: 9ms}}]",
          "uniform takes no 'mean' | it takes low, high"
        )),
      SourceRow(
        (
          "servers: [{service: {distribution: pareto, mean: 5ms, shape: 1}}]",
          "a pareto of shape 1 or less has no mean | give max to bound it"
        )),
      SourceRow(
        (
          "servers: [{service: {distribution: weibull, mean: 5ms, shape: 0}}]",
          "expected a number above zero, found '0'"
        )),
      SourceRow(("servers: [{service: {distribution: weibull, mean: 5ms}}]", "distribution weibull has no 'shape'")),
      SourceRow(
        (
          "servers: [{service: {distribution: gamma, mean: 5ms, shape: 0.001}}]",
          "this gamma cannot be drawn: the shape (0.001) is below 0.01"
        )),
      SourceRow(("servers: [{selector: app=x}]", "'app=x' selects no pod | pods carry app=web")),
      SourceRow(("events: [{at: 1s, fail: pod, select: app=web, count: 1}]", nil)),
      SourceRow(
        ("events: [{at: 1s, fail: pod, select: app=httpenf}]", "'app=httpenf' selects no pod | pods carry app=web")),
      SourceRow(
        ("events: [{at: 1s, fail: pod, select: ap=web}]", "'ap=web' selects no pod | pods carry the label 'app'")),
      SourceRow(("events: [{at: 1s, fail: pod}]", "the event says not which pods | give pod: or select:")),
      SourceRow(
        (
          "events: [{at: 1s, fail: pod, select: app=web, count: 1, share: 0.5}]",
          "'count' and 'share' exclude each other"
        )),
      SourceRow(
        (
          "events: [{at: 1s, fail: pod, select: app=web, replicas: 2}]",
          "fail pod takes no 'replicas' | it takes pod, select, namespace, count, share"
        )),
      SourceRow(("events: [{fail: pod, select: app=web}]", "the event has no 'at'")),
      SourceRow(("events: [{at: 1s}]", "the event says nothing to do | \(Diagnostic.list(EventKeys.verbs))")),
      SourceRow(("events: [{at: 1s, scale: deployment/default/web, replicas: 0}]", nil)),
      SourceRow(
        (
          "events: [{at: 1s, scale: deployment/default/wep, replicas: 1}]",
          "there is no Deployment 'default/wep' | did you mean 'default/web'?"
        )),
      SourceRow(("events: [{at: 1s, scale: deployment/default/web}]", "the event has no 'replicas'")),
      SourceRow(
        (
          "events: [{at: 1s, scale: daemonset/default/web, replicas: 1}]",
          "'daemonset' is no kind that can be scaled | one of deployment, replicaset, statefulset"
        )),
      SourceRow(
        (
          "events: [{at: 1s, drain: node/node-1}]",
          "event 'drain' of node is not modelled yet | modelled: fail pod, restore pod, delete pod, scale"
        )),
      SourceRow(("events: [{at: 70s, fail: pod, select: app=web}]", "the event comes after the end | nothing happens")),
      SourceRow(("warmup: 60s", "the warm-up is not shorter than the duration | no request would count")),
      SourceRow(("warmup: auto", nil)),
      SourceRow(("duration: 0s", "expected a duration above zero, found '0s'")),
      SourceRow(("duration: 10", "expected a duration such as 200us, 5s or 1m30s, found '10' | write 10s for seconds")),
      SourceRow(("seed: -1", "expected a whole number between 0 and 18446744073709551615, found '-1'")),
      SourceRow(("seed: 18446744073709551615", nil)),
      SourceRow(("replications: 0", "expected a whole number between 1 and 10000, found '0'")),
      SourceRow(("cluster: {podCIDR: 10.96.0.0/16}", "serviceCIDR 10.96.0.0/12 overlaps podCIDR 10.96.0.0/16")),
      SourceRow(
        (
          "cluster: {podCIDR: 10.244.0.0/23}",
          "10.244.0.0/23 has no /24 for each of 3 nodes | a wider podCIDR, or fewer nodes"
        )),
      SourceRow(("cluster: {serviceCIDR: 10.96.0.0/29}", nil)),
      SourceRow(
        ("cluster: {podCIDR: 10.244.0.1/16}", "'10.244.0.1/16' has bits beyond its length | read as 10.244.0.0/16")),
      SourceRow(
        ("cluster: {nodePortRange: 32767-30000}", "expected a range of ports such as 30000-32767, found '32767-30000'")),
      SourceRow(("cluster: {proxy: {mode: ipvs}}", "proxy mode ipvs is not modelled yet | modelled: iptables")),
      SourceRow(
        ("cluster: {localAddresses: {node-7: [1.2.3.4]}}", "there is no node 'node-7' | did you mean 'node-1'?")),
      SourceRow(
        ("loadBalancers: {provider: aws-nlb}", "provider aws-nlb is not modelled yet | modelled: generic, none")),
      SourceRow(("network: {node: {bandwidth: 0bit}}", "expected a bandwidth above zero, found '0bit'")),
      SourceRow(("probes: [{name: p, from: 10.0.0.1, to: 'service/default/web:http', via: node-1}]", nil)),
      SourceRow(
        (
          "probes: [{name: p, from: 10.0.0.1, to: '1.2.3.4:80', via: nod-1}]",
          "there is no node 'nod-1' | did you mean 'node-1'?"
        )),
      SourceRow(
        (
          "probes: [{name: p, from: client/x, to: '1.2.3.4:80'}]",
          "there is no client group 'x' | spec.clients is empty"
        )),
      SourceRow(
        (
          "probes: [{name: p, from: 10.0.0.1, to: '1.2.3.4:80', expect: {verdict: delivered}}]",
          "'delivered' is no verdict | did you mean 'deliver'?"
        )),
      SourceRow(
        (
          "probes: [{name: p, from: 10.0.0.1, to: '1.2.3.4:80', expect: {endpoints: [1.2.3.4]}}]",
          "expected ADDRESS:PORT, found '1.2.3.4' | IPv6 is written [address]:port"
        )),
      SourceRow(
        (
          "expect: [{metric: requests.succesRatio, atLeast: 0.5}]",
          "'requests.succesRatio' is no metric | did you mean 'requests.successRatio'?"
        )),
      SourceRow(
        ("expect: [{metric: requests.sent}]", "the expectation has no bound | give atLeast, atMost, equals or within")),
      SourceRow(
        (
          "expect: [{metric: requests.sent, of: workload/x, atLeast: 1}]",
          "there is no workload 'x' | spec.workloads is empty"
        )),
      SourceRow(
        (
          "expect: [{metric: latency.p99, within: [2s, 1s]}]",
          "'within' takes two values, the lower one first | within: [low, high]"
        )),
    ] as [SourceRow<(String, String?)>])
  func checks(_ row: SourceRow<(String, String?)>) {
    #expect(Self.said(row.value.0) == (row.value.1.map { [$0] } ?? []), sourceLocation: row.at)
  }

  @Test func readsExpectationsAndProbes() throws {
    let spec = """
        expect:
        - {metric: latency.p99, during: [30s, 60s], atMost: 12ms, atLeast: 0}
        - {metric: balance.chiSquare.pValue, of: service/default/web, within: [1%, 1]}
        probes:
        - name: p
          from: fd00::1
          to: "[fd00::2]:80"
          protocol: UDP
          at: 5s
          expect: {verdict: deliver, endpoints: ["10.0.0.2:80", "10.0.0.1:80"], masquerade: false,
            probabilities: {"10.0.0.2:80": 0.5, "10.0.0.1:80": 0.5}}
      """
    let scenario = try LoadingFixtures.load(Self.objects + LoadingFixtures.scenario(spec)).get().scenario
    #expect(
      scenario.expectations[0].during == SimTime(nanoseconds: 30_000_000_000)..<SimTime(nanoseconds: 60_000_000_000))
    #expect(scenario.expectations[0].bounds.map(\.kind) == [.atMost(0.012), .atLeast(0)])
    #expect(scenario.expectations[1].bounds.map(\.kind) == [.within(0.01, 1)])
    #expect(scenario.expectations[1].subject.description == "service/default/web")
    let probe = scenario.probes[0]
    #expect(probe.question.protocol == .udp && probe.at?.seconds == 5)
    #expect(probe.expected?.endpoints?.map(\.description) == ["10.0.0.1:80", "10.0.0.2:80"])
    #expect(probe.expected?.probabilities?.map(\.probability) == [0.5, 0.5])
  }

  @Test func makesScenarios() throws {
    let scenario = try LoadingFixtures.load(Self.objects, name: "dir/web.yaml").get().scenario
    #expect(scenario.isImplied && scenario.name == "web")
    #expect(scenario.world.duration == .seconds(60) && scenario.world.cluster.nodeCount == 3)
    #expect(scenario.world.workloads.map(\.name) == ["web"])
    #expect(scenario.world.workloads[0].arrivals == .poisson(perSecond: 100))
    #expect(scenario.world.workloads[0].to == .service(NamespacedName("default", "web"), port: .number(80)))
    #expect(scenario.world.clients.map(\.placement) == [.external])
  }

  @Test func tellsAssemblyProblemsAtTheirPlace() throws {
    let scenario = try LoadingFixtures.load(
      Self.objects + LoadingFixtures.scenario("  cluster: {podCIDR: 10.244.0.0/16}")
    ).get().scenario
    let problems = AssemblyProblems(problems: [
      AssemblyProblem(kind: "Service", object: NamespacedName("default", "web"), message: "no cluster IP is left"),
      AssemblyProblem(kind: "Pod", object: NamespacedName("default", "web-1"), message: "no node takes it"),
      AssemblyProblem(
        kind: "", object: NamespacedName("", "cluster.podCIDR"), message: "is exhausted", hint: "widen it"),
    ])
    #expect(
      scenario.diagnostics(of: problems).map(\.brief) == [
        "1: Service default/web: no cluster IP is left", "3: Pod default/web-1: no node takes it",
        "9: is exhausted | widen it",
      ])
  }
}
