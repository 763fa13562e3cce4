// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A node as its kube-proxy sees it.
public struct ProxyNode: Hashable, Sendable {
  /// The node's name.
  public var name: String
  /// Its zone; nil when it has no label.
  public var zone: String?
  /// Its addresses as the Node object lists them, primary first.
  public var nodeIPs: [Address]
  /// The addresses of its interfaces, loopback included: what routing calls LOCAL.
  public var localAddresses: [Address]
  /// Its pods' blocks, one a family.
  public var podCIDRs: [Prefix]

  /// Makes a node; without interface addresses these are its own and the loopback ones.
  public init(
    name: String, zone: String? = nil, nodeIPs: [Address] = [], localAddresses: [Address]? = nil,
    podCIDRs: [Prefix] = []
  ) {
    self.name = name
    self.zone = zone
    self.nodeIPs = nodeIPs
    self.localAddresses = localAddresses ?? [Self.loopback(.ipv4), Self.loopback(.ipv6)] + nodeIPs
    self.podCIDRs = podCIDRs
  }

  /// Reads a Node object.
  public init(_ node: Node, localAddresses: [Address]? = nil) {
    self.init(
      name: node.metadata.name, zone: node.zone, nodeIPs: node.internalIPs, localAddresses: localAddresses,
      podCIDRs: node.podCIDRs)
  }

  /// The node's primary address of a family; the loopback address when it has none.
  ///
  /// Source: cmd/kube-proxy/app/server.go, detectNodeIPs.
  public func primaryAddress(_ family: IPFamily) -> Address {
    nodeIPs.first { $0.family == family } ?? Self.loopback(family)
  }

  private static func loopback(_ family: IPFamily) -> Address {
    family == .ipv4 ? Address(ipv4: 0x7f00_0001) : Address(high: 0, low: 1)
  }
}
