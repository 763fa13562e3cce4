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

  /// kube-proxy sets the sysctls of what is above 0 (cmd/kube-proxy/app/server_linux.go, setupConntrack).
  @Test func conntrackTimeoutsAreSet() throws {
    let set = try Self.timeouts("udpTimeout: 5s, udpStreamTimeout: 1m30s, tcpCloseWaitTimeout: 10s")
    #expect(set.udp == .seconds(5) && set.udpStream == .seconds(90) && set.tcpCloseWait == .seconds(10))
    #expect(set.tcpEstablished == .seconds(86_400))
    let usual = try Self.timeouts("udpTimeout: 0s")
    #expect(usual.udp == .seconds(30) && usual.udpStream == .seconds(120))
  }
}
