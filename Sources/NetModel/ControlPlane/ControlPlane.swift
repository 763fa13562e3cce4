// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The objects of the cluster as they are now, and the tables by which packets find what they mean.
///
/// A class, apart from the rows that packets touch: it changes rarely and may use text. `World` alone acts on it.
final class ControlPlane {
  var nodes: [Node] = []
  var services: [ServiceState] = []
  var pods: [PodObject] = []
  var controllers: [ControllerState] = []
  /// Slices that were given and stand as they are.
  var givenSlices: [EndpointSlice] = []
  var delays = ControlPlaneDelays()
  var proxies: [ProxyState] = []
  var servicesPoint = LogPoint.start.next
  var endpointsPoint = LogPoint.start.next
  var backends: [Inventory.Backend] = []
  /// The load balancer of each row, and the nodes it may pick.
  var targets: [NodeID] = []
  var workloadTargets: [WorkloadTarget] = []
  var clientOrdinals: [UInt32] = []
  var nodeAddresses: [(ipv4: AddressID, ipv6: AddressID)] = []

  private let index = Cell(PacketIndex())

  /// What packets ask for.
  private struct PacketIndex: ~Copyable {
    var listening = FlatMap64<Bool>()
    var backendIDs = FlatMap128<UInt32>()
    var balancerPorts = FlatMap64<UInt16>()
    var connectionsAt = FlatMap64<Int32>()
    var podsByAddress = FlatMap64<UInt32>()
  }

  /// A Service, and the slices that its controller has written.
  struct ServiceState {
    var service: Service
    var written: [EndpointSlice] = []
    /// One row a port and family, in port order; `none` before the log knows it.
    var rows: [ServicePortID] = []
    var isQueued = false
  }

  /// A pod object, or a server that only an EndpointSlice names.
  struct PodObject {
    var pod: Pod
    var node: NodeID
    var created: SimTime
    /// Whether there is a Pod; false for an endpoint that is just a server.
    var isObject = true
    var exists = true
    var isReady: Bool
    var isFailed = false
    var restarts = 0
    /// The controller that made it, or -1.
    var controller = -1
    var ordinal = 0
  }

  /// A controller and what it has made.
  struct ControllerState {
    var controller: WorkloadController
    var nextOrdinal = 0
  }

  /// Where a node's kube-proxy stands.
  struct ProxyState {
    var heardServices: LogPoint
    var heardEndpoints: LogPoint
    var syncingServices = LogPoint.start
    var syncingEndpoints = LogPoint.start
    var isSyncing = false
    var isScheduled = false
    var lastEnd: SimTime? = nil
    var cause = UInt32.max
  }

  /// What a workload is addressed to, resolved as far as it can be beforehand.
  struct WorkloadTarget {
    var destination: Destination
    /// The rows of the Service port that it is balanced by, one a family.
    var rows: [ServicePortID] = []
    var insideAddress: SocketAddress?
    var balancerAddress: SocketAddress?
    var nodePort: UInt16?
    /// A headless Service's endpoints are asked for at each connection.
    var headless: (service: Int, port: Int)?
    var `protocol` = IPProtocol.tcp
  }

  // MARK: Listening

  private static func key(_ pod: PodID, _ transport: IPProtocol, _ port: UInt16) -> UInt64 {
    UInt64(pod.rawValue) << 32 | UInt64(transport.rawValue) << 16 | UInt64(port)
  }

  /// Whether a pod's process listens on a port.
  @inline(__always) func listens(_ pod: PodID, _ transport: IPProtocol, _ port: UInt16) -> Bool {
    index.state.listening.find(ControlPlane.key(pod, transport, port)) != nil
  }

  /// A pod's process listens on a port from now on.
  func listen(_ pod: PodID, _ transport: IPProtocol, _ port: UInt16) {
    index.state.listening.insert(ControlPlane.key(pod, transport, port), true)
  }

  // MARK: Load balancers

  func addBalancerPort(_ balancer: BalancerID, _ transport: IPProtocol, _ port: UInt16, nodePort: UInt16) {
    index.state.balancerPorts.insert(
      UInt64(balancer.rawValue) << 32 | UInt64(transport.rawValue) << 16 | UInt64(port), nodePort)
  }

  /// The node's address and port that a balancer sends a flow to.
  @inline(__always) func nodePortDoor(
    _ balancer: BalancerID, _ tuple: FlowTuple, _ target: NodeID, _ addresses: AddressTable
  ) -> (address: AddressID, port: UInt16)? {
    let key =
      UInt64(balancer.rawValue) << 32 | UInt64(tuple.protocol.rawValue) << 16 | UInt64(tuple.destinationPort)
    guard let port = index.state.balancerPorts.find(key) else { return nil }
    let own = nodeAddresses[target.index]
    let address = addresses[tuple.source].family == .ipv4 ? own.ipv4 : own.ipv6
    return address.isNone ? nil : (address, port)
  }

  /// The node that a balancer gives a new flow to.
  func pickTarget(
    _ balancer: inout BalancerState, _ tuple: FlowTuple, flow: UInt64, seed: UInt64,
    algorithm: LoadBalancerParameters.Algorithm
  ) -> NodeID {
    guard balancer.isReady, !targets.isEmpty else { return .none }
    let count = UInt64(targets.count)
    switch algorithm {
    case .flowHash:
      let hash = foldedProduct(
        tuple.addresses ^ 0x2545_f491_4f6c_dd1d ^ seed, tuple.ports ^ 0x9e37_79b9_7f4a_7c15)
      return targets[Int(splitHash(hash).multipliedFullWidth(by: count).high)]
    case .random:
      var draw = KeyedDraw(seed: seed, purpose: .balancer, entity: flow)
      return targets[Int(draw.below(count))]
    case .roundRobin:
      defer { balancer.next = (balancer.next + 1) % UInt32(count) }
      return targets[Int(balancer.next % UInt32(count))]
    case .leastConnections:
      // Ties go round, as HAProxy's leastconn has it.
      var best = -1
      var least = Int32.max
      for step in 0..<targets.count {
        let k = (Int(balancer.next) + step) % targets.count
        let load = index.state.connectionsAt.find(UInt64(balancer.service) << 32 | UInt64(targets[k].rawValue)) ?? 0
        if load < least { (best, least) = (k, load) }
      }
      balancer.next = UInt32((best + 1) % targets.count)
      return targets[best]
    }
  }

  private func splitHash(_ hash: UInt64) -> UInt64 {
    var state = hash
    return splitMix64(&state)
  }

  func targetTook(_ balancer: BalancerID, _ target: NodeID) { count(balancer, target, 1) }

  func targetReleased(_ balancer: BalancerID, _ target: NodeID) { count(balancer, target, -1) }

  private func count(_ balancer: BalancerID, _ target: NodeID, _ change: Int32) {
    let key = UInt64(balancer.rawValue) << 32 | UInt64(target.rawValue)
    index.state.connectionsAt.insert(key, (index.state.connectionsAt.find(key) ?? 0) + change)
  }

  // MARK: Destinations and backends

  /// Where a client of a workload connects to now; nil when there is no address.
  func destination(
    _ workload: WorkloadID, _ place: Place, client: ClientID, _ addresses: AddressTable
  ) -> (address: AddressID, port: UInt16)? {
    // Field by field: a copy of the whole would count references for every request.
    if let headless = workloadTargets[workload.index].headless { return endpoint(of: headless, client, addresses) }
    if place == .outside {
      if let socket = workloadTargets[workload.index].balancerAddress {
        return (addresses.intern(socket.address), socket.port)
      }
      if let nodePort = workloadTargets[workload.index].nodePort, !nodes.isEmpty {
        // Clients know the nodes' addresses and spread over them.
        let node = nodeAddresses[Int(clientOrdinals[client.index]) % nodes.count]
        return node.ipv4.isNone ? node.ipv6.isNone ? nil : (node.ipv6, nodePort) : (node.ipv4, nodePort)
      }
    }
    guard let socket = workloadTargets[workload.index].insideAddress else { return nil }
    return (addresses.intern(socket.address), socket.port)
  }

  private func endpoint(
    of headless: (service: Int, port: Int), _ client: ClientID, _ addresses: AddressTable
  ) -> (address: AddressID, port: UInt16)? {
    let state = services[headless.service]
    let name = state.service.ports.indices.contains(headless.port) ? state.service.ports[headless.port].name : ""
    var found: [(Address, UInt16)] = []
    for slice in state.written + givenSlices.filter({ $0.serviceName == state.service.metadata.name }) {
      guard let port = slice.ports.first(where: { $0.name == name })?.port else { continue }
      for endpoint in slice.endpoints where endpoint.isReady {
        if let address = endpoint.addresses.first { found.append((address, port)) }
      }
    }
    guard !found.isEmpty else { return nil }
    let pick = found[Int(clientOrdinals[client.index]) % found.count]
    return (addresses.intern(pick.0), pick.1)
  }

  /// The backend row of an endpoint of a workload's Service port.
  func backend(workload: WorkloadID, address: AddressID, port: UInt16, _ addresses: AddressTable) -> BackendID {
    let family = addresses[address].family
    for place in workloadTargets[workload.index].rows.indices {
      let row = workloadTargets[workload.index].rows[place]
      if !row.isNone, rowFamilies[row.index] == family { return backend(of: row, address, port, addresses) }
    }
    return .none
  }

  /// The families of the log's rows, by `ServicePortID`.
  var rowFamilies: [IPFamily] = []

  /// The backend row of an endpoint of a Service port, made now if it is new.
  func backend(of row: ServicePortID, _ address: AddressID, _ port: UInt16, _ addresses: AddressTable) -> BackendID {
    let key = KeyPair(UInt64(row.rawValue) << 32 | UInt64(address.rawValue), UInt64(port))
    if let known = index.state.backendIDs.find(key) { return BackendID(rawValue: known) }
    let id = BackendID(index: backends.count)
    index.state.backendIDs.insert(key, id.rawValue)
    let pod = index.state.podsByAddress.find(UInt64(address.rawValue)).map { PodID(rawValue: $0) } ?? .none
    let isObject = !pod.isNone && pods[pod.index].isObject
    backends.append(
      Inventory.Backend(
        servicePort: row, endpoint: SocketAddress(addresses[address], port), pod: isObject ? pod : .none,
        node: pod.isNone ? .none : pods[pod.index].node))
    return id
  }

  func notePod(_ pod: PodID, at address: AddressID) {
    index.state.podsByAddress.insert(UInt64(address.rawValue), pod.rawValue)
  }

  /// The pod or server at an address.
  func pod(at address: AddressID) -> PodID {
    index.state.podsByAddress.find(UInt64(address.rawValue)).map { PodID(rawValue: $0) } ?? .none
  }

  /// The index of a Service.
  func service(_ name: NamespacedName) -> Int? { services.firstIndex { $0.service.metadata.namespacedName == name } }

  /// Pods as the EndpointSlice controller sees them, in the order of their making.
  func podStatuses(namespace: String) -> [EndpointSliceController.PodStatus] {
    pods.lazy.filter { $0.isObject && $0.exists && $0.pod.metadata.namespace == namespace }.map { object in
      EndpointSliceController.PodStatus(
        pod: object.pod, isReady: object.isReady,
        zone: object.node.isNone ? nil : self.nodes[object.node.index].zone)
    }
  }

  /// A further pod of a controller, bound and with addresses; nil when no node fits or no address is left.
  func newPod(
    of index: Int, addresses: AddressTable, owners: borrowing Table<InternedAddress, Place>, at now: SimTime
  )
    -> PodObject?
  {
    let controller = controllers[index].controller
    var ordinal = controllers[index].nextOrdinal
    if controller.kind == .statefulSet {
      // The lowest ordinal that is free.
      let used = Set(pods.lazy.filter { $0.controller == index && $0.exists }.map(\.ordinal))
      ordinal = 0
      while used.contains(ordinal) { ordinal += 1 }
    } else {
      controllers[index].nextOrdinal += 1
    }
    var scheduler = PodScheduler(nodes: nodes)
    var ofOwner = Array(repeating: 0, count: nodes.count)
    for object in pods where object.exists && !object.node.isNone {
      scheduler.occupy(object.node.index)
      if object.controller == index, !object.pod.isTerminating { ofOwner[object.node.index] += 1 }
    }
    scheduler.start()
    // Spread over the nodes with the fewest pods of the same owner.
    let order = scheduler.place(nodes.count, spec: controller.template).compactMap { $0 }
    guard let fewest = order.map({ ofOwner[$0] }).min(), let node = order.first(where: { ofOwner[$0] == fewest })
    else { return nil }
    var pod = ClusterAssembly.pod(of: controller, ordinal: ordinal)
    pod.spec.nodeName = nodes[node].metadata.name
    var taken: Set<Address> = []
    for object in pods { taken.formUnion(object.pod.podIPs) }
    var free = PodAddresses(nodes: nodes, taken: taken)
    guard let given = free.next(on: node) else { return nil }
    pod.podIPs = given
    return PodObject(
      pod: pod, node: NodeID(index: node), created: now, isReady: false, controller: index, ordinal: ordinal)
  }
}
