// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A chain that the rules of all Services share: it sends a packet on to one Service port's chains, or judges it.
public enum DispatchChain: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// filter KUBE-SERVICES: cluster IPs that no endpoint serves.
  case filterServices
  /// filter KUBE-EXTERNAL-SERVICES: external destinations that no endpoint serves.
  case filterExternalServices
  /// filter KUBE-NODEPORTS: health-check node ports.
  case filterNodePorts
  /// filter KUBE-PROXY-FIREWALL: what source ranges did not let through.
  case filterProxyFirewall
  /// nat KUBE-SERVICES: cluster IPs, external IPs, load balancers.
  case natServices
  /// nat KUBE-NODEPORTS: node ports.
  case natNodePorts

  /// The chain's table.
  public var table: String {
    switch self {
    case .filterServices, .filterExternalServices, .filterNodePorts, .filterProxyFirewall: "filter"
    case .natServices, .natNodePorts: "nat"
    }
  }

  /// The chain's name.
  public var name: String {
    switch self {
    case .filterServices, .natServices: ChainNames.services
    case .filterExternalServices: ChainNames.externalServices
    case .filterNodePorts, .natNodePorts: ChainNames.nodePorts
    case .filterProxyFirewall: ChainNames.proxyFirewall
    }
  }
}

/// The rules of one Service port, for all nodes that see it alike: its rules in the shared chains, and its own chains.
public struct ServicePortRules: Hashable, Sendable {
  /// Its rules in the shared chains, as written.
  public private(set) var dispatch: [Dispatch] = []
  /// Its own chains, all in the nat table, in the order in which kube-proxy declares them: EXT, FW, SVC, SVL, SEP.
  public private(set) var chains: [IPTablesChain] = []

  /// A rule in a shared chain.
  public struct Dispatch: Hashable, Sendable {
    /// The chain.
    public let chain: DispatchChain
    /// The rule.
    public let rule: IPTablesRule
  }

  init() {}

  mutating func append(_ chain: DispatchChain, _ matches: [IPTablesMatch], _ target: IPTablesTarget) {
    dispatch.append(Dispatch(chain: chain, rule: IPTablesRule(matches, target)))
  }

  mutating func append(chain name: String, _ rules: [IPTablesRule]) {
    chains.append(IPTablesChain(name: name, rules: rules))
  }

  /// Its rules in one shared chain.
  public func rules(in chain: DispatchChain) -> [IPTablesRule] {
    dispatch.compactMap { $0.chain == chain ? $0.rule : nil }
  }
}

/// Writes the rules of one Service port. The files of this room add a family of chains each.
struct ServicePortWriter {
  /// The node's kube-proxy.
  let proxy: IPTablesProxy
  /// What was decided.
  let plan: ServicePlan
  /// How its chains are called.
  let names: ServiceChainNames
  /// Whether rules for endpoints carry no comments.
  let isLargeCluster: Bool
  /// What has been written.
  var rules = ServicePortRules()

  init(_ proxy: IPTablesProxy, _ plan: ServicePlan, isLargeCluster: Bool) {
    self.proxy = proxy
    self.plan = plan
    self.isLargeCluster = isLargeCluster
    names = ServiceChainNames(plan.port.name)
  }

  var port: ServicePort { plan.port }

  /// The rules in the shared chains, in kube-proxy's order.
  mutating func writeShared() {
    writeClusterIP()
    writeExternalIPs()
    writeLoadBalancerVIPs()
    writeNodePort()
    writeHealthCheckNodePort()
  }

  /// A comment about this port.
  func comment(_ text: String) -> IPTablesMatch { .comment(port.text + " " + text) }

  /// The port's protocol as kube-proxy writes it: the module first, then `-p`.
  var protocolMatches: [IPTablesMatch] {
    [.module(port.name.protocol.name), .protocol(port.name.protocol, negated: false)]
  }

  /// A packet to one of the Service's addresses.
  func destination(_ address: Address) -> [IPTablesMatch] {
    protocolMatches + [.destination(Prefix(host: address), negated: false), .destinationPort(port.port)]
  }
}

extension IPTablesMatch {
  /// `--dport` of a single port.
  static func destinationPort(_ port: UInt16) -> IPTablesMatch { .destinationPort(port...port, negated: false) }
}
