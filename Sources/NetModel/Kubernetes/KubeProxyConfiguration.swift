// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// kube-proxy's configuration (kubeproxy.config.k8s.io/v1alpha1), as far as rules and their timing depend on it.
///
/// Source of keys and defaults: Kubernetes v1.36, staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go and
/// pkg/proxy/apis/config/v1alpha1/defaults.go.
public struct KubeProxyConfiguration: Hashable, Sendable {
  /// The backend. Default iptables on Linux.
  public var mode = Mode.iptables
  /// `clusterCIDR`: the pods' CIDRs, at most one a family, for `detectLocalMode: ClusterCIDR`; empty for none.
  public var clusterCIDRs: [Prefix] = []
  /// How traffic from local pods is told. Default ClusterCIDR.
  public var detectLocalMode = DetectLocalMode.clusterCIDR
  /// `detectLocal.bridgeInterface`.
  public var detectLocalBridgeInterface = ""
  /// `detectLocal.interfaceNamePrefix`.
  public var detectLocalInterfaceNamePrefix = ""
  /// On which addresses node ports are served. Default empty: all.
  public var nodePortAddresses = NodePortAddresses.all
  /// `iptables.masqueradeBit`, 0…31. Default 14: mark 0x4000.
  public var masqueradeBit: UInt8 = 14
  /// `iptables.masqueradeAll` (of the mode in use). Default false.
  public var masqueradeAll = false
  /// `iptables.localhostNodePorts`. Default true; false in nftables mode.
  public var localhostNodePorts = true
  /// `iptables.minSyncPeriod`, from the end of a sync to the next start. Default 1 s (ipvs 0 s).
  public var minSyncPeriod = SimDuration.seconds(1)
  /// `iptables.syncPeriod`. Default 30 s.
  public var syncPeriod = SimDuration.seconds(30)
  /// `ipvs.scheduler`. Default rr.
  public var ipvsScheduler = "rr"
  /// `conntrack.tcpBeLiberal`. Default false.
  public var conntrackTCPBeLiberal = false
  /// `conntrack.tcpEstablishedTimeout`. Default 24 h.
  public var conntrackTCPEstablishedTimeout = SimDuration.seconds(86400)
  /// `conntrack.tcpCloseWaitTimeout`. Default 1 h.
  public var conntrackTCPCloseWaitTimeout = SimDuration.seconds(3600)
  /// `conntrack.udpTimeout`: sysctl nf_conntrack_udp_timeout. Default 0 s: the kernel's 30 s.
  public var conntrackUDPTimeout = SimDuration.zero
  /// `conntrack.udpStreamTimeout`: sysctl nf_conntrack_udp_timeout_stream. Default 0 s: the kernel's 120 s.
  public var conntrackUDPStreamTimeout = SimDuration.zero
  /// `conntrack.maxPerCore`. Default 32768.
  public var conntrackMaxPerCore: UInt32 = 32768
  /// `conntrack.min`. Default 131072.
  public var conntrackMin: UInt32 = 131_072

  /// `mode`.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    case iptables
    case nftables
    case ipvs
  }

  /// `detectLocalMode`.
  public enum DetectLocalMode: String, Hashable, Sendable, CaseIterable {
    case clusterCIDR = "ClusterCIDR"
    case nodeCIDR = "NodeCIDR"
    case bridgeInterface = "BridgeInterface"
    case interfaceNamePrefix = "InterfaceNamePrefix"
  }

  /// `nodePortAddresses`.
  public enum NodePortAddresses: Hashable, Sendable {
    /// Every address of the node.
    case all
    /// `primary`: the node's primary address of each family (KEP-3836's sibling, v1.27).
    case primary
    /// Only addresses inside these blocks.
    case cidrs([Prefix])
  }

  /// The configuration that kube-proxy has without one.
  public init() {}

  /// How many entries a node's conntrack table holds: `maxPerCore` × 4 cores (chosen), at least `min`; the kernel's
  /// 262,144 where `maxPerCore` is 0.
  public var conntrackMaximum: UInt32 {
    if conntrackMaxPerCore == 0 { return 262_144 }
    return max(UInt32(clamping: UInt64(conntrackMaxPerCore) * 4), conntrackMin)
  }
}
