// SPDX-License-Identifier: GPL-3.0-or-later

/// A Node (core/v1).
public struct Node: Hashable, Sendable {
  /// Name, labels, annotations.
  public var metadata: ObjectMeta
  /// `status.addresses`, in order.
  public var addresses: [NodeAddress]
  /// `spec.podCIDRs`; one a family.
  public var podCIDRs: [Prefix]
  /// `spec.unschedulable`.
  public var isUnschedulable: Bool
  /// The `Ready` condition; nil when the status says nothing, which is read as ready.
  public var ready: Bool?
  /// `status.nodeInfo.kubeletVersion`, for display.
  public var kubeletVersion: String

  /// One of a node's addresses.
  public struct NodeAddress: Hashable, Sendable {
    /// `InternalIP`, `ExternalIP`, `Hostname` …
    public var type: String
    /// The address or name.
    public var address: String

    /// Makes an address.
    public init(type: String, address: String) {
      self.type = type
      self.address = address
    }
  }

  /// Makes a node.
  public init(metadata: ObjectMeta, internalIPs: [Address] = [], podCIDRs: [Prefix] = []) {
    self.metadata = metadata
    addresses = internalIPs.map { NodeAddress(type: "InternalIP", address: $0.description) }
    self.podCIDRs = podCIDRs
    isUnschedulable = false
    ready = nil
    kubeletVersion = "v1.36.2"
  }

  /// The `InternalIP` addresses that are IP literals, in order.
  public var internalIPs: [Address] {
    addresses.filter { $0.type == "InternalIP" }.compactMap { Address($0.address) }
  }

  /// The addresses that the node and its host-network pods are known by: the first one, and the first of the other
  /// family. Source: pkg/util/node/node.go, GetNodeHostIPs.
  public var hostIPs: [Address] {
    let own = internalIPs
    guard let first = own.first else { return [] }
    return [first] + (own.first { $0.family != first.family }.map { [$0] } ?? [])
  }

  /// The zone, from label `topology.kubernetes.io/zone`.
  public var zone: String? { metadata.labels["topology.kubernetes.io/zone"] }
}
