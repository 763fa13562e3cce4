// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import TestSupport
import Testing

/// Everything by which rules depend on the way in: source ranges, node port addresses, detectors, families.
@Suite struct ProxyExternalTests {
  private static let hash = "XPGD46QRK7WJZT7O"

  /// A load balancer with two addresses, one endpoint and these source ranges.
  private func guarded(_ ranges: String..., change: (inout Service) -> Void = { _ in }) -> ProxyCluster {
    ProxyCluster(
      [
        service("ns1/svc1", "172.30.0.41", "fd00:172:30::41") {
          $0.type = .loadBalancer
          $0.loadBalancerSourceRanges = ranges.map { block($0) }
          $0.loadBalancerIngress = [.init(ip: ip("1.2.3.4")), .init(ip: ip("1.2.3.5"))]
          change(&$0)
        }
      ],
      [
        slice("ns1/svc1", [endpoint("10.180.0.1")]),
        slice("ns1/svc1", [endpoint("fd00:10:180::1")], number: 2),
      ])
  }

  /// Ranges of the family, in order; the load balancer's own addresses once a range holds the node.
  @Test(arguments: [
    SourceRow((["203.0.113.0/25"], ["203.0.113.0/25"])),
    SourceRow((["203.0.113.0/25", "10.0.0.0/8", "2001:db8::/64"], ["203.0.113.0/25", "10.0.0.0/8"])),
    SourceRow((["192.168.0.0/24"], ["192.168.0.0/24", "1.2.3.4", "1.2.3.5"])),
    SourceRow((["0.0.0.0/0"], ["0.0.0.0/0", "1.2.3.4", "1.2.3.5"])),
  ])
  func sourceRanges(row: SourceRow<([String], [String])>) {
    var cluster = guarded()
    cluster.services[0].loadBalancerSourceRanges = row.value.0.map { block($0) }
    #expect(
      cluster.rules("nat", "KUBE-FW-\(Self.hash)")
        == row.value.1.map {
          "-A KUBE-FW-\(Self.hash) -m comment --comment \"ns1/svc1:p80 loadbalancer IP\" -s \($0)"
            + " -j KUBE-EXT-\(Self.hash)"
        } + [
          "-A KUBE-FW-\(Self.hash) -m comment --comment"
            + " \"other traffic to ns1/svc1:p80 will be dropped by KUBE-PROXY-FIREWALL\""
        ], sourceLocation: row.at)
    #expect(cluster.rules("filter", "KUBE-PROXY-FIREWALL")?.count == 2, sourceLocation: row.at)
  }

  /// Ranges of the other family only guard nothing.
  @Test func rangesOfOtherFamily() {
    let cluster = guarded("2001:db8::/64")
    #expect(cluster.rules("nat", "KUBE-FW-\(Self.hash)") == nil)
    #expect(cluster.rules("filter", "KUBE-PROXY-FIREWALL") == [])
  }

  /// Without endpoints there is no firewall chain: REJECT for everybody.
  @Test func guardedWithoutEndpoints() {
    var cluster = guarded("203.0.113.0/25")
    cluster.slices = []
    #expect(cluster.rules("nat", "KUBE-FW-\(Self.hash)") == nil)
    #expect(cluster.rules("filter", "KUBE-PROXY-FIREWALL") == [])
    #expect(cluster.rules("filter", "KUBE-EXTERNAL-SERVICES")?.count == 2)
    #expect(cluster.rules("filter", "KUBE-EXTERNAL-SERVICES")?.allSatisfy { $0.hasSuffix("-j REJECT") } == true)
  }

  /// ipMode Proxy, a name instead of an address, and the other family's addresses are no VIPs.
  @Test func ipMode() {
    let cluster = guarded {
      $0.loadBalancerIngress = [
        .init(ip: ip("1.2.3.4"), ipMode: .proxy), .init(ip: nil, hostname: "lb.example"), .init(ip: ip("2001:db8::9")),
      ]
    }
    let lines = cluster.rules("nat", "KUBE-SERVICES") ?? []
    #expect(lines.contains { $0.contains("loadbalancer IP") } == false)
    #expect(cluster.rules("nat", "KUBE-EXT-\(Self.hash)") == nil)
    #expect(
      cluster.rules("nat", "KUBE-SERVICES", .ipv6)?.contains {
        $0.contains("\"ns1/svc1:p80 loadbalancer IP\" -m tcp -p tcp -d 2001:db8::9 --dport 80")
      } == true)
  }

  struct NodePorts: Sendable {
    var setting: KubeProxyConfiguration.NodePortAddresses = .all
    var localhost = true
    var family = IPFamily.ipv4
    var expect: [String]
    var firewall = true
  }

  /// The last rules of KUBE-SERVICES, and the guard that goes with node ports on localhost.
  @Test(arguments: [
    SourceRow(NodePorts(expect: ["-m addrtype --dst-type LOCAL"])),
    SourceRow(
      NodePorts(localhost: false, expect: ["-m addrtype --dst-type LOCAL ! -d 127.0.0.0/8"], firewall: false)),
    SourceRow(NodePorts(family: .ipv6, expect: ["-m addrtype --dst-type LOCAL ! -d ::1"], firewall: false)),
    SourceRow(NodePorts(setting: .primary, expect: ["-d 192.168.0.2"], firewall: false)),
    SourceRow(
      NodePorts(
        setting: .cidrs([block("192.168.0.0/16")]), expect: ["-d 192.168.0.2", "-d 192.168.1.2", "-d 192.168.99.11"],
        firewall: false)),
    SourceRow(
      NodePorts(
        setting: .cidrs([block("127.0.0.0/8"), block("192.168.1.0/24")]),
        expect: ["-d 127.0.0.1", "-d 192.168.1.2"])),
    SourceRow(
      NodePorts(
        setting: .cidrs([block("127.0.0.0/8"), block("192.168.1.0/24")]), localhost: false, expect: ["-d 192.168.1.2"],
        firewall: false)),
    SourceRow(
      NodePorts(
        setting: .cidrs([block("192.168.1.0/24"), block("0.0.0.0/0")]),
        expect: ["-m addrtype --dst-type LOCAL"])),
    // Only blocks of the other family: every address of this one.
    SourceRow(NodePorts(setting: .cidrs([block("2001:db8::/64")]), expect: ["-m addrtype --dst-type LOCAL"])),
    SourceRow(
      NodePorts(
        setting: .cidrs([block("::1/128"), block("2001:db8::/64")]), family: .ipv6, expect: ["-d 2001:db8::1"],
        firewall: false)),
    SourceRow(NodePorts(setting: .cidrs([block("203.0.113.0/24")]), expect: [], firewall: false)),
  ])
  func nodePortAddresses(row: SourceRow<NodePorts>) {
    var cluster = ProxyCluster()
    cluster.configuration.nodePortAddresses = row.value.setting
    cluster.configuration.localhostNodePorts = row.value.localhost
    let family = row.value.family
    #expect(
      cluster.rules("nat", "KUBE-SERVICES", family)
        == row.value.expect.map {
          "-A KUBE-SERVICES -m comment --comment"
            + " \"kubernetes service nodeports; NOTE: this must be the last rule in this chain\" \($0) -j KUBE-NODEPORTS"
        }, sourceLocation: row.at)
    #expect((cluster.rules("filter", "KUBE-FIREWALL", family) != nil) == row.value.firewall, sourceLocation: row.at)
  }

  struct Detector: Sendable {
    var configure: @Sendable (inout KubeProxyConfiguration) -> Void
    var local: String?
    var notLocal: String?
    var family = IPFamily.ipv4
  }

  /// Each way of telling local pods, in the two rules that use it.
  @Test(arguments: [
    SourceRow(Detector(configure: { _ in }, local: "-s 10.0.0.0/8", notLocal: "! -s 10.0.0.0/8")),
    SourceRow(
      Detector(configure: { _ in }, local: "-s fd00:10::/64", notLocal: "! -s fd00:10::/64", family: .ipv6)),
    SourceRow(Detector(configure: { $0.clusterCIDRs = [] })),
    SourceRow(Detector(configure: { $0.clusterCIDRs = [block("fd00:10::/64")] })),
    SourceRow(
      Detector(configure: { $0.detectLocalMode = .nodeCIDR }, local: "-s 10.0.7.0/24", notLocal: "! -s 10.0.7.0/24")),
    SourceRow(
      Detector(
        configure: {
          $0.detectLocalMode = .bridgeInterface
          $0.detectLocalBridgeInterface = "cbr0"
        }, local: "-i cbr0", notLocal: "! -i cbr0")),
    SourceRow(
      Detector(
        configure: {
          $0.detectLocalMode = .interfaceNamePrefix
          $0.detectLocalInterfaceNamePrefix = "veth"
        }, local: "-i veth+", notLocal: "! -i veth+")),
    SourceRow(Detector(configure: { $0.masqueradeAll = true }, local: "-s 10.0.0.0/8", notLocal: "")),
  ])
  func detectors(row: SourceRow<Detector>) {
    var cluster = guarded {
      $0.externalTrafficPolicy = .local
      $0.externalIPs = [ip("198.51.100.1"), ip("2001:db8::51")]
    }
    cluster.node.podCIDRs = [block("10.0.7.0/24")]
    row.value.configure(&cluster.configuration)
    let family = row.value.family
    let chain = cluster.rules("nat", "KUBE-SVC-\(Self.hash)", family) ?? []
    let masquerade = chain.filter { $0.hasSuffix("-j KUBE-MARK-MASQ") }
    let address = family == .ipv4 ? "172.30.0.41" : "fd00:172:30::41"
    #expect(
      masquerade
        == (row.value.notLocal.map {
          [
            "-A KUBE-SVC-\(Self.hash) -m comment --comment \"ns1/svc1:p80 cluster IP\" -m tcp -p tcp -d \(address)"
              + " --dport 80 \($0.isEmpty ? "" : $0 + " ")-j KUBE-MARK-MASQ"
          ]
        } ?? []), sourceLocation: row.at)
    let external = cluster.rules("nat", "KUBE-EXT-\(Self.hash)", family) ?? []
    #expect(
      external.filter { $0.contains("pod traffic") }
        == (row.value.local.map {
          [
            "-A KUBE-EXT-\(Self.hash) -m comment --comment \"pod traffic for ns1/svc1:p80 external destinations\" \($0)"
              + " -j KUBE-SVC-\(Self.hash)"
          ]
        } ?? []), sourceLocation: row.at)
    #expect(external.count == (row.value.local == nil ? 2 : 3), sourceLocation: row.at)
  }

  /// Two families, each with its own addresses and endpoints, in rules of the same names.
  @Test func dualStack() {
    let cluster = guarded { $0.externalIPs = [ip("198.51.100.1"), ip("2001:db8::51")] }
    let name = ServiceChainNames(
      ServicePortName(service: NamespacedName("ns1", "svc1"), port: "p80", protocol: .tcp)
    ).endpoint(SocketAddress(ip("fd00:10:180::1"), 80))
    #expect(
      cluster.rules("nat", name, .ipv6) == [
        "-A \(name) -m comment --comment ns1/svc1:p80 -s fd00:10:180::1 -j KUBE-MARK-MASQ",
        "-A \(name) -m comment --comment ns1/svc1:p80 -m tcp -p tcp -j DNAT --to-destination [fd00:10:180::1]:80",
      ])
    #expect(cluster.rules("nat", "KUBE-SERVICES", .ipv6)?.count == 3)
    #expect(cluster.rules("nat", "KUBE-SERVICES", .ipv4)?.count == 5)
    let single = ProxyCluster([service("ns1/svc1", "172.30.0.41")])
    #expect(single.ruleset(.ipv6).table("nat")?.chains.count == 4)
  }

  /// SCTP and UDP ports of one number, and a port without a name.
  @Test func protocols() {
    let cluster = ProxyCluster(
      [
        service(
          "ns1/dns", "172.30.0.53",
          ports: [
            .init(name: "", protocol: .sctp, port: 53), .init(name: "u", protocol: .udp, port: 53),
          ])
      ],
      [
        slice("ns1/dns", [endpoint("10.180.0.1")], port: 53, portName: "", protocol: .sctp),
        slice("ns1/dns", [endpoint("10.180.0.1")], number: 2, port: 53, portName: "u", protocol: .udp),
      ])
    let lines = cluster.rules("nat", "KUBE-SERVICES") ?? []
    #expect(
      lines[0].contains("--comment \"ns1/dns cluster IP\" -m sctp -p sctp -d 172.30.0.53 --dport 53 -j KUBE-SVC-"))
    #expect(
      lines[1].contains("--comment \"ns1/dns:u cluster IP\" -m udp -p udp -d 172.30.0.53 --dport 53 -j KUBE-SVC-"))
  }

  /// Affinity with two endpoints: first the old acquaintances, then the draw; each endpoint notes its clients.
  @Test func affinity() {
    let cluster = ProxyCluster(
      [service("ns1/svc1", "172.30.0.41") { $0.clientIPAffinity = .seconds(60) }],
      [slice("ns1/svc1", [endpoint("10.180.0.1"), endpoint("10.180.0.2")])])
    let lines = (cluster.rules("nat", "KUBE-SVC-\(Self.hash)") ?? []).dropFirst()
    let one = "KUBE-SEP-SXIVWICOYRO3J4NJ"
    #expect(
      lines.first
        == "-A KUBE-SVC-\(Self.hash) -m comment --comment \"ns1/svc1:p80 -> 10.180.0.1:80\" -m recent --name \(one)"
        + " --rcheck --seconds 60 --reap -j \(one)")
    #expect(lines.count == 4)
    #expect(lines.dropFirst(2).first?.contains("--probability 0.5000000000 -j \(one)") == true)
    #expect(
      cluster.rules("nat", one)?.last
        == "-A \(one) -m comment --comment ns1/svc1:p80 -m recent --name \(one) --set -m tcp -p tcp -j DNAT"
        + " --to-destination 10.180.0.1:80")
  }

  /// The health-check node port: only for a load balancer of Local policy, with or without endpoints.
  @Test(arguments: [
    SourceRow((Service.ServiceType.loadBalancer, Service.TrafficPolicy.local, true)),
    SourceRow((Service.ServiceType.loadBalancer, Service.TrafficPolicy.cluster, false)),
    SourceRow((Service.ServiceType.nodePort, Service.TrafficPolicy.local, false)),
  ])
  func healthCheck(row: SourceRow<(Service.ServiceType, Service.TrafficPolicy, Bool)>) {
    let cluster = ProxyCluster([
      service("ns1/svc1", "172.30.0.41") {
        $0.type = row.value.0
        $0.externalTrafficPolicy = row.value.1
        $0.healthCheckNodePort = 30000
      }
    ])
    #expect(
      cluster.rules("filter", "KUBE-NODEPORTS")
        == (row.value.2
          ? [
            "-A KUBE-NODEPORTS -m comment --comment \"ns1/svc1:p80 health check node port\" -m tcp -p tcp --dport 30000"
              + " -j ACCEPT"
          ] : []),
      sourceLocation: row.at)
  }

  /// Services that are none of kube-proxy's business.
  @Test func skipped() {
    func ports(_ change: (inout Service) -> Void) -> Int {
      ServicePort.ports(of: service("ns1/svc1", "172.30.0.41", change: change), family: .ipv4).count
    }
    #expect(ports { _ in } == 1)
    #expect(ports { $0.isHeadless = true } == 0)
    #expect(ports { $0.clusterIPs = [] } == 0)
    #expect(ports { $0.type = .externalName } == 0)
    #expect(ports { $0.clusterIPs = [ip("fd00::1")] } == 0)
    #expect(ports { $0.metadata.labels["service.kubernetes.io/service-proxy-name"] = "other" } == 0)
    #expect(ports { $0.metadata.labels["service.kubernetes.io/headless"] = "" } == 0)
  }
}
