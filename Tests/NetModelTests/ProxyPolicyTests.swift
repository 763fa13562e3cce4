// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import TestSupport
import Testing

/// Which endpoints are used for what: policies, the terminating fallback, topology hints.
@Suite struct ProxyPolicyTests {
  struct Policy: Sendable {
    var internally = Service.TrafficPolicy.cluster
    var externally = Service.TrafficPolicy.cluster
    var nodePort: UInt16?
    var endpoints: [EndpointSlice.Endpoint]
    var cluster: [String] = []
    var local: [String] = []
    var reachable: [String] = []
    var hasAny = true
  }

  static let three = [
    endpoint("10.0.1.1", on: "test-node"), endpoint("10.0.1.2", on: "node1"), endpoint("10.0.1.3", on: "node2"),
  ]
  static let elsewhere = [endpoint("10.0.1.2", on: "node1"), endpoint("10.0.1.3", on: "node2")]

  /// topology.go: both sets, each with its own fallback.
  @Test(arguments: [
    SourceRow(Policy(endpoints: [], hasAny: false)),
    SourceRow(Policy(endpoints: three, cluster: ["1", "2", "3"], reachable: ["1", "2", "3"])),
    SourceRow(Policy(internally: .local, endpoints: three, local: ["1"], reachable: ["1"])),
    SourceRow(Policy(internally: .local, endpoints: elsewhere)),
    // External Local without anything external says nothing.
    SourceRow(Policy(externally: .local, endpoints: three, cluster: ["1", "2", "3"], reachable: ["1", "2", "3"])),
    SourceRow(
      Policy(
        externally: .local, nodePort: 123, endpoints: three, cluster: ["1", "2", "3"], local: ["1"],
        reachable: ["1", "2", "3"])),
    SourceRow(
      Policy(
        internally: .local, externally: .local, nodePort: 123, endpoints: three, cluster: ["1", "2", "3"],
        local: ["1"], reachable: ["1", "2", "3"])),
    // Internal Local with a node port of Cluster policy uses both.
    SourceRow(
      Policy(internally: .local, nodePort: 123, endpoints: elsewhere, cluster: ["2", "3"], reachable: ["2", "3"])),
    // Nothing ready anywhere: what serves while terminating.
    SourceRow(
      Policy(
        endpoints: [terminating("10.0.1.1"), terminating("10.0.1.2", serving: false)], cluster: ["1"],
        reachable: ["1"])),
    SourceRow(Policy(endpoints: [terminating("10.0.1.2", serving: false)], hasAny: false)),
    // Not ready without terminating never counts, though it may serve.
    SourceRow(Policy(endpoints: [endpoint("10.0.1.1") { $0.ready = false }], hasAny: false)),
    // The local set falls back by itself, and its endpoint is reachable beside the ready ones.
    SourceRow(
      Policy(
        externally: .local, nodePort: 123,
        endpoints: [terminating("10.0.1.1", on: "test-node"), endpoint("10.0.1.2", on: "node1")], cluster: ["2"],
        local: ["1"], reachable: ["1", "2"])),
    SourceRow(
      Policy(
        externally: .local, nodePort: 123,
        endpoints: [
          endpoint("10.0.1.1", on: "test-node"), terminating("10.0.1.2", on: "test-node"), terminating("10.0.1.3"),
        ], cluster: ["1"], local: ["1"], reachable: ["1"])),
    // Ready and terminating at once (publishNotReadyAddresses) is ready.
    SourceRow(
      Policy(endpoints: [endpoint("10.0.1.1") { $0.terminating = true }], cluster: ["1"], reachable: ["1"])),
    // Serving has its own default: true, whatever ready says.
    SourceRow(
      Policy(
        endpoints: [
          endpoint("10.0.1.1") {
            $0.ready = false
            $0.terminating = true
          }
        ], cluster: ["1"], reachable: ["1"])),
  ])
  func categories(row: SourceRow<Policy>) throws {
    let policy = row.value
    let cluster = ProxyCluster(
      [
        service("ns1/svc1", "172.30.1.1", ports: [.init(name: "p80", port: 80, nodePort: policy.nodePort)]) {
          $0.type = policy.nodePort == nil ? .clusterIP : .nodePort
          $0.internalTrafficPolicy = policy.internally
          $0.externalTrafficPolicy = policy.externally
        }
      ], [slice("ns1/svc1", policy.endpoints)])
    let found = try #require(cluster.plan()).endpoints
    func last(_ endpoints: [ServiceEndpoint]) -> [String] {
      endpoints.map { String($0.socket.address.description.split(separator: ".")[3]) }
    }
    #expect(last(found.cluster) == policy.cluster, sourceLocation: row.at)
    #expect(last(found.local) == policy.local, sourceLocation: row.at)
    #expect(last(found.reachable) == policy.reachable, sourceLocation: row.at)
    #expect(found.hasAnyEndpoints == policy.hasAny, sourceLocation: row.at)
  }

  /// no-endpoints-metric: kube-proxy's TestNoEndpointsMetric.
  @Test(arguments: [
    SourceRow((Policy(internally: .local, endpoints: three), false, false)),
    SourceRow((Policy(externally: .local, nodePort: 123, endpoints: three), false, false)),
    SourceRow((Policy(internally: .local, externally: .local, nodePort: 123, endpoints: three), false, false)),
    SourceRow((Policy(internally: .local, endpoints: elsewhere), true, false)),
    SourceRow((Policy(externally: .local, nodePort: 123, endpoints: elsewhere), false, true)),
    SourceRow((Policy(internally: .local, externally: .local, nodePort: 123, endpoints: elsewhere), true, true)),
    SourceRow((Policy(internally: .local, externally: .local, nodePort: 123, endpoints: []), false, false)),
  ])
  func noEndpointsMetric(row: SourceRow<(Policy, Bool, Bool)>) throws {
    let policy = row.value.0
    let cluster = ProxyCluster(
      [
        service("ns1/svc1", "172.30.1.1", ports: [.init(name: "p80", port: 80, nodePort: policy.nodePort)]) {
          $0.type = policy.nodePort == nil ? .clusterIP : .nodePort
          $0.internalTrafficPolicy = policy.internally
          $0.externalTrafficPolicy = policy.externally
        }
      ], policy.endpoints.isEmpty ? [] : [slice("ns1/svc1", policy.endpoints)])
    let lacks = try #require(cluster.plan()).lacksLocalEndpoints
    #expect(lacks.internal == row.value.1, sourceLocation: row.at)
    #expect(lacks.external == row.value.2, sourceLocation: row.at)
  }

  struct Hints: Sendable {
    /// Per endpoint: node hints and zone hints, by comma; "-" for none.
    var endpoints: [(nodes: String, zones: String)]
    var zone: String? = "zone-a"
    var expect: [String]
  }

  /// Hints are all or nothing, nodes before zones.
  @Test(arguments: [
    SourceRow(Hints(endpoints: [("-", "zone-a"), ("-", "zone-b")], expect: ["1"])),
    SourceRow(Hints(endpoints: [("-", "zone-b"), ("-", "zone-b")], expect: ["1", "2"])),
    SourceRow(Hints(endpoints: [("-", "zone-a"), ("-", "-")], expect: ["1", "2"])),
    SourceRow(Hints(endpoints: [("-", "zone-a,zone-b"), ("-", "zone-b")], zone: "zone-b", expect: ["1", "2"])),
    SourceRow(Hints(endpoints: [("-", "zone-a"), ("-", "zone-b")], zone: nil, expect: ["1", "2"])),
    SourceRow(Hints(endpoints: [("test-node", "zone-a"), ("node1", "zone-a")], expect: ["1"])),
    SourceRow(Hints(endpoints: [("node2", "zone-a"), ("node1", "zone-b")], expect: ["1"])),
    SourceRow(Hints(endpoints: [("node2", "zone-b"), ("node1", "zone-b")], expect: ["1", "2"])),
    SourceRow(Hints(endpoints: [("test-node", "zone-a"), ("-", "zone-a"), ("-", "zone-b")], expect: ["1", "2"])),
  ])
  func hints(row: SourceRow<Hints>) throws {
    func list(_ text: String) -> [String]? { text == "-" ? nil : text.split(separator: ",").map(String.init) }
    var cluster = ProxyCluster(
      [service("ns1/svc1", "172.30.1.1")],
      [
        slice(
          "ns1/svc1",
          row.value.endpoints.enumerated().map { i, hints in
            endpoint("10.0.1.\(i + 1)") {
              $0.nodeHints = list(hints.nodes)
              $0.zoneHints = list(hints.zones)
            }
          })
      ])
    cluster.node.zone = row.value.zone
    let found = try #require(cluster.plan()).endpoints.cluster
    #expect(
      found.map { String($0.socket.address.description.suffix(1)) } == row.value.expect, sourceLocation: row.at)
  }

  /// Hints of endpoints that are not ready do not count, and the fallback knows no topology.
  @Test func hintsOfReadyEndpointsOnly() throws {
    func hinted(_ endpoint: EndpointSlice.Endpoint, _ zone: String) -> EndpointSlice.Endpoint {
      var endpoint = endpoint
      endpoint.zoneHints = [zone]
      return endpoint
    }
    var cluster = ProxyCluster(
      [service("ns1/svc1", "172.30.1.1")],
      [slice("ns1/svc1", [hinted(endpoint("10.0.1.1"), "zone-a"), terminating("10.0.1.2")])])
    cluster.node.zone = "zone-a"
    #expect(try #require(cluster.plan()).endpoints.cluster.count == 1)
    cluster.slices = [
      slice("ns1/svc1", [hinted(terminating("10.0.1.1"), "zone-a"), hinted(terminating("10.0.1.2"), "zone-b")])
    ]
    #expect(try #require(cluster.plan()).endpoints.cluster.count == 2)
  }

  /// Sorted by text, not by number; duplicates of several slices are one; what cannot be used is left out.
  @Test func merging() throws {
    let wrongFamily = endpoint("fd00::1")
    let cluster = ProxyCluster(
      [service("ns1/svc1", "172.30.1.1")],
      [
        slice("ns1/svc1", [endpoint("10.2.2.2"), endpoint("10.2.2.22"), endpoint("9.0.0.1"), wrongFamily]),
        slice("ns1/svc1", [endpoint("10.2.2.2"), endpoint("10.10.0.1")], number: 2),
        slice("ns1/svc1", [endpoint("10.3.0.1")], number: 3, port: nil),
        slice("ns1/svc1", [endpoint("10.3.0.2")], number: 4, port: 0),
        slice("ns1/svc1", [endpoint("10.3.0.3")], number: 5, protocol: .udp),
        slice("ns1/svc1", [endpoint("10.3.0.4")], number: 6, portName: "other"),
        slice("ns1/svc1", [endpoint("10.1.0.1")], number: 7, port: 8080),
        slice("ns1/svc1", [EndpointSlice.Endpoint(addresses: [])], number: 8),
      ])
    #expect(
      try #require(cluster.plan()).endpoints.cluster.map(\.socket.description) == [
        "10.1.0.1:8080", "10.10.0.1:80", "10.2.2.22:80", "10.2.2.2:80", "9.0.0.1:80",
      ])
  }

  /// Of entries that differ, the first stands, or the last that is local: this node's view of it.
  @Test func differingDuplicates() throws {
    let entries = [
      slice("ns1/svc1", [endpoint("10.0.0.1", on: "node1") { $0.ready = false }]),
      slice("ns1/svc1", [endpoint("10.0.0.1", on: "test-node")], number: 2),
    ]
    var cluster = ProxyCluster([service("ns1/svc1", "172.30.1.1")], entries)
    #expect(try #require(cluster.plan()).hasEndpoints)
    cluster.node.name = "node2"
    #expect(try !#require(cluster.plan()).hasEndpoints)
  }

  /// What each policy becomes when there is nothing local: the short-cut stays, the rest is dropped.
  @Test func externalLocalWithoutLocalEndpoints() {
    let cluster = ProxyCluster(
      [
        service("ns1/svc1", "172.30.1.1", ports: [.init(name: "p80", port: 80, nodePort: 3001)]) {
          $0.type = .loadBalancer
          $0.externalTrafficPolicy = .local
          $0.internalTrafficPolicy = .local
          $0.loadBalancerIngress = [.init(ip: ip("1.2.3.4"))]
        }
      ], [slice("ns1/svc1", Self.elsewhere)])
    let hash = "XPGD46QRK7WJZT7O"
    #expect(
      cluster.rules("filter", "KUBE-SERVICES") == [
        "-A KUBE-SERVICES -m comment --comment \"ns1/svc1:p80 has no local endpoints\" -m tcp -p tcp -d 172.30.1.1"
          + " --dport 80 -j DROP"
      ])
    #expect(
      cluster.rules("filter", "KUBE-EXTERNAL-SERVICES") == [
        "-A KUBE-EXTERNAL-SERVICES -m comment --comment \"ns1/svc1:p80 has no local endpoints\" -m tcp -p tcp"
          + " -d 1.2.3.4 --dport 80 -j DROP",
        "-A KUBE-EXTERNAL-SERVICES -m comment --comment \"ns1/svc1:p80 has no local endpoints\""
          + " -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 3001 -j DROP",
      ])
    #expect(cluster.rules("nat", "KUBE-SVL-\(hash)") == nil)
    #expect(cluster.rules("nat", "KUBE-EXT-\(hash)")?.count == 3)
    #expect(cluster.rules("nat", "KUBE-SVC-\(hash)")?.count == 2)
  }

  /// With something local: EXT ends in the local chain, and the masquerading rule stands where internal traffic goes.
  @Test func localChains() {
    let cluster = ProxyCluster(
      [
        service("ns1/svc1", "172.30.1.1", ports: [.init(name: "p80", port: 80, nodePort: 3001)]) {
          $0.type = .nodePort
          $0.externalTrafficPolicy = .local
          $0.internalTrafficPolicy = .local
        }
      ], [slice("ns1/svc1", Self.three)])
    let hash = "XPGD46QRK7WJZT7O"
    #expect(cluster.rules("nat", "KUBE-EXT-\(hash)")?.last == "-A KUBE-EXT-\(hash) -j KUBE-SVL-\(hash)")
    let masquerade = " -m tcp -p tcp -d 172.30.1.1 --dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ"
    #expect(cluster.rules("nat", "KUBE-SVL-\(hash)")?.first?.hasSuffix(masquerade) == true)
    #expect(cluster.rules("nat", "KUBE-SVL-\(hash)")?.count == 2)
    #expect(cluster.rules("nat", "KUBE-SVC-\(hash)")?.count == 3)
    #expect(cluster.rules("nat", "KUBE-SVC-\(hash)")?.first?.contains("KUBE-MARK-MASQ") == false)
  }
}
