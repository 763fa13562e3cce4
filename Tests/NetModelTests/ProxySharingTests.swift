// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import TestSupport
import Testing

/// The log of versions, and the rules that nodes share.
@Suite struct ProxySharingTests {
  private func point(_ n: UInt32) -> LogPoint { LogPoint(rawValue: n) }

  private func local(_ name: String, _ clusterIP: String) -> Service {
    service(name, clusterIP, ports: [.init(name: "p80", port: 80, nodePort: 3001)]) {
      $0.type = .nodePort
      $0.externalTrafficPolicy = .local
    }
  }

  /// A cluster of many nodes, each in its zone and with its own address.
  private func world(_ services: [Service], _ slices: [EndpointSlice], nodes: Int) -> SharedRules {
    let shared = ProxyCluster(services, slices).shared()
    for n in 0..<nodes {
      shared.setNode(
        NodeID(rawValue: UInt32(n)),
        ProxyNode(
          name: "node\(n)", zone: "zone-\(n % 3)", nodeIPs: [ip("192.168.\(n / 250).\(n % 250 + 1)")],
          podCIDRs: [block("10.\(n / 250).\(n % 250).0/24")]))
    }
    return shared
  }

  private func views(_ count: Int) -> [NodeView] {
    (0..<count).map { NodeView(node: NodeID(rawValue: UInt32($0)), services: .latest, endpoints: .latest) }
  }

  private func unitCount(_ shared: SharedRules, _ nodes: Int) -> Int {
    let port = ServicePortID(rawValue: 0)
    return Set(views(nodes).map { shared.unit(for: port, $0) }).count
  }

  /// How many different units thirty nodes in three zones need.
  @Test func classes() {
    let spread = (0..<6).map { n in endpoint("10.0.0.\(n)", on: "node\(n % 3)") { $0.zone = "zone-\(n % 3)" } }
    func hinted(_ hint: (Int, inout EndpointSlice.Endpoint) -> Void) -> [EndpointSlice.Endpoint] {
      spread.enumerated().map { n, endpoint in
        var endpoint = endpoint
        hint(n, &endpoint)
        return endpoint
      }
    }
    let cluster = service("ns1/svc1", "172.30.0.1")
    #expect(unitCount(world([cluster], [slice("ns1/svc1", spread)], nodes: 30), 30) == 1)
    #expect(unitCount(world([local("ns1/svc1", "172.30.0.1")], [slice("ns1/svc1", spread)], nodes: 30), 30) == 4)
    let zones = hinted { $1.zoneHints = ["zone-\($0 % 2)"] }
    #expect(unitCount(world([cluster], [slice("ns1/svc1", zones)], nodes: 30), 30) == 3)
    let nodes = hinted { $1.nodeHints = ["node\($0)"] }
    #expect(unitCount(world([cluster], [slice("ns1/svc1", nodes)], nodes: 30), 30) == 7)
    let guarded = service("ns1/svc1", "172.30.0.1") {
      $0.type = .loadBalancer
      $0.loadBalancerIngress = [.init(ip: ip("1.2.3.4"))]
      $0.loadBalancerSourceRanges = [block("192.168.0.8/29")]
    }
    #expect(unitCount(world([guarded], [slice("ns1/svc1", spread)], nodes: 30), 30) == 2)
    // An endpoint that is not usable makes no class.
    let dying = [terminating("10.0.0.9", on: "node7", serving: false)] + spread
    #expect(unitCount(world([local("ns1/svc1", "172.30.0.1")], [slice("ns1/svc1", dying)], nodes: 30), 30) == 4)
  }

  /// Whatever is shared is what each node would have written for itself.
  @Test func sharedIsEqual() throws {
    let spread = (0..<7).map { n in
      n == 6
        ? terminating("10.0.0.6", on: "node9")
        : endpoint("10.0.0.\(n)", on: "node\(n)") {
          $0.zoneHints = ["zone-\(n % 2)"]
          if n % 3 == 0 { $0.nodeHints = ["node\(n)"] }
        }
    }
    let shared = world(
      [local("ns1/svc1", "172.30.0.1"), service("ns2/svc2", "172.30.0.2"), service("ns3/svc3", "172.30.0.3")],
      [slice("ns1/svc1", spread), slice("ns2/svc2", spread)], nodes: 12)
    for view in views(12) {
      let proxy = try #require(shared.proxy(of: view.node, family: .ipv4))
      for port in shared.ports(view, family: .ipv4) {
        let unit = shared.unit(for: port, view)
        let plan = try #require(shared.plan(of: port, view))
        let cluster = shared.clusterUnit(of: unit)
        let chains = shared.rules(of: unit).chains + (cluster.isNone ? [] : shared.rules(of: cluster).chains)
        let whole = proxy.rules(for: plan)
        #expect(shared.rules(of: unit).dispatch == whole.dispatch)
        #expect(chains.sorted { $0.name < $1.name } == whole.chains.sorted { $0.name < $1.name })
        #expect(shared.port(of: unit) == port)
      }
    }
  }

  /// A node sees the last versions that its two points have reached, each log by itself.
  @Test func versions() throws {
    let log = ServiceLog()
    let shared = SharedRules(log: log, configuration: KubeProxyConfiguration(), addresses: AddressTable())
    let node = NodeID(rawValue: 0)
    shared.setNode(node, ProxyNode(name: "node0"))
    log.set(service("ns1/svc1", "172.30.0.1"), at: point(1))
    log.set(slice("ns1/svc1", [endpoint("10.0.0.1")]), at: point(1))
    log.set(slice("ns1/svc1", [endpoint("10.0.0.1"), endpoint("10.0.0.2")]), at: point(3))
    log.set(service("ns1/svc1", "172.30.0.1") { $0.internalTrafficPolicy = .local }, at: point(5))
    log.removeService(NamespacedName("ns1", "svc1"), at: point(7))
    log.removeSlice(NamespacedName("ns1", "svc1-1"), at: point(8))
    let port = try #require(
      log.find(ServicePortName(service: NamespacedName("ns1", "svc1"), port: "p80", protocol: .tcp), family: .ipv4))
    func state(_ services: UInt32, _ endpoints: UInt32) -> String {
      let view = NodeView(node: node, services: point(services), endpoints: point(endpoints))
      guard let plan = shared.plan(of: port, view) else {
        #expect(shared.unit(for: port, view).isNone)
        return "unknown"
      }
      #expect(!shared.unit(for: port, view).isNone)
      return "\(plan.endpoints.cluster.count) cluster, \(plan.internalRefusal.map { "\($0)" } ?? "served")"
    }
    #expect(state(0, 9) == "unknown")
    #expect(state(1, 0) == "0 cluster, reject")
    #expect(state(1, 1) == "1 cluster, served")
    #expect(state(1, 2) == "1 cluster, served")
    #expect(state(4, 3) == "2 cluster, served")
    #expect(state(5, 3) == "0 cluster, drop")
    #expect(state(6, 8) == "0 cluster, reject")
    #expect(state(7, 3) == "unknown")
    let before = shared.unitCount
    #expect(state(4, 3) == "2 cluster, served" && shared.unitCount == before)
    shared.forget(services: point(5), endpoints: point(3))
    #expect(state(5, 3) == "0 cluster, drop" && state(7, 9) == "unknown")
  }

  /// A change that changes nothing is no version; one point takes several changes.
  @Test func quietChanges() {
    let log = ServiceLog()
    log.set(service("ns1/svc1", "172.30.0.1"), at: point(1))
    for n in 0..<3 { log.set(slice("ns1/svc1", [endpoint("10.0.0.\(n)")], number: n), at: point(1)) }
    log.settle()
    #expect(log.changes.count == 2)
    log.set(service("ns1/svc1", "172.30.0.1") { $0.selector = ["app": "x"] }, at: point(2))
    log.set(slice("ns1/svc1", [endpoint("10.0.0.1")], number: 1), at: point(2))
    log.settle()
    #expect(log.changes.count == 2)
    #expect(log.endpointCount(family: .ipv4, services: .latest, endpoints: .latest) == 3)
    // A slice that moves to another Service leaves the first.
    var moved = slice("ns1/svc1", [endpoint("10.0.0.1")], number: 1)
    moved.metadata.labels["kubernetes.io/service-name"] = "other"
    log.set(moved, at: point(3))
    #expect(log.endpointCount(family: .ipv4, services: .latest, endpoints: .latest) == 2)
  }

  /// Doors once known stay known; node ports have doors without addresses.
  @Test func doors() {
    let log = ServiceLog()
    let addresses = AddressTable()
    let shared = SharedRules(log: log, configuration: KubeProxyConfiguration(), addresses: addresses)
    log.set(local("ns1/svc1", "172.30.0.1"), at: point(1))
    func at(_ text: String, _ port: UInt16) -> [UInt32] {
      var found: [UInt32] = []
      guard let address = addresses.find(ip(text)) else { return [] }
      shared.forEachPort(at: address, .tcp, port) { found.append($0.rawValue) }
      return found
    }
    var nodePorts: [UInt32] = []
    shared.forEachPort(nodePort: 3001, .tcp) { nodePorts.append($0.rawValue) }
    #expect(nodePorts == [0])
    #expect(at("172.30.0.1", 80) == [0] && at("172.30.0.1", 81).isEmpty)
    log.removeService(NamespacedName("ns1", "svc1"), at: point(2))
    log.set(service("ns2/svc2", "172.30.0.1"), at: point(3))
    #expect(at("172.30.0.1", 80) == [0, 1])
  }

  /// The units a packet can meet, in the order of the chain, whatever the order in which their doors came to be known.
  @Test func places() throws {
    let log = ServiceLog()
    let addresses = AddressTable()
    let shared = SharedRules(log: log, configuration: KubeProxyConfiguration(), addresses: addresses)
    shared.setNode(NodeID(rawValue: 0), ProxyNode(name: "node0"))
    log.set(local("ns2/svc2", "172.30.0.2"), at: point(1))
    log.set(service("ns3/svc3", "172.30.0.3") { $0.externalIPs = [ip("198.51.100.1")] }, at: point(1))
    log.set(service("ns1/svc1", "172.30.0.1") { $0.externalIPs = [ip("198.51.100.1")] }, at: point(2))
    func met(_ chain: DispatchChain, _ address: String, _ port: UInt16, at services: UInt32 = 2) -> [String] {
      let destination = addresses.intern(ip(address))
      let view = NodeView(node: NodeID(rawValue: 0), services: point(services), endpoints: .latest)
      var found: [String] = []
      while let place = shared.place(found.count, in: chain, family: .ipv4, .tcp, destination, port, view) {
        found.append("\(place.rulesBefore) \(log.name(of: shared.port(of: place.unit)).service.name)")
      }
      return found
    }
    #expect(met(.filterServices, "172.30.0.2", 80) == ["1 svc2"])
    #expect(met(.filterExternalServices, "198.51.100.1", 80) == ["0 svc1", "2 svc3"])
    #expect(met(.filterExternalServices, "198.51.100.1", 80, at: 1) == ["2 svc3"])
    #expect(met(.filterExternalServices, "192.0.2.1", 3001) == ["1 svc2"])
    #expect(met(.natNodePorts, "192.0.2.1", 3001) == ["0 svc2"])
    #expect(met(.natServices, "192.0.2.1", 3001).isEmpty)
    log.removeService(NamespacedName("ns1", "svc1"), at: point(3))
    #expect(met(.filterExternalServices, "198.51.100.1", 80, at: 3) == ["1 svc3"])
    #expect(met(.filterExternalServices, "198.51.100.1", 80).count == 2)
  }

  /// Rules of others before a port's own: the estimate is exact where nothing is local, and the walk is exact everywhere.
  @Test func rulesBefore() throws {
    var services: [Service] = []
    for n in 0..<9 {
      services.append(
        service(
          "ns\(n % 3)/svc\(n)", "172.30.0.\(n)", ports: [.init(name: "p80", port: 80, nodePort: 3000 + UInt16(n))]
        ) {
          $0.type = .loadBalancer
          $0.externalTrafficPolicy = n % 2 == 0 ? .local : .cluster
          $0.internalTrafficPolicy = n % 4 == 0 ? .local : .cluster
          $0.healthCheckNodePort = 30000 + UInt16(n)
          $0.externalIPs = [ip("198.51.100.\(n)")]
          $0.loadBalancerIngress = [.init(ip: ip("1.2.3.\(n)")), .init(ip: ip("1.2.4.\(n)"))]
          $0.loadBalancerSourceRanges = n % 3 == 1 ? [block("203.0.113.0/24")] : []
        })
    }
    let slices = (0..<7).map { slice("ns\($0 % 3)/svc\($0)", [endpoint("10.0.0.\($0)", on: "node\($0)")]) }
    let shared = world(services, slices, nodes: 12)
    for view in views(12) {
      let ruleset = try #require(shared.ruleset(view, family: .ipv4))
      let counts = NodeDispatchCounts(shared, view, family: .ipv4)
      for chain in DispatchChain.allCases {
        let lines = ruleset.table(chain.table)?.chain(chain.name)?.rules ?? []
        for port in shared.ports(view, family: .ipv4) {
          let text = shared.log.name(of: port).description
          let own = lines.firstIndex { rule in
            rule.matches.contains {
              if case .comment(let comment) = $0 { comment == text || comment.hasPrefix(text + " ") } else { false }
            }
          }
          guard let own else { continue }
          #expect(counts.rulesBefore(port, in: chain) == own, "\(chain) \(text)")
          if view.node.rawValue >= 9 { #expect(shared.rulesBefore(port, in: chain) == own, "\(chain) \(text)") }
        }
      }
    }
    #expect(shared.ruleCount(in: .natServices, family: .ipv6) == 0)
    #expect(shared.ruleCount(in: .filterNodePorts, family: .ipv4) == 5)
  }

  /// A sync looks for stale entries only when endpoints of a UDP port have changed since the last one.
  @Test func datagramChanges() {
    let log = ServiceLog()
    log.set(service("ns1/dns", "172.30.0.53", ports: [.init(name: "u", protocol: .udp, port: 53)]), at: point(1))
    log.set(service("ns1/web", "172.30.0.1"), at: point(1))
    func dns(_ addresses: [String], at n: UInt32) {
      log.set(slice("ns1/dns", addresses.map { endpoint($0) }, port: 53, portName: "u", protocol: .udp), at: point(n))
    }
    dns(["10.0.0.1"], at: 1)
    log.set(slice("ns1/web", [endpoint("10.0.0.2")]), at: point(2))
    dns(["10.0.0.1", "10.0.0.3"], at: 4)
    log.set(slice("ns1/web", [endpoint("10.0.0.4")]), at: point(5))
    #expect(log.datagramRows.map { log.name(of: $0).port } == ["u"])
    #expect(log.datagramEndpointsChanged(after: .start, upTo: point(1)))
    #expect(!log.datagramEndpointsChanged(after: point(1), upTo: point(3)))
    #expect(log.datagramEndpointsChanged(after: point(1), upTo: point(4)))
    #expect(log.datagramEndpointsChanged(after: point(3), upTo: point(5)))
    #expect(!log.datagramEndpointsChanged(after: point(4), upTo: point(5)))
    log.forget(services: point(1), endpoints: point(4))
    #expect(log.datagramEndpointsChanged(after: point(3), upTo: point(5)))
    #expect(!log.datagramEndpointsChanged(after: point(4), upTo: point(5)))
  }

  /// Which UDP entries a sync deletes.
  @Test func staleFlows() throws {
    let cluster = ProxyCluster(
      [
        service("ns1/dns", "172.30.0.53", ports: [.init(name: "u", protocol: .udp, port: 53, nodePort: 30053)]) {
          $0.type = .loadBalancer
          $0.externalIPs = [ip("198.51.100.1")]
          $0.loadBalancerIngress = [.init(ip: ip("1.2.3.4")), .init(ip: ip("1.2.3.5"), ipMode: .proxy)]
        }
      ],
      [
        slice(
          "ns1/dns", [endpoint("10.0.0.1"), terminating("10.0.0.2"), terminating("10.0.0.3", serving: false)], port: 53,
          portName: "u", protocol: .udp)
      ])
    let shared = cluster.shared()
    let port = try #require(shared.ports(ProxyCluster.now, family: .ipv4).first)
    let udp = try #require(shared.log.port(port, at: .latest).value?.port)
    let endpoints = shared.log.endpoints(port, at: .latest).value
    let stale = try #require(StaleFlows(udp, endpoints))
    func goes(_ destination: String, _ reply: String) -> Bool? {
      SocketAddress(destination).map { stale.includes(originalDestination: $0, replySource: ip(reply)) }
    }
    #expect(goes("172.30.0.53:53", "10.0.0.1") == false)
    #expect(goes("172.30.0.53:53", "10.0.0.2") == false)
    #expect(goes("172.30.0.53:53", "10.0.0.3") == true)
    #expect(goes("172.30.0.53:54", "10.0.0.3") == false)
    #expect(goes("198.51.100.1:53", "10.0.0.9") == true)
    #expect(goes("1.2.3.4:53", "10.0.0.9") == true)
    #expect(goes("1.2.3.5:53", "10.0.0.9") == false)
    #expect(goes("192.168.0.7:30053", "10.0.0.9") == true)
    #expect(StaleFlows(udp, .none) == nil)
    var tcp = udp
    tcp.name.protocol = .tcp
    #expect(StaleFlows(tcp, endpoints) == nil)
    #expect(StaleFlows.areLookedFor([(udp.name, .none, endpoints)]))
    #expect(!StaleFlows.areLookedFor([(tcp.name, .none, endpoints), (udp.name, .none, .none)]))
  }
}
