// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The cluster a run starts from: objects as given, and the settings a cluster's administrator chose.
///
/// Nothing is allocated yet: Services may lack cluster IPs, pods may lack nodes. `ClusterAssembly` fills that in as the
/// API server and the scheduler would.
public struct ClusterSpecification: Sendable {
  /// Nodes given; when empty, `nodeCount` nodes are made.
  public var nodes: [Node] = []
  /// How many nodes there are when none is given. Default 3 (chosen: the smallest cluster that survives one loss).
  public var nodeCount = 3
  /// Pods given.
  public var pods: [Pod] = []
  /// Deployments, ReplicaSets, StatefulSets, DaemonSets.
  public var controllers: [WorkloadController] = []
  /// Services.
  public var services: [Service] = []
  /// EndpointSlices given.
  public var endpointSlices: [EndpointSlice] = []
  /// kube-proxy's configuration on every node; `clusterCIDRs` already settled.
  public var proxy = KubeProxyConfiguration()
  /// The pods' blocks, one a family; node-k has the k-th /24 (IPv6: /64).
  /// Default 10.244.0.0/16 (flannel's and kubeadm's documentation).
  public var podCIDRs: [Prefix] = [Prefix.literal("10.244.0.0/16")]
  /// The Services' blocks, one a family. Default 10.96.0.0/12 (kubeadm, apis/kubeadm/v1beta4/defaults.go).
  public var serviceCIDRs: [Prefix] = [Prefix.literal("10.96.0.0/12")]
  /// The nodes' blocks, one a family. Default 192.168.0.0/16 (chosen).
  public var nodeCIDRs: [Prefix] = [Prefix.literal("192.168.0.0/16")]
  /// `--service-node-port-range`. Default 30000-32767 (kube-apiserver).
  public var nodePortRange: ClosedRange<UInt16> = 30000...32767
  /// Addresses of nodes beside those in their Node objects, in the order given.
  public var localAddresses: [LocalAddresses] = []
  /// Real dumps that replace what kube-proxy would write on a node.
  public var rulesFrom: [NodeRules] = []
  /// What Linux charges for one rule it walks. Default 25 ns (chosen: scenario-format; one new flow through 10,000
  /// Services' rules cost Linux about 250 us).
  public var ruleCost = SimDuration.nanoseconds(25)

  /// A node's further addresses.
  public struct LocalAddresses: Hashable, Sendable {
    /// The node's name.
    public var node: String
    /// The addresses.
    public var addresses: [Address]

    /// Pairs a node with addresses.
    public init(node: String, addresses: [Address]) {
      self.node = node
      self.addresses = addresses
    }
  }

  /// A node's real rules.
  public struct NodeRules: Hashable, Sendable {
    /// The node's name.
    public var node: String
    /// Its dump.
    public var rules: IPTablesRuleset
    /// The sets that its rules ask, as `ipset save` prints them. Default none: then `-m set` is not modelled.
    public var sets: [IPSet]

    /// Pairs a node with a dump.
    public init(node: String, rules: IPTablesRuleset, sets: [IPSet] = []) {
      self.node = node
      self.rules = rules
      self.sets = sets
    }
  }

  /// Makes an empty specification with the default settings.
  public init() {}
}

extension Prefix {
  /// A block from a literal in this source; a mistake there is a bug of ours.
  static func literal(_ text: StaticString) -> Prefix {
    guard let prefix = Prefix(text.description) else { preconditionFailure("not a prefix: \(text)") }
    return prefix
  }
}
