// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What the ids in records stand for, and what exists at one moment.
public struct Inventory: Sendable {
  /// Nodes by `NodeID`.
  public var nodes: [Node] = []
  /// Every pod there ever was, by `PodID`.
  public var pods: [PodState] = []
  /// Every Service port there ever was, by `ServicePortID`.
  public var servicePorts: [ServicePortState] = []
  /// Every backend there ever was, by `BackendID`.
  public var backends: [Backend] = []
  /// Clients by `ClientID`.
  public var clients: [ClientState] = []
  /// Services that exist now, with all that was allocated, by namespace and name.
  public var services: [Service] = []
  /// EndpointSlices that exist now, by namespace and name.
  public var endpointSlices: [EndpointSlice] = []
  /// Controllers that exist now, by kind, namespace and name.
  public var controllers: [WorkloadController] = []
  /// When it is.
  public var now = SimTime.zero

  /// Makes an empty inventory.
  public init() {}

  /// A pod and how it fares.
  public struct PodState: Sendable {
    /// The object, with node and addresses.
    public var pod: Pod
    /// Where it runs; `none` while unscheduled.
    public var node: NodeID
    /// When it was made.
    public var created: SimTime
    /// Whether it exists now.
    public var exists: Bool
    /// What kubectl shows under STATUS.
    public var status: String
    /// Containers ready and all of them.
    public var readyContainers: Int
    /// How often its containers were restarted.
    public var restarts: Int
    /// When they were last restarted; nil when they never were.
    public var lastRestart: SimTime?

    /// States how a pod fares.
    public init(
      pod: Pod, node: NodeID, created: SimTime, exists: Bool, status: String, readyContainers: Int, restarts: Int
    ) {
      self.pod = pod
      self.node = node
      self.created = created
      self.exists = exists
      self.status = status
      self.readyContainers = readyContainers
      self.restarts = restarts
    }
  }

  /// One port of one Service.
  public struct ServicePortState: Sendable {
    /// The Service.
    public var service: NamespacedName
    /// The port's name, empty when it has none.
    public var portName: String
    /// The port.
    public var port: UInt16
    /// Its protocol.
    public var `protocol`: IPProtocol

    /// Names a Service port.
    public init(service: NamespacedName, portName: String, port: UInt16, protocol: IPProtocol) {
      self.service = service
      self.portName = portName
      self.port = port
      self.protocol = `protocol`
    }
  }

  /// One endpoint of one Service port.
  public struct Backend: Sendable {
    /// The Service port.
    public var servicePort: ServicePortID
    /// The endpoint's address and port.
    public var endpoint: SocketAddress
    /// The pod behind it; `none` for an endpoint that is no pod of ours.
    public var pod: PodID
    /// The node it is on; `none` when unknown.
    public var node: NodeID

    /// Describes a backend.
    public init(servicePort: ServicePortID, endpoint: SocketAddress, pod: PodID, node: NodeID) {
      self.servicePort = servicePort
      self.endpoint = endpoint
      self.pod = pod
      self.node = node
    }
  }

  /// A client.
  public struct ClientState: Sendable {
    /// Its group's name.
    public var group: String
    /// Its address.
    public var address: Address
    /// The node it is on; `none` outside the cluster.
    public var node: NodeID

    /// Describes a client.
    public init(group: String, address: Address, node: NodeID) {
      self.group = group
      self.address = address
      self.node = node
    }
  }
}
