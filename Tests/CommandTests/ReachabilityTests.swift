// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing

/// `matrix` and `diff` as people and programs read them.
@Suite struct ReachabilityTests {
  /// A Service whose two endpoints are on node-1 and node-2 of three.
  private func file(policy: String = "Cluster", third: Bool = false) -> String {
    """
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec:
      type: NodePort
      clusterIP: 10.96.0.41
      externalTrafficPolicy: \(policy)
      ports: [{port: 80, nodePort: 30080}]
    ---
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
    addressType: IPv4
    ports: [{port: 8080}]
    endpoints:
    - {addresses: [10.244.1.10], nodeName: node-1}
    - {addresses: [10.244.2.10], nodeName: node-2}
    \(third ? "- {addresses: [10.244.2.11], nodeName: node-2}" : "")
    """
  }

  @Test func matrixTellsNodesWithAndWithoutEndpointsApart() throws {
    let (outcome, left) = try Command.run(["matrix", "a.yaml"], files: ["a.yaml": file(policy: "Local")])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(left.isEmpty)
    #expect(
      outcome.output == """
        15 of 16 flows to 1 Service arrive (exact): 1 drop.
        A cell has how many of the Service's endpoints a first connection may reach; 'masq': they do not see
        its source.

        default/web TCP  2 endpoints
        DOOR        ADDRESS             AT          POD ON NODE  NODE         POD ELSEWHERE  OUTSIDE
        cluster IP  10.96.0.41:80       every node  2 of 2       2 of 2 masq  2 of 2         2 of 2 masq
        node port   192.168.1.11:30080  node-1      2 of 2       2 of 2 masq  2 of 2         1 of 2
        node port   192.168.1.12:30080  node-2      2 of 2       2 of 2 masq  2 of 2         1 of 2
        node port   192.168.1.13:30080  node-3      2 of 2       2 of 2 masq  2 of 2         drop

        """)
  }

  @Test func matrixAsJSON() throws {
    let outcome = try Command.run(["matrix", "a.yaml", "--format", "json"], files: ["a.yaml": file()]).outcome
    let whole = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let doors = try #require(whole["doors"] as? [[String: Any]])
    #expect(doors.map { $0["door"] as? String } == ["cluster IP", "node port"])
    #expect(doors[1]["nodes"] as? [String] == ["node-1", "node-2", "node-3"])
    let outside = try #require((doors[1]["from"] as? [String: Any])?["outside"] as? [String: Any])
    #expect(outside["verdict"] as? String == "deliver")
    #expect(outside["masquerade"] as? Bool == true)
    #expect(outside["probabilities"] as? [String: Double] == ["10.244.1.10:8080": 0.5, "10.244.2.10:8080": 0.5])
  }

  @Test func diffOfEqualFilesIsSilentAndPasses() throws {
    let files = ["a.yaml": file(), "b.yaml": file()]
    let outcome = try Command.run(["diff", "a.yaml", "b.yaml"], files: files).outcome
    #expect(outcome.status == 0)
    #expect(outcome.output == "SAME  24 flows compared, none differs (exact).\n")
  }

  @Test func diffNamesWhatAPolicyChanges() throws {
    let files = ["a.yaml": file(), "b.yaml": file(policy: "Local")]
    let (outcome, left) = try Command.run(["diff", "a.yaml", "b.yaml"], files: files)
    #expect(outcome.status == 1)
    #expect(left.isEmpty)
    #expect(
      outcome.output == """
        CHANGED  9 of 24 flows differ (exact), of 1 Service.

        before: a.yaml
        after:  b.yaml

        default/web TCP
          node port 192.168.1.11:30080 from pod on node, pod elsewhere, at node-1, node-2, node-3
            before  deliver, masqueraded, to 10.244.1.10:8080 50.00%, 10.244.2.10:8080 50.00%
            after   deliver, not masqueraded, to 10.244.1.10:8080 50.00%, 10.244.2.10:8080 50.00%
          node port 192.168.1.11:30080 from outside, at node-1
            before  deliver, masqueraded, to 10.244.1.10:8080 50.00%, 10.244.2.10:8080 50.00%
            after   deliver, not masqueraded, to 10.244.1.10:8080 100.00%
          node port 192.168.1.11:30080 from outside, at node-2
            before  deliver, masqueraded, to 10.244.1.10:8080 50.00%, 10.244.2.10:8080 50.00%
            after   deliver, not masqueraded, to 10.244.2.10:8080 100.00%
          node port 192.168.1.11:30080 from outside, at node-3
            before  deliver, masqueraded, to 10.244.1.10:8080 50.00%, 10.244.2.10:8080 50.00%
            after   drop

        """)
  }

  @Test func diffSeesADistributionMove() throws {
    let files = ["a.yaml": file(), "b.yaml": file(third: true)]
    let outcome = try Command.run(["diff", "a.yaml", "b.yaml", "--format", "json"], files: files).outcome
    #expect(outcome.status == 1)
    let whole = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(whole["compared"] as? Int == 24)
    let changes = try #require(whole["changes"] as? [[String: Any]])
    #expect(changes.count == 8)
    let after = try #require(changes[0]["after"] as? [String: Any])
    let shares = try #require(after["probabilities"] as? [String: Double])
    #expect(shares["10.244.2.11:8080"].map { abs($0 - 1.0 / 3) < 1e-5 } == true)
  }

  @Test func diffOfOneFileWithTwoSettings() throws {
    let outcome = try Command.run(
      ["diff", "a.yaml", "a.yaml", "--set-b", "cluster.proxy.iptables.masqueradeAll=true"], files: ["a.yaml": file()]
    ).outcome
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("after:  a.yaml cluster.proxy.iptables.masqueradeAll=true"))
    #expect(outcome.output.contains("cluster IP 10.96.0.41:80 from pod on node, pod elsewhere"))
    let wrong = try Command.run(["diff", "a.yaml", "a.yaml", "--set-b", "masqueradeAll"], files: ["a.yaml": file()])
      .outcome
    #expect(wrong.status == 64)
    #expect(wrong.output.isEmpty)
  }

  @Test func noPacketHasTwoFamilies() throws {
    let (outcome, left) = try Command.run(
      ["trace", "a.yaml", "--from", "2001:db8::1", "--to", "10.96.0.41:80", "--via", "node-1"],
      files: ["a.yaml": file()])
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty && left.isEmpty)
    #expect(outcome.errors.contains("2001:db8::1 is an IPv6 address and 10.96.0.41 an IPv4 one"))
  }
}
