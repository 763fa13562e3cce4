// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel
@testable import Scenarios

/// What a KubeProxyConfiguration says reaches the nodes.
@Suite struct LoadingProxyTests {
  private static func timeouts(_ conntrack: String) throws -> ConntrackTimeouts {
    let text = """
      {apiVersion: kubeproxy.config.k8s.io/v1alpha1, kind: KubeProxyConfiguration, conntrack: {\(conntrack)}}
      """
    let scenario = try LoadingFixtures.load(text).get().scenario
    return try SimulatedCluster(scenario.world).simulation.model.conntrack.timeouts
  }

  private static func dumps(_ spec: String) -> Result<ScenarioLoader.Loaded, ScenarioLoader.Failure> {
    LoadingFixtures.load(
      LoadingFixtures.scenario("  cluster: {\(spec)}"), name: LoadingFixtures.path("sets.yaml"))
  }

  @Test func setsStandBesideTheDumpThatAsksThem() throws {
    let spec = "rulesFrom: {node-1: node-1.iptables-save}, setsFrom: {node-1: node-1.ipset}"
    let rules = try Self.dumps(spec).get().scenario.world.cluster.rulesFrom
    #expect(rules.map(\.node) == ["node-1"])
    #expect(rules.first?.sets.map(\.name) == ["KUBE-LOOP-BACK", "allowed"])
    #expect(rules.first?.sets.map(\.count) == [1, 2])
  }

  @Test(arguments: [
    ("setsFrom: {node-1: node-1.ipset}", ["the node has no dump that could ask these sets"]),
    (
      "rulesFrom: {node-1: node-1.iptables-save}, setsFrom: {nod-1: node-1.ipset}",
      ["the node has no dump that could ask these sets", "there is no node 'nod-1'"]
    ),
    ("rulesFrom: {node-1: node-1.iptables-save}, setsFrom: {node-1: 5}", ["expected a string, found a whole number"]),
  ])
  func setsOfNobodyAreRefused(_ spec: String, _ said: [String]) {
    guard case .failure(let failure) = Self.dumps(spec) else {
      Issue.record("\(spec) was taken")
      return
    }
    #expect(failure.diagnostics.map(\.message) == said)
  }

  /// A mistake in the text of ipset save is told at its line.
  @Test func mistakesInSetsHaveTheirPlace() {
    let spec = "rulesFrom: {node-1: node-1.iptables-save}, setsFrom: {node-1: broken.ipset}"
    guard case .failure(let failure) = Self.dumps(spec) else {
      Issue.record("broken.ipset was taken")
      return
    }
    #expect(failure.diagnostics.map { $0.place?.line } == [2, 3])
    #expect(failure.diagnostics.allSatisfy { $0.place?.file.hasSuffix("broken.ipset") == true })
  }

  /// kube-proxy sets the sysctls of what is above 0 (cmd/kube-proxy/app/server_linux.go, setupConntrack).
  @Test func conntrackTimeoutsAreSet() throws {
    let set = try Self.timeouts("udpTimeout: 5s, udpStreamTimeout: 1m30s, tcpCloseWaitTimeout: 10s")
    #expect(set.udp == .seconds(5) && set.udpStream == .seconds(90) && set.tcpCloseWait == .seconds(10))
    #expect(set.tcpEstablished == .seconds(86_400))
    let usual = try Self.timeouts("udpTimeout: 0s")
    #expect(usual.udp == .seconds(30) && usual.udpStream == .seconds(120))
  }
}
