// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import Testing

@testable import Scenarios

/// What is made up for manifests without a Scenario document.
@Suite struct LoadingImpliedTests {
  private static func service(_ name: String, _ more: String = "") -> String {
    "{apiVersion: v1, kind: Service, metadata: {name: \(name)}, spec: {\(more)ports: [{port: 80}]}}\n---\n"
  }

  private static let insideNote = "clients inside the cluster are a pod on every node, in namespace simrun-clients"
  private static let pod = """
    {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: a, image: a}]}}
    ---

    """

  private static func scenario(_ text: String, duration: String = "60s") throws -> Scenario {
    let overrides = [ScenarioLoader.Override(option: "--duration", key: "duration", value: duration)]
    return try LoadingFixtures.load(text, overrides: overrides).get().scenario
  }

  @Test func everyServiceGetsAWorkloadFromWhereItsTypeIsReached() throws {
    let text =
      Self.pod + Self.service("inner", "selector: {app: web}, ") + Self.service("outer", "type: NodePort, ")
      + Self.service("empty") + Self.service("names", "clusterIP: None, selector: {app: web}, ")
    let scenario = try Self.scenario(text)
    #expect(scenario.world.workloads.map(\.name) == ["inner", "outer", "empty", "names"])
    #expect(scenario.world.workloads.map(\.from) == ["inside", "internet", "inside", "inside"])
    #expect(scenario.world.workloads.allSatisfy { $0.arrivals == .poisson(perSecond: 100) })
    #expect(
      scenario.notes == [
        "no Scenario document: each of 4 Services gets 100 requests/s for 1m", LoadingImpliedTests.insideNote,
      ])
  }

  /// One client pod a node: a single one's node would hold every connection's conntrack entry.
  @Test func clientsAreSpreadOverAllNodes() throws {
    let scenario = try Self.scenario(Self.pod + Self.service("inner", "selector: {app: web}, "))
    let inventory = try ClusterSnapshot(scenario).inventory
    let clients = inventory.pods.filter { $0.pod.metadata.namespace == "simrun-clients" }
    #expect(clients.map(\.node.index).sorted() == [0, 1, 2])
    #expect(scenario.world.clients.map(\.count) == [3])
    // Whoever only looks at the cluster does not see them.
    let looked = try ScenarioLoader(makesScenario: false).load(texts: [SourceText(name: "a", text: Self.pod)]).get()
    #expect(try ClusterSnapshot(looked.scenario).inventory.pods.count == 1)
  }

  @Test func whatCannotBeSentAnythingIsNamed() throws {
    let text =
      Self.service("inner") + Self.service("alias", "type: ExternalName, externalName: a.b, ")
      + Self.service("names", "clusterIP: None, selector: {app: none}, ")
      + "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80, protocol: SCTP}]}}\n---\n"
      + "{apiVersion: v1, kind: Service, metadata: {name: bare}, spec: {clusterIP: None}}"
    let scenario = try Self.scenario(text)
    #expect(scenario.world.workloads.map(\.name) == ["inner"])
    #expect(
      scenario.notes == [
        "no Scenario document: one Service gets 100 requests/s for 1m", LoadingImpliedTests.insideNote,
        "without a workload: default/alias (ExternalName), default/names (headless, no ready endpoint), "
          + "default/s (SCTP only), default/bare (no port)",
      ])
  }

  @Test func withoutAServiceNothingIsSent() throws {
    let scenario = try Self.scenario(Self.pod)
    #expect(scenario.world.workloads.isEmpty && scenario.world.clients.isEmpty)
    #expect(scenario.notes == ["no Scenario document, and no Service to send requests to: nothing is sent"])
  }

  /// Even if every connection crossed one node, three quarters of its table would do.
  @Test(arguments: [(1, "60s"), (22, "60s"), (40, "60s"), (400, "60s"), (3000, "60s"), (40, "2s"), (40, "10m")])
  func ourOwnLoadFillsNoConntrackTable(_ services: Int, _ duration: String) throws {
    let text = (0..<services).map { Self.service("s\($0)") }.joined()
    let scenario = try Self.scenario(text, duration: duration)
    let rates = scenario.world.workloads.map { workload -> Double in
      if case .poisson(let rate) = workload.arrivals { rate } else { 0 }
    }
    let rate = try #require(rates.first)
    #expect(rates.allSatisfy { $0 == rate } && rate > 0 && rate <= 100)
    // An entry outlives its request by TIME_WAIT's 120 s.
    let entries = rates.reduce(0, +) * min(scenario.world.duration.seconds, 125)
    #expect(entries <= 0.75 * 131_072)
    #expect((rate < 100) == (100 * Double(services) * min(scenario.world.duration.seconds, 125) > 0.75 * 131_072))
    #expect(scenario.notes[0].contains("not 100, lest a node's conntrack table fills") == (rate < 100))
  }

  @Test func aSmallerTableMeansFewerRequests() throws {
    let proxy = """
      {apiVersion: kubeproxy.config.k8s.io/v1alpha1, kind: KubeProxyConfiguration, conntrack: {maxPerCore: 100, min: 1000}}
      """
    let scenario = try Self.scenario(Self.service("a") + proxy)
    #expect(scenario.world.workloads.map(\.arrivals) == [.poisson(perSecond: 12)])
  }
}
