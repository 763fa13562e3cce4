// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

/// A generated cluster with every kind of door, changed twice while some nodes lag, for comparing rules by two ways.
struct ProgramCluster {
  let log = ServiceLog()
  let addresses = AddressTable()
  let interfaces = InterfaceTable()
  let rules: CompiledRules
  let nodes: [ProxyNode]
  let family: IPFamily
  /// A destination that some rule names, or none does.
  struct Door: Hashable {
    let address: Address
    let transport: IPProtocol
    let port: UInt16
  }
  private(set) var doors: [Door] = []
  private var random: KeyedDraw

  /// Generates a cluster.
  init(seed: UInt64, services count: Int = 14, family: IPFamily = .ipv4) {
    random = KeyedDraw(seed: seed, purpose: DrawPurpose(rawValue: 99), entity: 0)
    self.family = family
    var configuration = KubeProxyConfiguration()
    configuration.clusterCIDRs = [block("10.0.0.0/8"), block("fd00:10::/64")]
    configuration.detectLocalMode =
      [.clusterCIDR, .nodeCIDR, .bridgeInterface, .interfaceNamePrefix][Int(seed % 4)]
    configuration.detectLocalBridgeInterface = "cni0"
    configuration.detectLocalInterfaceNamePrefix = "cni"
    configuration.masqueradeAll = seed % 5 == 4
    configuration.localhostNodePorts = seed % 3 != 2
    configuration.conntrackTCPBeLiberal = seed % 7 == 6
    if seed % 4 == 3 { configuration.nodePortAddresses = .primary }
    var features = IPTablesFeatures()
    features.countsLocalhostNodePorts = seed % 2 == 0
    features.countsInvalid = seed % 2 == 1
    rules = CompiledRules(
      log: log, configuration: configuration, addresses: addresses, interfaces: interfaces, features: features)
    nodes = (0..<4).map { n in
      ProxyNode(
        name: "node\(n)", zone: "zone-\(n % 2)", nodeIPs: [ip("192.168.0.\(n + 1)"), ip("2001:db8::\(n + 1)")],
        podCIDRs: [block("10.0.\(n).0/24"), block("fd00:10:0:0:\(n)::/80")])
    }
    for (n, node) in nodes.enumerated() { rules.addNode(NodeID(index: n), node) }
    for n in 0..<count { write(n, at: 1) }
    for n in 0..<count where chance(40) { write(n, at: 2) }
    for n in 0..<count where chance(20) { log.removeService(NamespacedName("ns\(n % 3)", "svc\(n)"), at: point(3)) }
    for n in 0..<count where chance(30) { writeSlice(n, at: 3) }
    note(pod(0, 1), .tcp, 80)
    note(pod(1, 2), .tcp, 8080)
    note(address("192.0.2.200", "2001:db8:9::9"), .tcp, 80)
    note(address("172.30.0.1", "fd00:1::1"), .tcp, 81)
    note(address("255.255.255.255", "ff02::1"), .udp, 53)
  }

  private mutating func note(_ address: Address, _ transport: IPProtocol, _ port: UInt16) {
    let door = Door(address: address, transport: transport, port: port)
    if !doors.contains(door) { doors.append(door) }
  }

  private mutating func chance(_ percent: UInt64) -> Bool { random.below(100) < percent }
  private func point(_ n: UInt32) -> LogPoint { LogPoint(rawValue: n) }
  private func address(_ ipv4: String, _ ipv6: String) -> Address { ip(family == .ipv4 ? ipv4 : ipv6) }
  func pod(_ node: Int, _ number: Int) -> Address {
    address("10.0.\(node).\(number)", "fd00:10:0:0:\(node)::\(number)")
  }

  private mutating func write(_ n: Int, at time: UInt32) {
    // At the second point some Services move to another cluster IP.
    let moved = time == 2 && chance(50) ? 100 : 0
    let clusterIP = address("172.30.0.\(n + 1 + moved)", "fd00:1::\(n + 1 + moved)")
    let transport: IPProtocol = n % 5 == 3 ? .udp : .tcp
    var made = service("ns\(n % 3)/svc\(n)", ports: [])
    made.clusterIPs = [clusterIP]
    made.ports = [Service.Port(name: "p80", protocol: transport, port: 80)]
    if chance(30) { made.ports.append(Service.Port(name: "p443", protocol: .tcp, port: 443)) }
    if chance(60) {
      made.type = chance(50) ? .nodePort : .loadBalancer
      for p in made.ports.indices { made.ports[p].nodePort = UInt16(30000 + 10 * n + p) }
    }
    // Two Services may have an external address and port in common.
    if chance(40) { made.externalIPs = [address("198.51.100.\(n / 2)", "2001:db8:5::\(n / 2)")] }
    if made.type == .loadBalancer {
      made.loadBalancerIngress = [.init(ip: address("203.0.113.\(n)", "2001:db8:6::\(n)"))]
      if chance(50) {
        made.loadBalancerSourceRanges = [
          family == .ipv4 ? block("192.168.0.0/30") : block("2001:db8::/126"),
          family == .ipv4 ? block("192.0.2.0/25") : block("2001:db8:2::/64"),
        ]
      }
    }
    if chance(40) { made.externalTrafficPolicy = .local }
    if chance(20) { made.internalTrafficPolicy = .local }
    if chance(25) { made.clientIPAffinity = .seconds(10800) }
    if made.type == .loadBalancer, made.externalTrafficPolicy == .local { made.healthCheckNodePort = UInt16(32000 + n) }
    log.set(made, at: point(time))
    for port in made.ports {
      note(clusterIP, port.protocol, port.port)
      for address in made.externalIPs + made.loadBalancerIngress.compactMap(\.ip) {
        note(address, port.protocol, port.port)
      }
      if let nodePort = port.nodePort {
        note(nodes[0].primaryAddress(family), port.protocol, nodePort)
        note(address("127.0.0.1", "::1"), port.protocol, nodePort)
      }
    }
    if let port = made.healthCheckNodePort { note(nodes[0].primaryAddress(family), .tcp, port) }
    writeSlice(n, at: time)
  }

  private mutating func writeSlice(_ n: Int, at time: UInt32) {
    let count = Int(random.below(6))
    var members: [EndpointSlice.Endpoint] = []
    for k in 0..<count {
      let node = Int(random.below(3))
      let text = pod(node, 10 * n + k + 1).description
      var member = chance(15) ? terminating(text, on: "node\(node)") : endpoint(text, on: "node\(node)")
      if chance(10) { member.ready = false }
      if n % 6 == 5 { member.zoneHints = ["zone-\(node % 2)"] }
      members.append(member)
    }
    for (number, name) in ["p80", "p443"].enumerated() {
      var made = slice(
        "ns\(n % 3)/svc\(n)", members, number: number, port: 8080, portName: name,
        protocol: name == "p80" && n % 5 == 3 ? .udp : .tcp)
      made.addressType = family
      log.set(made, at: point(time))
    }
  }

  /// Where a packet comes from: an address, the interface it comes in by, and whether a process of the node sends it.
  struct Origin {
    let address: Address
    let interface: InterfaceID
    let isOutput: Bool
  }

  func sources(_ node: Int) -> [Origin] {
    let pods = interfaces.intern("cni0")
    let uplink = interfaces.intern("eth0")
    let other = (node + 1) % nodes.count
    let outside = [
      nodes[other].primaryAddress(family), pod(other, 200), address("192.0.2.7", "2001:db8:2::7"),
      address("192.0.2.250", "2001:db8:3::7"),
    ]
    return [pod(node, 200), pod(node, 1)].map { Origin(address: $0, interface: pods, isOutput: false) }
      + outside.map { Origin(address: $0, interface: uplink, isOutput: false) }
      + [nodes[node].primaryAddress(family), address("127.0.0.1", "::1")].map {
        Origin(address: $0, interface: .none, isOutput: true)
      }
  }

  /// A connection's first packet from an origin to a door.
  func packet(_ origin: Origin, _ door: Door) -> PacketView {
    var packet = PacketView(
      FlowTuple(
        source: addresses.intern(origin.address), sourcePort: 40000, destination: addresses.intern(door.address),
        destinationPort: door.port, protocol: door.transport))
    packet.inInterface = origin.interface
    return packet
  }

  /// Views at which a node may be.
  func views(_ node: Int) -> [NodeView] {
    [(3, 3), (1, 1), (2, 1), (2, 3), (1, 0)].map {
      NodeView(node: NodeID(index: node), services: point($0.0), endpoints: point($0.1))
    }
  }
}

/// What the rules of the tests ask: local addresses, and affinity lists that answer by a hash of name and address.
struct ProgramHost: HostContext {
  let addresses: AddressTable
  let program: Program
  let local: [Address]

  mutating func addressType(_ address: AddressID) -> IPTablesMatch.AddressTypes {
    let value = addresses[address]
    return local.contains(value) || value.isLoopback ? .local : .unicast
  }
  mutating func recent(_ query: RecentQuery) -> Bool {
    guard query.operation != .set else { return !query.negated }
    var state = stableHash(program.recentNames[query.list.index].name) ^ UInt64(query.address.rawValue)
    return (splitMix64(&state) % 8 == 0) != query.negated
  }
  mutating func limit(rule: UInt32, period: UInt32, burst: UInt32) -> Bool { true }
  mutating func nth(rule: UInt32, every: UInt32, packet: UInt32) -> Bool? { nil }
}
