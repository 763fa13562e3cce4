// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import TestSupport
import Testing

/// kube-proxy's own unit tests of whole dumps and single chains, from their facts.
@Suite struct ProxyDumpTests {
  /// Chains of a dump by `table chain`: those that all Services share sorted, save for the catch-all.
  private func normal(_ chains: [(name: String, rules: [String])]) -> [String: [String]] {
    var result: [String: [String]] = [:]
    for chain in chains {
      let shared = ["KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL"]
        .contains { chain.name.hasSuffix(" " + $0) }
      let last = chain.rules.filter { $0.contains("must be the last rule") }
      result[chain.name] = shared ? chain.rules.filter { !last.contains($0) }.sorted() + last : chain.rules
    }
    return result
  }

  private func parsed(_ text: String) -> [(name: String, rules: [String])] {
    var table = ""
    var order: [String] = []
    var rules: [String: [String]] = [:]
    for line in text.split(separator: "\n") {
      if line.hasPrefix("*") { table = String(line.dropFirst()) }
      let words = line.split(separator: " ")
      if line.hasPrefix(":") {
        order.append(table + " " + words[0].dropFirst())
        rules[table + " " + words[0].dropFirst()] = []
      }
      if line.hasPrefix("-A ") { rules[table + " " + words[1]]?.append(String(line)) }
    }
    return order.map { ($0, rules[$0] ?? []) }
  }

  private func expectEqual(
    _ got: IPTablesRuleset, _ dump: String, at: SourceLocation = #_sourceLocation
  ) {
    let got = normal(ProxyText.chains(got))
    let want = normal(parsed(dump))
    #expect(got.keys.sorted() == want.keys.sorted(), sourceLocation: at)
    for name in want.keys.sorted() { #expect(got[name] == want[name], "\(name)", sourceLocation: at) }
  }

  static let overall: ProxyCluster = {
    var cluster = ProxyCluster(
      [
        service("ns1/svc1", "172.30.0.41"),
        service("ns2/svc2", "172.30.0.42", ports: [.init(name: "p80", port: 80, nodePort: 3001)]) {
          $0.type = .loadBalancer
          $0.externalTrafficPolicy = .local
          $0.externalIPs = [ip("192.168.99.22")]
          $0.healthCheckNodePort = 30000
          $0.loadBalancerIngress = [.init(ip: ip("1.2.3.4"))]
        },
        service("ns3/svc3", "172.30.0.43", ports: [.init(name: "p80", port: 80, nodePort: 3003)]) {
          $0.type = .nodePort
        },
        service("ns4/svc4", "172.30.0.44") { $0.externalIPs = [ip("192.168.99.33")] },
        service("ns5/svc5", "172.30.0.45", ports: [.init(name: "p80", port: 80, nodePort: 3002)]) {
          $0.type = .loadBalancer
          $0.loadBalancerSourceRanges = [block("203.0.113.0/25")]
          $0.clientIPAffinity = .seconds(10800)
          $0.loadBalancerIngress = [.init(ip: ip("5.6.7.8"))]
        },
        service("ns6/svc6", "172.30.0.46"),
      ],
      [
        slice("ns1/svc1", [endpoint("10.180.0.1")]), slice("ns2/svc2", [endpoint("10.180.0.2")]),
        slice("ns3/svc3", [endpoint("10.180.0.3")]),
        slice("ns4/svc4", [endpoint("10.180.0.5", on: "test-node"), endpoint("10.180.0.4")]),
        slice("ns5/svc5", [endpoint("10.180.0.3")]),
      ])
    cluster.features.countsInvalid = true
    cluster.features.countsLocalhostNodePorts = true
    return cluster
  }()

  @Test func overallRules() { expectEqual(Self.overall.ruleset(), KubeProxyDumps.overall) }

  @Test func badIPs() {
    var cluster = ProxyCluster(
      [
        service("ns1/svc1", "172.30.0.041", ports: [.init(name: "p80", port: 80, nodePort: 3001)]) {
          $0.type = .loadBalancer
          $0.externalIPs = [ip("192.168.099.022")]
          $0.loadBalancerSourceRanges = [block("203.0.113.000/025")]
          $0.loadBalancerIngress = [.init(ip: ip("1.2.3.004"))]
        }
      ], [slice("ns1/svc1", [endpoint("10.180.00.001")])])
    cluster.features = Self.overall.features
    expectEqual(cluster.ruleset(), KubeProxyDumps.badIPs)
  }

  /// The order in which kube-proxy declares chains and tables.
  @Test func chainOrder() {
    let names = ProxyText.chains(Self.overall.ruleset()).map(\.name)
    #expect(
      names.prefix(14) == [
        "filter KUBE-SERVICES", "filter KUBE-EXTERNAL-SERVICES", "filter KUBE-FORWARD", "filter KUBE-NODEPORTS",
        "filter KUBE-PROXY-FIREWALL", "filter KUBE-FIREWALL", "nat KUBE-SERVICES", "nat KUBE-NODEPORTS",
        "nat KUBE-POSTROUTING", "nat KUBE-MARK-MASQ", "nat KUBE-SVC-XPGD46QRK7WJZT7O",
        "nat KUBE-SEP-SXIVWICOYRO3J4NJ", "nat KUBE-EXT-GNZBNJ2PO5MGZ6GT", "nat KUBE-SVC-GNZBNJ2PO5MGZ6GT",
      ])
  }

  /// chain-names: names seen in kube-proxy's tests, found by their hashed text.
  @Test(arguments: [
    SourceRow(("ns1/svc1:p80", "", "KUBE-SVC-XPGD46QRK7WJZT7O")),
    SourceRow(("ns2/svc2:p80", "", "KUBE-SVC-GNZBNJ2PO5MGZ6GT")),
    SourceRow(("ns3/svc3:p80", "", "KUBE-SVC-X27LE4BHSL4DOUIK")),
    SourceRow(("ns4/svc4:p80", "", "KUBE-SVC-4SW47YFZTEDKD3PK")),
    SourceRow(("ns5/svc5:p80", "", "KUBE-SVC-NUKIZ6OKUXPJNT4C")),
    SourceRow(("ns2/svc2:p8080", "", "KUBE-SVC-2VJB64SDSIJUP5T6")),
    SourceRow(("ns4/svc4:p8082", "", "KUBE-SVC-EBDQOQU5SJFXRIL3")),
    SourceRow(("ns1/svc1:p80", "10.180.0.1:80", "KUBE-SEP-SXIVWICOYRO3J4NJ")),
    SourceRow(("ns2/svc2:p80", "10.180.0.2:80", "KUBE-SEP-RS4RBKLTHTF2IUXJ")),
    SourceRow(("ns3/svc3:p80", "10.180.0.3:80", "KUBE-SEP-OYPFS5VJICHGATKP")),
    SourceRow(("ns4/svc4:p80", "10.180.0.4:80", "KUBE-SEP-UKSFD7AGPMPPLUHC")),
    SourceRow(("ns4/svc4:p80", "10.180.0.5:80", "KUBE-SEP-C6EBXVWJJZMIWKLZ")),
    SourceRow(("ns5/svc5:p80", "10.180.0.3:80", "KUBE-SEP-I77PXRDZVX7PMWMN")),
    SourceRow(("ns1/svc1:p80", "10.0.1.1:80", "KUBE-SEP-SNQ3ZNILQDEJNDQO")),
    SourceRow(("ns2/svc2:p8080", "10.0.2.1:8080", "KUBE-SEP-UHEGFW77JX3KXTOV")),
    SourceRow(("ns3/svc3:p80", "10.0.3.1:80", "KUBE-SEP-BSWRHOQ77KEXZLNL")),
    SourceRow(("ns3/svc3:p80", "10.0.3.2:80", "KUBE-SEP-DKCFIS26GWF2WLWC")),
    SourceRow(("ns3/svc3:p80", "10.0.3.3:80", "KUBE-SEP-JVVZVJ7BSEPPRNBS")),
    SourceRow(("ns4/svc4:p80", "10.0.4.1:80", "KUBE-SEP-AYCN5HPXMIRJNJXU")),
    SourceRow(("ns1/svc1:p80", "10.0.0.0:80", "KUBE-SEP-DKGQUZGBKLTPAR56")),
    SourceRow(("ns3/svc3:p8081", "203.0.113.4:8081", "KUBE-SEP-RUVVH7YV3PHQBDOS")),
    SourceRow(("ns4/svc4:p8082", "10.4.0.1:8082", "KUBE-SEP-SU5STNODRYEWJAUF")),
  ])
  func chainNames(row: SourceRow<(String, String, String)>) throws {
    let (text, socket, chain) = row.value
    let parts = text.split(whereSeparator: { "/:".contains($0) }).map(String.init)
    let names = ServiceChainNames(
      ServicePortName(service: NamespacedName(parts[0], parts[1]), port: parts[2], protocol: .tcp))
    if socket.isEmpty {
      let hash = String(chain.dropFirst(9))
      #expect(names.clusterPolicy == chain, sourceLocation: row.at)
      #expect(names.localPolicy == "KUBE-SVL-" + hash, sourceLocation: row.at)
      #expect(names.external == "KUBE-EXT-" + hash, sourceLocation: row.at)
      #expect(names.firewall == "KUBE-FW-" + hash, sourceLocation: row.at)
    } else {
      #expect(names.endpoint(try #require(SocketAddress(socket))) == chain, sourceLocation: row.at)
    }
    #expect(ChainNames.isServiceChain(chain), sourceLocation: row.at)
  }

  /// compute-probability.
  @Test(arguments: [
    SourceRow((1, "1.0000000000")), SourceRow((2, "0.5000000000")), SourceRow((10, "0.1000000000")),
    SourceRow((100, "0.0100000000")), SourceRow((1000, "0.0010000000")), SourceRow((10000, "0.0001000000")),
    SourceRow((100_000, "0.0000100000")), SourceRow((100_001, "0.0000099999")), SourceRow((3, "0.3333333333")),
    SourceRow((6, "0.1666666667")), SourceRow((7, "0.1428571429")), SourceRow((2048, "0.0004882812")),
  ])
  func probability(row: SourceRow<(Int, String)>) {
    #expect(EndpointProbability.of(oneIn: row.value.0)?.text == row.value.1, sourceLocation: row.at)
  }

  @Test func probabilitiesIncrease() {
    var last = 0.0
    for n in stride(from: 100_000, through: 2, by: -1) {
      guard let text = EndpointProbability.of(oneIn: n)?.text, let value = Double(text), value > last else {
        Issue.record("1/\(n) is not above 1/\(n + 1)")
        return
      }
      last = value
    }
  }

  /// masquerade-rule.
  @Test(arguments: [false, true]) func masqueradeRule(randomFully: Bool) {
    var cluster = ProxyCluster()
    cluster.features.randomFully = randomFully
    #expect(
      cluster.rules("nat", "KUBE-POSTROUTING") == [
        "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN",
        "-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000",
        "-A KUBE-POSTROUTING -m comment --comment \"kubernetes service traffic requiring SNAT\" -j MASQUERADE"
          + (randomFully ? " --random-fully" : ""),
      ])
  }

  /// drop-invalid-rule.
  @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
  func dropInvalid(liberal: Bool, counted: Bool) {
    var cluster = ProxyCluster()
    cluster.configuration.conntrackTCPBeLiberal = liberal
    cluster.features.countsInvalid = counted
    let counter = counted ? " -m nfacct --nfacct-name ct_state_invalid_dropped_pkts" : ""
    #expect(
      cluster.rules("filter", "KUBE-FORWARD")
        == (liberal
          ? [] : ["-A KUBE-FORWARD -m conntrack --ctstate INVALID\(counter) -j DROP"]) + [
          "-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding rules\" -m mark --mark 0x4000/0x4000 -j ACCEPT",
          "-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding conntrack rule\""
            + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        ])
  }

  /// sync-proxy-rules-large-cluster-mode: comments of endpoint rules go when there are more than 1000 endpoints.
  @Test(arguments: [
    SourceRow((1, 999, 999)), SourceRow((2, 1000, 1000)), SourceRow((3, 1001, 0)),
  ])
  func largeCluster(row: SourceRow<(Int, Int, Int)>) {
    let (third, total, commented) = row.value
    func many(_ second: Int) -> [EndpointSlice.Endpoint] {
      (0..<499).map { endpoint("10.\(second).\($0 % 256).\($0 / 256)") }
    }
    var cluster = ProxyCluster(
      [
        service("ns1/svc1", "172.30.0.41"),
        service("ns2/svc2", "172.30.0.42", ports: [.init(name: "p8080", port: 8080)]),
        service("ns3/svc3", "172.30.0.43", ports: [.init(name: "p8081", port: 8081)]),
      ],
      [
        slice("ns1/svc1", many(0)), slice("ns2/svc2", many(1), port: 8080, portName: "p8080"),
        slice(
          "ns3/svc3", ["203.0.113.4", "203.0.113.8", "203.0.113.12"].prefix(third).map { endpoint($0) }, port: 8081,
          portName: "p8081"),
      ])
    cluster.configuration.masqueradeAll = true
    let ruleset = cluster.ruleset()
    let lines: [String] = ProxyText.chains(ruleset).flatMap { chain in chain.rules }
    let translations = lines.filter { $0.contains(" -j DNAT ") }
    #expect(translations.count == total, sourceLocation: row.at)
    #expect(translations.count { $0.contains("--comment") } == commented, sourceLocation: row.at)
    let comment = commented == 0 ? "" : " -m comment --comment ns1/svc1:p80"
    #expect(
      ProxyText.rules(ruleset, "nat", "KUBE-SEP-DKGQUZGBKLTPAR56")?.last
        == "-A KUBE-SEP-DKGQUZGBKLTPAR56\(comment) -m tcp -p tcp -j DNAT --to-destination 10.0.0.0:80",
      sourceLocation: row.at)
    // The comment of masquerading and of the shared chains stays.
    #expect(
      ProxyText.rules(ruleset, "nat", "KUBE-SVC-XPGD46QRK7WJZT7O")?.first
        == "-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment \"ns1/svc1:p80 cluster IP\" -m tcp -p tcp"
        + " -d 172.30.0.41 --dport 80 -j KUBE-MARK-MASQ", sourceLocation: row.at)
    #expect(
      ProxyText.rules(ruleset, "nat", "KUBE-SVC-XPGD46QRK7WJZT7O")?[1].contains("--comment") == (commented > 0),
      sourceLocation: row.at)
  }

  /// The jumps from the built-in chains, top down on clean hooks.
  @Test func hookJumps() {
    let ruleset = ProxyCluster().ruleset(extras: [.hookJumps, .canaries])
    func jumps(_ table: String, _ chain: String) -> [String] {
      ProxyText.rules(ruleset, table, chain)?.map { String($0.split(separator: " ").last ?? "") } ?? []
    }
    #expect(
      jumps("filter", "INPUT") == [
        "KUBE-FIREWALL", "KUBE-PROXY-FIREWALL", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES",
      ])
    #expect(
      jumps("filter", "FORWARD") == ["KUBE-PROXY-FIREWALL", "KUBE-FORWARD", "KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES"])
    #expect(jumps("filter", "OUTPUT") == ["KUBE-FIREWALL", "KUBE-PROXY-FIREWALL", "KUBE-SERVICES"])
    #expect(
      ProxyText.rules(ruleset, "filter", "OUTPUT")?[1]
        == "-A OUTPUT -m conntrack --ctstate NEW -m comment --comment \"kubernetes load balancer firewall\""
        + " -j KUBE-PROXY-FIREWALL")
    #expect(jumps("nat", "PREROUTING") == ["KUBE-SERVICES"])
    #expect(jumps("nat", "POSTROUTING") == ["KUBE-POSTROUTING"])
    #expect(ruleset.tables.map(\.name) == ["mangle", "filter", "nat"])
    #expect(ruleset.tables.allSatisfy { $0.chain("KUBE-PROXY-CANARY") != nil })
  }
}
