// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What kube-proxy calls one port of one Service, in rules and in its maps.
///
/// Source: pkg/proxy/types.go, ServicePortName.
public struct ServicePortName: Hashable, Sendable, CustomStringConvertible {
  /// The Service.
  public var service: NamespacedName
  /// The port's name; empty when it has none.
  public var port: String
  /// TCP, UDP or SCTP: ports of one name and different protocols are different ports.
  public var `protocol`: IPProtocol

  /// Names a port.
  public init(service: NamespacedName, port: String, protocol: IPProtocol) {
    self.service = service
    self.port = port
    self.protocol = `protocol`
  }

  /// `namespace/name:port`, or `namespace/name` for a port without a name. The protocol is no part of it.
  public var description: String {
    port.isEmpty ? service.namespace + "/" + service.name : service.namespace + "/" + service.name + ":" + port
  }
}

/// One port of one Service in one IP family, with just what kube-proxy makes rules from.
///
/// Source: pkg/proxy/serviceport.go, BaseServicePortInfo and newBaseServiceInfo; pkg/api/v1/service/util.go.
public struct ServicePort: Hashable, Sendable {
  /// Its name.
  public var name: ServicePortName
  /// Its name as rules quote it.
  public var text: String
  /// The cluster IP of the family.
  public var clusterIP: Address
  /// The port on the Service's addresses.
  public var port: UInt16
  /// The port on every node; nil when there is none.
  public var nodePort: UInt16?
  /// The external IPs of the family, as listed.
  public var externalIPs: [Address]
  /// The load balancer's addresses of the family that nodes short-cut: those with `ipMode: VIP`.
  public var loadBalancerVIPs: [Address]
  /// Who may use the load balancer's addresses, of the family; empty for everybody.
  public var loadBalancerSourceRanges: [Prefix]
  /// The time-out of `sessionAffinity: ClientIP` in seconds; nil without affinity.
  public var affinitySeconds: UInt32?
  /// Whether external traffic stays on the node it came to.
  public var externalPolicyLocal: Bool
  /// Whether traffic to the cluster IP stays on the node it came from.
  public var internalPolicyLocal: Bool
  /// The port of the health answer; only for type LoadBalancer with `externalTrafficPolicy: Local`.
  public var healthCheckNodePort: UInt16?

  /// Makes a port with a cluster IP and nothing else.
  public init(name: ServicePortName, clusterIP: Address, port: UInt16) {
    self.name = name
    text = name.description
    self.clusterIP = clusterIP
    self.port = port
    nodePort = nil
    externalIPs = []
    loadBalancerVIPs = []
    loadBalancerSourceRanges = []
    affinitySeconds = nil
    externalPolicyLocal = false
    internalPolicyLocal = false
    healthCheckNodePort = nil
  }

  /// The family it belongs to.
  public var family: IPFamily { clusterIP.family }

  /// Whether it can be reached by anything but its cluster IP.
  public var isExternallyAccessible: Bool {
    nodePort != nil || !loadBalancerVIPs.isEmpty || !externalIPs.isEmpty
  }

  /// Whether it ever sends traffic to endpoints by Cluster policy: with external policy Local too, since local clients
  /// of an external address are short-cut to all endpoints.
  public var usesClusterEndpoints: Bool { !internalPolicyLocal || isExternallyAccessible }

  /// Whether it ever sends traffic to endpoints by Local policy.
  public var usesLocalEndpoints: Bool { internalPolicyLocal || externalPolicyLocal && isExternallyAccessible }
}

extension ServicePort {
  /// Whether kube-proxy leaves a Service alone: headless, ExternalName, without a cluster IP, or labelled for others.
  ///
  /// Source: pkg/proxy/util/utils.go, ShouldSkipService; cmd/kube-proxy/app/server.go, whose informers select
  /// `!service.kubernetes.io/service-proxy-name,!service.kubernetes.io/headless`.
  public static func shouldSkip(_ service: Service) -> Bool {
    service.isHeadless || service.clusterIPs.isEmpty || service.type == .externalName
      || service.metadata.labels["service.kubernetes.io/service-proxy-name"] != nil
      || service.metadata.labels["service.kubernetes.io/headless"] != nil
  }

  /// The ports of a Service in one family, in the order of its manifest; empty where kube-proxy has nothing to do.
  ///
  /// Of ports with equal name and protocol, which the API server refuses, the last one stands.
  public static func ports(of service: Service, family: IPFamily) -> [ServicePort] {
    guard !shouldSkip(service), let clusterIP = service.clusterIPs.first(where: { $0.family == family }) else {
      return []
    }
    // Without an outside the external policy says nothing: pkg/api/v1/service/util.go, ExternalPolicyLocal.
    let hasOutside =
      switch service.type {
      case .loadBalancer, .nodePort: true
      case .clusterIP: !service.externalIPs.isEmpty
      case .externalName: false
      }
    let externalPolicyLocal = hasOutside && service.externalTrafficPolicy == .local
    var ports: [ServicePort] = []
    for declared in service.ports {
      let name = ServicePortName(
        service: service.metadata.namespacedName, port: declared.name, protocol: declared.protocol)
      var port = ServicePort(name: name, clusterIP: clusterIP, port: declared.port)
      port.nodePort = declared.nodePort == 0 ? nil : declared.nodePort
      port.externalIPs = service.externalIPs.filter { $0.family == family }
      port.loadBalancerVIPs = service.loadBalancerIngress.compactMap { ingress in
        ingress.ipMode == .vip && ingress.ip?.family == family ? ingress.ip : nil
      }
      port.loadBalancerSourceRanges = service.loadBalancerSourceRanges.filter { $0.family == family }
      port.affinitySeconds = service.clientIPAffinity.map { UInt32(clamping: $0.nanoseconds / 1_000_000_000) }
      port.externalPolicyLocal = externalPolicyLocal
      port.internalPolicyLocal = service.internalTrafficPolicy == .local
      if service.type == .loadBalancer, externalPolicyLocal, service.healthCheckNodePort != 0 {
        port.healthCheckNodePort = service.healthCheckNodePort
      }
      ports.removeAll { $0.name == name }
      ports.append(port)
    }
    return ports
  }
}
