// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Every decision about one Service port on one node, named before a rule is written.
///
/// Source: pkg/proxy/iptables/proxier.go, syncProxyRules, and the same words in the nftables proxier.
public struct ServicePlan: Hashable, Sendable {
  /// The port.
  public let port: ServicePort
  /// Its endpoints, sorted out for the node.
  public let endpoints: EndpointCategories

  /// Which of a port's two endpoint chains is meant.
  public enum PolicyChain: Hashable, Sendable {
    /// All usable endpoints: `KUBE-SVC-`.
    case cluster
    /// This node's endpoints: `KUBE-SVL-`.
    case local
  }

  /// What becomes of traffic that no endpoint can take.
  public enum Refusal: Hashable, Sendable {
    /// The Service has no endpoints at all: the client is told.
    case reject
    /// The policy is Local and this node has none: the client is left waiting, so that a load balancer's check decides.
    case drop

    /// What the rule's comment says after the port's name.
    public var reason: String {
      switch self {
      case .reject: "has no endpoints"
      case .drop: "has no local endpoints"
      }
    }
  }

  /// Plans a port.
  public init(_ port: ServicePort, _ endpoints: EndpointCategories) {
    self.port = port
    self.endpoints = endpoints
  }

  /// Whether an endpoint could be used somewhere.
  public var hasEndpoints: Bool { endpoints.hasAnyEndpoints }

  /// Whether there is a chain of Cluster endpoints.
  public var usesClusterPolicyChain: Bool { port.usesClusterEndpoints && !endpoints.cluster.isEmpty }
  /// Whether there is a chain of Local endpoints.
  public var usesLocalPolicyChain: Bool { port.usesLocalEndpoints && !endpoints.local.isEmpty }

  /// The chain of endpoints for traffic to the cluster IP.
  public var internalPolicyChain: PolicyChain { port.internalPolicyLocal ? .local : .cluster }
  /// The chain that traffic to the cluster IP jumps to: the policy chain itself.
  public var internalTrafficChain: PolicyChain { internalPolicyChain }
  /// Whether traffic to the cluster IP reaches an endpoint.
  public var hasInternalEndpoints: Bool {
    hasEndpoints && !(port.internalPolicyLocal && endpoints.local.isEmpty)
  }

  /// The chain of endpoints for traffic from outside; reached through `KUBE-EXT-`.
  public var externalPolicyChain: PolicyChain { port.externalPolicyLocal ? .local : .cluster }
  /// Whether traffic from outside reaches an endpoint.
  public var hasExternalEndpoints: Bool {
    hasEndpoints && !(port.externalPolicyLocal && endpoints.local.isEmpty)
  }
  /// Whether there is a chain for external destinations: even without endpoints for traffic from outside, since local
  /// clients of those destinations are short-cut.
  public var usesExternalTrafficChain: Bool { hasEndpoints && port.isExternallyAccessible }

  /// Whether source ranges guard the load balancer's addresses, and traffic to these goes through `KUBE-FW-` first.
  public var usesFirewallChain: Bool {
    hasEndpoints && !port.loadBalancerVIPs.isEmpty && !port.loadBalancerSourceRanges.isEmpty
  }

  /// What traffic to the cluster IP meets in the filter table; nil when it reaches an endpoint.
  public var internalRefusal: Refusal? {
    hasEndpoints ? (hasInternalEndpoints ? nil : .drop) : .reject
  }
  /// What traffic to external destinations meets in the filter table unless short-cut; nil when it reaches an endpoint.
  public var externalRefusal: Refusal? {
    hasEndpoints ? (hasExternalEndpoints ? nil : .drop) : .reject
  }

  /// Whether this port counts in `sync_proxy_rules_no_local_endpoints_total` for internal and for external traffic.
  ///
  /// Source: pkg/proxy/metrics/metrics.go, SyncProxyRulesNoLocalEndpointsTotal.
  public var lacksLocalEndpoints: (internal: Bool, external: Bool) {
    (internalRefusal == .drop, externalRefusal == .drop)
  }
}
