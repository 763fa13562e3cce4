// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A Service (core/v1), with the API server's defaults already applied by whoever made it.
///
/// Source of the fields and defaults: Kubernetes v1.36, staging/src/k8s.io/api/core/v1/types.go and
/// pkg/apis/core/v1/defaults.go.
public struct Service: Hashable, Sendable {
  /// Name, namespace, labels, annotations.
  public var metadata: ObjectMeta
  /// How the Service is exposed.
  public var type: ServiceType
  /// The cluster IPs, the first family first; empty when headless, ExternalName, or not yet allocated.
  public var clusterIPs: [Address]
  /// `clusterIP: None`.
  public var isHeadless: Bool
  /// Which families the Service serves, in order; as the API server fills them in.
  public var ipFamilies: [IPFamily]
  /// The ports; may be empty for headless Services and ExternalName.
  public var ports: [Port]
  /// The pods behind it; nil when endpoints are managed by hand, never empty.
  public var selector: Labels?
  /// `sessionAffinity: ClientIP` with its time-out; nil for `None`. Default time-out 10800 s (core/v1/defaults.go).
  public var clientIPAffinity: SimDuration?
  /// Which endpoints external traffic may use.
  public var externalTrafficPolicy: TrafficPolicy
  /// Which endpoints traffic to the cluster IP may use.
  public var internalTrafficPolicy: TrafficPolicy
  /// Addresses that others route to the nodes.
  public var externalIPs: [Address]
  /// Who may use the load balancer, as written and trimmed; both families may occur.
  public var loadBalancerSourceRanges: [Prefix]
  /// The requested address of the load balancer.
  public var loadBalancerIP: Address?
  /// The load balancer's implementation, when the default one is not meant.
  public var loadBalancerClass: String?
  /// Whether a LoadBalancer Service gets node ports. Default true.
  public var allocateLoadBalancerNodePorts: Bool
  /// The port of kube-proxy's health answer for `externalTrafficPolicy: Local`; nil when there is none.
  public var healthCheckNodePort: UInt16?
  /// Whether endpoints that are not ready count as ready.
  public var publishNotReadyAddresses: Bool
  /// `PreferSameZone`, `PreferSameNode` or `PreferClose`; nil when absent.
  public var trafficDistribution: String?
  /// The name an ExternalName Service stands for.
  public var externalName: String?
  /// `status.loadBalancer.ingress`.
  public var loadBalancerIngress: [Ingress]

  /// `spec.type`.
  public enum ServiceType: String, Hashable, Sendable, CaseIterable {
    case clusterIP = "ClusterIP"
    case nodePort = "NodePort"
    case loadBalancer = "LoadBalancer"
    case externalName = "ExternalName"
  }

  /// `Cluster` or `Local`.
  public enum TrafficPolicy: String, Hashable, Sendable, CaseIterable {
    case cluster = "Cluster"
    case local = "Local"
  }

  /// One port of a Service.
  public struct Port: Hashable, Sendable {
    /// The port's name; empty when it has none.
    public var name: String
    /// TCP, UDP or SCTP. Default TCP.
    public var `protocol`: IPProtocol
    /// The port on the Service's addresses.
    public var port: UInt16
    /// The port of the pods. Default: `port`.
    public var targetPort: IntOrString
    /// The port on every node; nil when there is none.
    public var nodePort: UInt16?

    /// Makes a port; the target defaults to the port itself, as in the API server.
    public init(
      name: String = "", protocol: IPProtocol = .tcp, port: UInt16, targetPort: IntOrString? = nil,
      nodePort: UInt16? = nil
    ) {
      self.name = name
      self.protocol = `protocol`
      self.port = port
      self.targetPort = targetPort ?? .number(port)
      self.nodePort = nodePort
    }
  }

  /// One ingress point of a load balancer.
  public struct Ingress: Hashable, Sendable {
    /// Its address, unless it is known by name only.
    public var ip: Address?
    /// Its host name.
    public var hostname: String?
    /// Whether kube-proxy short-cuts traffic to the address. Default VIP.
    public var ipMode: IPMode

    /// Makes an ingress point.
    public init(ip: Address?, hostname: String? = nil, ipMode: IPMode = .vip) {
      self.ip = ip
      self.hostname = hostname
      self.ipMode = ipMode
    }
  }

  /// `VIP` or `Proxy` (KEP-1860).
  public enum IPMode: String, Hashable, Sendable, CaseIterable {
    case vip = "VIP"
    case proxy = "Proxy"
  }

  /// Makes a Service with the API server's defaults.
  public init(metadata: ObjectMeta, type: ServiceType = .clusterIP, clusterIPs: [Address] = [], ports: [Port] = []) {
    self.metadata = metadata
    self.type = type
    self.clusterIPs = clusterIPs
    isHeadless = false
    ipFamilies = clusterIPs.map(\.family)
    self.ports = ports
    selector = nil
    clientIPAffinity = nil
    externalTrafficPolicy = .cluster
    internalTrafficPolicy = .cluster
    externalIPs = []
    loadBalancerSourceRanges = []
    loadBalancerIP = nil
    loadBalancerClass = nil
    allocateLoadBalancerNodePorts = true
    healthCheckNodePort = nil
    publishNotReadyAddresses = false
    trafficDistribution = nil
    externalName = nil
    loadBalancerIngress = []
  }
}
