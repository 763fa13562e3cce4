// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import TestSupport
import Testing

@testable import Scenarios

/// Names that stand for nothing are reported with all other mistakes, and only where it is certain.
@Suite struct LoadingReferenceTests {
  private static let deployment = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      selector: {matchLabels: {app: web}}
      template: {metadata: {labels: {app: web}}}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {selector: {app: web}, ports: [{port: 80}]}
    ---

    """

  private static let names = """
      clients: [{name: c}]
      workloads:
      - {name: a, from: d, to: service/default/wep:80}
      - {name: b, from: c, to: service/default/web:81}
      events:
      - {at: 5s, scale: deployment/default/wep, replicas: 2}
      - {at: 5s, fail: pod, select: app=wep}
      probes:
      - {name: p, from: client/d, to: node/node-9:80, via: node-8}
      expect:
      - {metric: requests.sent, of: workload/x, atLeast: 1}
      - {metric: requests.sent, of: service/default/x, atLeast: 1}
    """

  private static let saidOfNames = [
    "there is no client group 'd'", "there is no Service 'default/wep'", "default/web has no port 81",
    "there is no Deployment 'default/wep'", "'app=wep' selects no pod", "there is no client group 'd'",
    "there is no node 'node-9'", "there is no node 'node-8'", "there is no workload 'x'",
    "there is no Service 'default/x'",
  ]

  private static func messages(_ text: String) -> [String] { LoadingFixtures.diagnostics(text).map(\.message) }

  @Test func theyAreReportedBesideOtherMistakes() {
    let mistakes = "  duration: 5\n  durration: 5s\n  seed: x\n  seed: 1\n"
    let found = Self.messages(Self.deployment + LoadingFixtures.scenario(mistakes + Self.names))
    #expect(
      found.sorted()
        == (Self.saidOfNames + [
          "expected a duration such as 200us, 5s or 1m30s, found '5'", "unknown key 'durration'",
          "expected a whole number between 0 and \(UInt64.max), found 'x'", "key 'seed' stands twice in one mapping",
        ]).sorted())
  }

  /// What may stand in the part that could not be read is left alone; what is certain is not.
  @Test func ofAnInputThatBreaksOffOnlyWhatIsCertain() {
    let found = Self.messages(Self.deployment + LoadingFixtures.scenario(Self.names) + "\n---\n{a: [}\n")
    #expect(found.count == 5)
    for message in [
      "there is no client group 'd'", "default/web has no port 81", "there is no workload 'x'",
    ] { #expect(found.contains(message)) }
    #expect(!found.contains { $0.contains("wep") || $0.contains("node") })
  }

  /// A controller with a mistake of its own is not also said to be missing.
  @Test func anObjectWithAMistakeIsNotMissing() {
    let broken = Self.deployment.replacing("  selector: {matchLabels: {app: web}}\n", with: "")
    let spec = "  events: [{at: 5s, scale: deployment/default/web, replicas: 2}]\n"
    let found = LoadingFixtures.diagnostics(broken + LoadingFixtures.scenario(spec)).filter { $0.severity == .error }
    #expect(found.map(\.message) == ["spec has no 'selector'"])
  }

  @Test(
    arguments: [
      SourceRow(("events: [{at: 5s, explode: pod, select: app=web}]", ["unknown key 'explode'"])),
      SourceRow(
        ("expect: [{metric: latency.p99, within: [5, 6s]}]", ["expected a duration such as 12ms or 5s, found '5'"])),
      SourceRow(
        (
          "probes: [{name: p, from: 10.0.0.1, to: service/default/db}]",
          ["default/db is headless and has no address of its own"]
        )),
      SourceRow(
        (
          "probes: [{name: p, from: 10.0.0.1, to: 'db.default.svc.cluster.local:80'}]",
          ["default/db is headless and has no address of its own"]
        )),
      SourceRow(
        (
          "probes: [{name: p, from: 10.0.0.1, to: service/default/web, protocol: UDP}]",
          ["default/web has no port for UDP"]
        )),
      SourceRow(("probes: [{name: p, from: 10.0.0.1, to: '1.2.3.4:80', at: 61s}]", ["the probe asks after the end"])),
      SourceRow(("duration: 5, warmup: 3s", ["expected a duration such as 200us, 5s or 1m30s, found '5'"])),
    ] as [SourceRow<(String, [String])>])
  func oneMistakeIsReportedOnce(_ row: SourceRow<(String, [String])>) {
    let headless = """
      {apiVersion: v1, kind: Service, metadata: {name: db}, spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}}
      ---

      """
    let document = "{apiVersion: simrun/v1, kind: Scenario, metadata: {name: t}, spec: {\(row.value.0)}}"
    #expect(Self.messages(Self.deployment + headless + document) == row.value.1, sourceLocation: row.at)
  }

  @Test(arguments: ["", "# nothing\n", "---\n", "{apiVersion: v1, kind: List, items: []}"])
  func anInputWithoutAnObjectIsAMistake(_ text: String) {
    #expect(Self.messages(text) == ["no object in the input; nothing to do"])
  }

  /// Only a node without a block of its own needs one, at its place.
  @Test(arguments: [("n1", 0), ("n2", 1)])
  func blocksAreForNodesWithoutOne(_ without: String, _ mistakes: Int) {
    let nodes = ["n1", "n2"].map { name in
      let spec = name == without ? "{}" : "{podCIDR: 10.250.0.0/24}"
      return "{apiVersion: v1, kind: Node, metadata: {name: \(name)}, spec: \(spec)}\n---\n"
    }
    let found = Self.messages(nodes.joined() + LoadingFixtures.scenario("  cluster: {podCIDR: 10.244.0.0/23}"))
    #expect(found == Array(repeating: "10.244.0.0/23 has no /24 for each of 2 nodes", count: mistakes))
  }

  // MARK: What has no effect yet

  @Test func fieldsWithoutEffectAreWarnedOfOnceAndOnlyWhereTheyWouldShow() {
    let pod = { (name: String, more: String) in
      "{apiVersion: v1, kind: Pod, metadata: {name: \(name), labels: {app: web}}, spec: {\(more)containers: "
        + "[{name: a, image: a, readinessProbe: {periodSeconds: 5}}]}}\n---\n"
    }
    let pods =
      pod("a", "") + pod("b", "terminationGracePeriodSeconds: 30, ") + pod("c", "terminationGracePeriodSeconds: 5, ")
    #expect(LoadingFixtures.diagnostics(pods + LoadingFixtures.scenario("  seed: 1")).isEmpty)
    let events = LoadingFixtures.scenario("  events: [{at: 5s, delete: pod, select: app=web, count: 1}]")
    #expect(
      LoadingFixtures.diagnostics(pods + events).map(\.brief) == [
        "1: readinessProbe has no effect yet | a pod is ready as soon as it runs; the first of 3",
        "5: terminationGracePeriodSeconds has no effect yet | a pod that ends serves nothing any more",
      ])
  }

  @Test func settingsWithoutEffectAreWarnedOf() {
    let spec = """
        cluster: {proxy: {iptables: {syncPeriod: 10s}}}
        loadBalancers: {provisioning: 5s, healthCheck: {interval: 1s}}
      """
    let found = LoadingFixtures.diagnostics(LoadingFixtures.scenario(spec))
    #expect(found.allSatisfy { $0.severity == .warning })
    #expect(
      found.map(\.message) == [
        "syncPeriod has no effect yet", "provisioning has no effect yet", "healthCheck has no effect yet",
      ])
  }
}
