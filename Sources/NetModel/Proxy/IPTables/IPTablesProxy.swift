// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What the node's iptables and kernel can do, as far as kube-proxy asks.
public struct IPTablesFeatures: Hashable, Sendable {
  /// Whether MASQUERADE knows `--random-fully`: iptables 1.6.2 or later, so everywhere today.
  /// Source: pkg/util/iptables/iptables.go, RandomFullyMinVersion.
  public var randomFully = true
  /// Whether the counter of packets dropped as INVALID exists, for which the kernel needs nfnetlink_acct.
  public var countsInvalid = false
  /// Whether the counter of node port packets from localhost exists.
  public var countsLocalhostNodePorts = false

  /// The features of a node without nfnetlink_acct.
  public init() {}

  /// No feature at all: the plainest text, which kube-proxy's own unit tests state save for the counters.
  public static var none: IPTablesFeatures {
    var features = IPTablesFeatures()
    features.randomFully = false
    return features
  }
}

/// kube-proxy in iptables mode on one node, in one family: a pure function from objects to rules.
///
/// The order of everything here is the order in which kube-proxy writes; where its own order is that of a Go map, Services
/// come by namespace and name, and their ports as the manifest lists them.
public struct IPTablesProxy: Hashable, Sendable {
  /// The family.
  public let family: IPFamily
  /// How traffic of local pods is told.
  public let detector: LocalTrafficDetector
  /// Where node ports are served.
  public let nodePortDoor: NodePortDoor
  /// Whether node ports are served on IPv4 localhost.
  public let localhostNodePorts: Bool
  /// Whether everything sent to a cluster IP is masqueraded.
  public let masqueradeAll: Bool
  /// The mark of packets to be masqueraded.
  public let masqueradeMark: UInt32
  /// Whether INVALID packets are let through.
  public let tcpBeLiberal: Bool
  /// The node's own address.
  public let nodeIP: Address
  /// What iptables and the kernel can do.
  public let features: IPTablesFeatures

  /// Above this many endpoints in all, rules for endpoints carry no comments.
  ///
  /// Source: pkg/proxy/iptables/proxier.go, largeClusterEndpointsThreshold.
  public static let largeClusterThreshold = 1000

  /// The kube-proxy of a node.
  public init(
    _ configuration: KubeProxyConfiguration, node: ProxyNode, family: IPFamily,
    features: IPTablesFeatures = IPTablesFeatures()
  ) {
    self.family = family
    self.features = features
    detector = LocalTrafficDetector(configuration, node: node, family: family)
    nodePortDoor = NodePortDoor(configuration.nodePortAddresses, node: node, family: family)
    localhostNodePorts =
      family == .ipv4 && configuration.localhostNodePorts
      && NodePortDoor.coversIPv4Loopback(configuration.nodePortAddresses, node: node)
    masqueradeAll = configuration.masqueradeAll
    masqueradeMark = 1 << UInt32(configuration.masqueradeBit & 31)
    tcpBeLiberal = configuration.conntrackTCPBeLiberal
    nodeIP = node.primaryAddress(family)
  }

  /// Whether node port traffic from localhost is counted by a rule of its own.
  var countsLocalhostNodePorts: Bool { localhostNodePorts && features.countsLocalhostNodePorts }

  /// Whether a source range of a port holds the node's own address.
  func isAllowedByRanges(of port: ServicePort) -> Bool {
    port.loadBalancerSourceRanges.contains { $0.contains(nodeIP) }
  }

  /// The rules of one Service port.
  public func rules(for plan: ServicePlan, isLargeCluster: Bool = false) -> ServicePortRules {
    var writer = ServicePortWriter(self, plan, isLargeCluster: isLargeCluster)
    writer.writeShared()
    writer.writeExternalChain()
    writer.writeFirewallChain()
    writer.writeEndpointChains()
    return writer.rules
  }

  /// Those of one Service port that differ between nodes with endpoints and nodes without: all but `clusterRules`.
  public func nodeRules(for plan: ServicePlan) -> ServicePortRules {
    var writer = ServicePortWriter(self, plan, isLargeCluster: false)
    writer.writeShared()
    writer.writeExternalChain()
    writer.writeFirewallChain()
    writer.writeLocalEndpointChains()
    return writer.rules
  }

  /// Those of one Service port that do not: the chain of Cluster policy and the chains of its endpoints.
  public func clusterRules(for plan: ServicePlan) -> ServicePortRules {
    var writer = ServicePortWriter(self, plan, isLargeCluster: false)
    writer.writeClusterEndpointChains()
    return writer.rules
  }

  /// What else the text may hold beside the restore input.
  public struct Extras: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Wraps bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The built-in chains with kube-proxy's jumps.
    public static let hookJumps = Extras(rawValue: 1)
    /// The empty chains by which kube-proxy notices that somebody flushed the tables.
    public static let canaries = Extras(rawValue: 2)
  }

  /// Joins the rules of Service ports, given in order, with the fixed ones.
  public func ruleset(_ ports: some Sequence<ServicePortRules>, extras: Extras = []) -> IPTablesRuleset {
    var dispatch = DispatchChain.allCases.map { _ in [IPTablesRule]() }
    var own: [IPTablesChain] = []
    for port in ports {
      for placed in port.dispatch { dispatch[Int(placed.chain.rawValue)].append(placed.rule) }
      own.append(contentsOf: port.chains)
    }
    func shared(_ chain: DispatchChain) -> IPTablesChain {
      IPTablesChain(name: chain.name, rules: dispatch[Int(chain.rawValue)])
    }
    var filter = [
      shared(.filterServices), shared(.filterExternalServices),
      IPTablesChain(
        name: ChainNames.forward,
        rules: BaseRules.forward(
          mark: masqueradeMark, dropsInvalid: !tcpBeLiberal, countsInvalid: features.countsInvalid)),
      shared(.filterNodePorts), shared(.filterProxyFirewall),
    ]
    if localhostNodePorts {
      filter.append(IPTablesChain(name: ChainNames.kubeletFirewall, rules: BaseRules.kubeletFirewall()))
    } else if extras.contains(.hookJumps) {
      filter.append(IPTablesChain(name: ChainNames.kubeletFirewall))
    }
    var services = shared(.natServices)
    services.rules += BaseRules.nodePorts(nodePortDoor, family: family, localhost: localhostNodePorts)
    let nat =
      [
        services, shared(.natNodePorts),
        IPTablesChain(
          name: ChainNames.postrouting,
          rules: BaseRules.postrouting(mark: masqueradeMark, randomFully: features.randomFully)),
        IPTablesChain(
          name: ChainNames.markMasquerade, rules: BaseRules.markMasquerade(mark: masqueradeMark)),
      ] + own
    var ruleset = IPTablesRuleset(
      family: family,
      tables: [IPTablesTable(name: "filter", chains: filter), IPTablesTable(name: "nat", chains: nat)])
    if extras.contains(.canaries) { addCanaries(to: &ruleset) }
    if extras.contains(.hookJumps) { addHookJumps(to: &ruleset) }
    return ruleset
  }

  private func addHookJumps(to ruleset: inout IPTablesRuleset) {
    for t in ruleset.tables.indices {
      let hooks = BaseRules.hookJumps().filter { $0.table == ruleset.tables[t].name }.map {
        IPTablesChain(name: $0.hook, policy: .accept, rules: $0.rules)
      }
      ruleset.tables[t].chains.insert(contentsOf: hooks, at: 0)
    }
  }

  private func addCanaries(to ruleset: inout IPTablesRuleset) {
    let canary = IPTablesChain(name: ChainNames.canary)
    for t in ruleset.tables.indices { ruleset.tables[t].chains.append(canary) }
    ruleset.tables.insert(IPTablesTable(name: "mangle", chains: [canary]), at: 0)
  }
}
