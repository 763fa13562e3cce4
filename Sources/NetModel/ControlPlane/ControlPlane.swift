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
  /// At which point of the slices' log it was last looked for versions that nobody sees any more.
  var lastForgotten = LogPoint.start.next
  var backends: [Inventory.Backend] = []
  /// The load balancer of each row, and the nodes it may pick.
  var targets: [NodeID] = []
  var clientOrdinals: [UInt32] = []
  /// Each node's primary addresses.
  var nodeAddresses: [(ipv4: AddressID, ipv6: AddressID)] { index.state.nodeAddresses }

  private let index = Cell(PacketIndex())

  /// What packets ask for.
  private struct PacketIndex: ~Copyable {
    var listening = ListeningPorts()
    var backendIDs = FlatMap128<UInt32>()
    var balancerPorts = FlatMap64<UInt16>()
    var connectionsAt = FlatMap64<Int32>()
    var targets: [WorkloadTarget] = []
    var nodeAddresses: [(ipv4: AddressID, ipv6: AddressID)] = []
  }

  /// A Service, and the slices that its controller has written.
  struct ServiceState {
    var service: Service
    var written: [EndpointSlice] = []
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
    /// Whether its containers have run: another start is a restart.
    var hasRun = false
    var restarts = 0
    var lastRestart: SimTime?
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
    /// Until when the last write is under way to it: its watch keeps order.
    var watchedUntil = SimTime.zero
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

  /// Whether a pod's process listens on a port.
  @inline(__always) func listens(_ pod: PodID, _ transport: IPProtocol, _ port: UInt16) -> Bool {
    index.state.listening.holds(pod, transport, port)
  }

  /// A pod's process listens on a port from now on.
  func listen(_ pod: PodID, _ transport: IPProtocol, _ port: UInt16) {
    let object = pods[pod.index]
    index.state.listening.add(pod, transport, port, host: object.pod.spec.hostNetwork ? object.node : .none)
  }

  /// The host-network pod that was the first to ask for a port of a node.
  @inline(__always) func listener(on node: NodeID, _ transport: IPProtocol, _ port: UInt16) -> PodID? {
    index.state.listening.first(on: node, transport, port)
  }

  /// The host-network pod that has a port of its node when another does not run.
  @inline(__always) func listener(behind pod: PodID, _ transport: IPProtocol, _ port: UInt16) -> PodID? {
    index.state.listening.next(pod, transport, port)
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
    let own = index.state.nodeAddresses[target.index]
    let address = addresses[tuple.source].family == .ipv4 ? own.ipv4 : own.ipv6
    return address.isNone ? nil : (address, port)
  }

  /// The node that a balancer gives a new flow to.
  func pickTarget(
    _ id: BalancerID, _ balancer: inout BalancerState, _ tuple: FlowTuple, flow: UInt64, seed: UInt64,
    algorithm: LoadBalancerParameters.Algorithm
  ) -> NodeID {
    guard !targets.isEmpty else { return .none }
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
        let load = index.state.connectionsAt.find(UInt64(id.rawValue) << 32 | UInt64(targets[k].rawValue)) ?? 0
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

  func addNodeAddresses(_ ipv4: AddressID, _ ipv6: AddressID) { index.state.nodeAddresses.append((ipv4, ipv6)) }

  // MARK: Destinations and backends

  /// Says what the next workload is addressed to.
  func addTarget(_ target: WorkloadTarget) { index.state.targets.append(target) }

  /// Where a client of a workload connects to now; nil when there is no address.
  func destination(
    _ workload: WorkloadID, _ place: Place, client: ClientID, _ addresses: AddressTable
  ) -> (address: AddressID, port: UInt16)? {
    // Field by field: a copy of the whole would count references for every request.
    if let headless = index.state.targets[workload.index].headless { return endpoint(of: headless, client, addresses) }
    if place == .outside {
      if let socket = index.state.targets[workload.index].balancerAddress {
        return (addresses.intern(socket.address), socket.port)
      }
      if let nodePort = index.state.targets[workload.index].nodePort, !nodes.isEmpty {
        // Clients know the nodes' addresses and spread over them.
        let node = index.state.nodeAddresses[Int(clientOrdinals[client.index]) % nodes.count]
        return node.ipv4.isNone ? node.ipv6.isNone ? nil : (node.ipv6, nodePort) : (node.ipv4, nodePort)
      }
    }
    guard let socket = index.state.targets[workload.index].insideAddress else { return nil }
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

  /// A pod's name, or the address by which a given slice knows it.
  func name(of pod: PodID) -> String {
    let object = pods[pod.index]
    return object.isObject ? object.pod.metadata.namespacedName.description : object.pod.metadata.name
  }

  /// The row of a workload's Service port in a family; `none` when it is addressed to no Service.
  func row(of workload: WorkloadID, _ family: IPFamily) -> ServicePortID {
    for place in index.state.targets[workload.index].rows.indices {
      let row = index.state.targets[workload.index].rows[place]
      if !row.isNone, rowFamilies[row.index] == family { return row }
    }
    return .none
  }

  /// The rows of a workload's Service port, one a family.
  func rows(of workload: WorkloadID) -> [ServicePortID] { index.state.targets[workload.index].rows }

  /// The families of the log's rows, by `ServicePortID`.
  var rowFamilies: [IPFamily] = []

  /// The backend row of an endpoint of a Service port, made now if it is new.
  ///
  /// - Parameter pod: the pod or server that listens there, or `none`.
  func backend(
    of row: ServicePortID, _ address: AddressID, _ port: UInt16, _ pod: PodID, _ addresses: AddressTable
  ) -> BackendID {
    let key = KeyPair(UInt64(row.rawValue) << 32 | UInt64(address.rawValue), UInt64(port))
    if let known = index.state.backendIDs.find(key) { return BackendID(rawValue: known) }
    let id = BackendID(index: backends.count)
    index.state.backendIDs.insert(key, id.rawValue)
    let isObject = !pod.isNone && pods[pod.index].isObject
    backends.append(
      Inventory.Backend(
        servicePort: row, endpoint: SocketAddress(addresses[address], port), pod: isObject ? pod : .none,
        node: pod.isNone ? .none : pods[pod.index].node))
    return id
  }

  /// The host-network pod of a name on a node.
  func hostPod(_ name: NamespacedName, on node: NodeID) -> PodID? {
    pods.lastIndex {
      $0.isObject && $0.node == node && $0.pod.spec.hostNetwork && $0.pod.metadata.namespacedName == name
    }.map { PodID(index: $0) }
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
}
