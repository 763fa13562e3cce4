// SPDX-License-Identifier: GPL-3.0-or-later

/// An EndpointSlice (discovery.k8s.io/v1).
///
/// Source: staging/src/k8s.io/api/discovery/v1/types.go.
public struct EndpointSlice: Hashable, Sendable {
  /// Name, namespace, labels.
  public var metadata: ObjectMeta
  /// The Service it belongs to: label `kubernetes.io/service-name`, in the same namespace; nil when the label is absent.
  public var serviceName: String? { metadata.labels["kubernetes.io/service-name"] }
  /// Whether the endpointslice-controller made it (label `endpointslice.kubernetes.io/managed-by`).
  public var isManagedByController: Bool {
    metadata.labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io"
  }
  /// The family of its addresses; nil for `FQDN`, which kube-proxy ignores.
  public var addressType: IPFamily?
  /// Ports that every endpoint of the slice has.
  public var ports: [Port]
  /// The endpoints.
  public var endpoints: [Endpoint]

  /// One port of all endpoints.
  public struct Port: Hashable, Sendable {
    /// The Service port's name; empty when it has none.
    public var name: String
    /// TCP, UDP or SCTP. Default TCP.
    public var `protocol`: IPProtocol
    /// The endpoints' port; nil means any, which kube-proxy leaves out.
    public var port: UInt16?

    /// Makes a port.
    public init(name: String = "", protocol: IPProtocol = .tcp, port: UInt16?) {
      self.name = name
      self.protocol = `protocol`
      self.port = port
    }
  }

  /// One endpoint.
  public struct Endpoint: Hashable, Sendable {
    /// Its addresses; consumers use the first (types.go: "only the first is used").
    public var addresses: [Address]
    /// `conditions.ready`; nil is read as true.
    public var ready: Bool?
    /// `conditions.serving`; nil is read as true.
    public var serving: Bool?
    /// `conditions.terminating`; nil is read as false.
    public var terminating: Bool?
    /// The node it runs on.
    public var nodeName: String?
    /// The zone it runs in.
    public var zone: String?
    /// `hints.forZones`; nil when there is no such hint.
    public var zoneHints: [String]?
    /// `hints.forNodes`; nil when there is no such hint.
    public var nodeHints: [String]?
    /// The pod behind it, when `targetRef` names one.
    public var targetPod: NamespacedName?

    /// Makes an endpoint that is ready and knows nothing else.
    public init(addresses: [Address], nodeName: String? = nil) {
      self.addresses = addresses
      ready = nil
      serving = nil
      terminating = nil
      self.nodeName = nodeName
      zone = nil
      zoneHints = nil
      nodeHints = nil
      targetPod = nil
    }

    /// `ready` with its default (true).
    public var isReady: Bool { ready ?? true }
    /// `serving` with its default (true), whatever `ready` says: pkg/proxy/endpointslicecache.go, newEndpointSliceInfo.
    public var isServing: Bool { serving ?? true }
    /// `terminating` with its default (false).
    public var isTerminating: Bool { terminating ?? false }
  }

  /// Makes a slice.
  public init(metadata: ObjectMeta, addressType: IPFamily?, ports: [Port], endpoints: [Endpoint]) {
    self.metadata = metadata
    self.addressType = addressType
    self.ports = ports
    self.endpoints = endpoints
  }
}
