// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How a node tells traffic of its own pods from other traffic.
///
/// Source: pkg/proxy/util/localdetector.go; cmd/kube-proxy/app/server_linux.go, getLocalDetectors.
public enum LocalTrafficDetector: Hashable, Sendable {
  /// It does not: rules that need to know are left out.
  case none
  /// By their source address.
  case source(Prefix)
  /// By the interface they come in on; a trailing `+` stands for any ending.
  case interface(String)

  /// The detector of one node in one family.
  public init(_ configuration: KubeProxyConfiguration, node: ProxyNode, family: IPFamily) {
    switch configuration.detectLocalMode {
    case .clusterCIDR:
      self = configuration.clusterCIDRs.first { $0.family == family }.map(Self.source) ?? .none
    case .nodeCIDR:
      self = node.podCIDRs.first { $0.family == family }.map(Self.source) ?? .none
    case .bridgeInterface:
      let name = configuration.detectLocalBridgeInterface
      self = name.isEmpty ? .none : .interface(name)
    case .interfaceNamePrefix:
      let prefix = configuration.detectLocalInterfaceNamePrefix
      self = prefix.isEmpty ? .none : .interface(prefix + "+")
    }
  }

  /// Matches traffic of local pods; nil when the node cannot tell.
  public var ifLocal: IPTablesMatch? { match(negated: false) }
  /// Matches all other traffic; nil when the node cannot tell.
  public var ifNotLocal: IPTablesMatch? { match(negated: true) }

  private func match(negated: Bool) -> IPTablesMatch? {
    switch self {
    case .none: nil
    case .source(let prefix): .source(prefix, negated: negated)
    case .interface(let name): .inInterface(name, negated: negated)
    }
  }
}

/// On which addresses of a node its node ports are served, in one family.
///
/// Source: pkg/proxy/util/nodeport_addresses.go.
public enum NodePortDoor: Hashable, Sendable {
  /// On every local address.
  case everyLocalAddress
  /// Only on these, which are addresses of the node.
  case addresses([Address])

  /// Reads `nodePortAddresses` for one node.
  ///
  /// Without a block of the family, or with its zero block, every local address serves. Otherwise those of the node's
  /// addresses inside a block do; kube-proxy lists them in no order, here they come block by block.
  public init(_ setting: KubeProxyConfiguration.NodePortAddresses, node: ProxyNode, family: IPFamily) {
    let blocks = Self.blocks(setting, node: node, family: family)
    if blocks.isEmpty || blocks.contains(where: { $0.length == 0 }) {
      self = .everyLocalAddress
      return
    }
    var found: [Address] = []
    for block in blocks {
      for address in node.localAddresses where block.contains(address) && !found.contains(address) {
        found.append(address)
      }
    }
    self = .addresses(found)
  }

  /// Whether the setting takes in 127.0.0.0/8, without which `localhostNodePorts` is turned off.
  public static func coversIPv4Loopback(
    _ setting: KubeProxyConfiguration.NodePortAddresses, node: ProxyNode
  ) -> Bool {
    let blocks = blocks(setting, node: node, family: .ipv4)
    let start = Address(ipv4: 0x7f00_0000)
    return blocks.isEmpty || blocks.contains { $0.address.isLoopback || $0.contains(start) }
  }

  private static func blocks(
    _ setting: KubeProxyConfiguration.NodePortAddresses, node: ProxyNode, family: IPFamily
  ) -> [Prefix] {
    switch setting {
    case .all: []
    case .primary: [Prefix(host: node.primaryAddress(family))]
    case .cidrs(let blocks): blocks.filter { $0.family == family }
    }
  }
}
