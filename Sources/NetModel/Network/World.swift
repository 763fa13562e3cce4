// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The modelled world: all tables, and the one model that the engine runs.
///
/// Everything that packets touch is a row behind a typed id; what changes rarely (objects, controllers) is in
/// `ControlPlane`. Files `World+…` hold what happens, by subject; this one holds what there is.
struct World: ~Copyable {
  let seed: UInt64
  let replication: UInt32
  /// What keyed draws are keyed with: seed and replication.
  let drawSeed: UInt64
  let specification: WorldSpecification
  let tcp: TCPParameters
  let ruleCost: Int64
  /// The end of sending.
  let duration: SimTime

  // Addresses and who has them.
  let addresses: AddressTable
  var owners = Table<InternedAddress, Place>()
  let locals: LocalAddresses
  let memory: RuleMemory
  let interfaces: NodeInterfaces

  // Rules and conntrack.
  let log: ServiceLog
  let rules: CompiledRules
  let conntrack: ConntrackTable
  let parts: NodeParts

  // Rows.
  var nodes = Table<NodeRow, NodeState>()
  var pods = Table<PodRow, PodRuntime>()
  var balancers = Table<BalancerRow, BalancerState>()
  var clients = Table<ClientRow, ClientRuntime>()
  var workloads = Table<WorkloadRow, WorkloadState>()
  var links = Table<LinkRow, Link>()
  var packets = Slab<PacketRow, Packet>()
  var flows = Slab<FlowRow, Flow>()
  var ends = Table<FlowRow, TCPEnds>()
  var requests = Slab<RequestSlot, PendingRequest>()

  // Cold.
  var control: ControlPlane
  /// By node: the server at its own address that given slices name and no pod is.
  var hostServers: [PodID?] = []
  var ports = EphemeralPorts()
  var icmp = ICMPLimits()
  let recorder: Recorder
  var epochs = ShareEpochs()
  var books = Conservation()
  var packetDigest = Digest()
  var resultDigest = Digest()
  var nextRequest: UInt32 = 0
  var nextFlow: UInt64 = 0
  /// A walked packet reached a rule that is not modelled: the run stops there.
  var unmodelled: ProbeProblem?
  var pools = ConnectionPools()
}

/// A node's root namespace.
struct NodeState: BitwiseCopyable {
  /// Towards everything that is not on the node.
  var uplink: LinkID
  /// From its processes to its stack, and back.
  var processLink: LinkID
  /// Its primary addresses; `none` for a family it does not have.
  var addressIPv4 = AddressID.none
  var addressIPv6 = AddressID.none
  /// Packets that its conntrack table had no room for.
  var conntrackRefusals: UInt64 = 0
}

/// A pod as packets meet it.
struct PodRuntime: BitwiseCopyable {
  var node: NodeID
  var up: LinkID
  var down: LinkID
  var server: Server
  var condition = Condition.running
  /// Its first address; of a host-network pod its node's, which it does not own.
  var address = AddressID.none
  /// Whether its processes are in its node's root namespace.
  var isOnHost = false
  /// Whether clients run in it.
  var hasClients = false

  /// What answers at its address.
  enum Condition: UInt8, BitwiseCopyable {
    /// Its process listens.
    case running
    /// Its process is gone, its network is there: RST.
    case down
    /// The pod is gone.
    case gone
  }
}

/// A client.
struct ClientRuntime: BitwiseCopyable {
  var place: Place
  var address: AddressID
  /// Its links, when it is outside.
  var up = LinkID.none
  var down = LinkID.none
  var group: UInt32
  /// The node it is on, when it is inside.
  var node = NodeID.none
  /// The pod it runs in, if it does.
  var pod = PodID.none
  /// How often its process has ended: what an earlier process had planned is void.
  var life: UInt16 = 0
}

/// A workload.
struct WorkloadState: BitwiseCopyable {
  var firstClient: UInt32
  var clientCount: UInt32
  var arrivals: RandomStream
  var meanGap: Double
  var isPoisson: Bool
  var isClosed: Bool
  var isTCP: Bool
  var requestBytes: PreparedDistribution
  var responseBytes: PreparedDistribution
  /// The sizes when both laws are constant; 0 otherwise.
  var fixedRequestBytes: UInt32 = 0
  var fixedResponseBytes: UInt32 = 0
  var think: PreparedDistribution
  var timeout: Int64
  var retryAttempts: UInt16
  var retryBackoff: Int64
  var reuse: Reuse
  var poolSize: UInt32
  var maxRequests: UInt32
  var idle: Int64
  var maxAge: Int64
  /// Arrivals so far: the number that an arrival's draws are keyed with.
  var arrived: UInt32 = 0
  /// Rises whenever some node's rules for its Service port have changed.
  var shareVersion: UInt32 = 1

  /// How connections are used again.
  enum Reuse: UInt8, BitwiseCopyable {
    case none, keepAlive, pool
  }
}

extension World: Model {
  static func digestWord(_ event: WorldEvent) -> UInt64 { event.word }

  /// The one switch.
  mutating func handle(_ event: WorldEvent, _ scheduler: inout Scheduler<WorldEvent>) {
    switch event.kind {
    case .packet: arrive(PacketID(rawValue: event.a), &scheduler)
    case .arrival: nextArrival(WorkloadID(rawValue: event.a), &scheduler)
    case .think:
      hasThought(
        WorkloadID(rawValue: event.b), ClientID(rawValue: event.a), turn: event.c, life: event.short, &scheduler)
    case .transportTimer:
      transportTimer(FlowID(rawValue: event.a), event.b, isServer: event.small == 1, &scheduler)
    case .served: served(FlowID(rawValue: event.a), event.b, PodID(rawValue: event.c), &scheduler)
    case .requestTimeout: requestTimedOut(RequestSlotID(rawValue: event.a), event.b, &scheduler)
    case .retry: retry(RequestSlotID(rawValue: event.a), event.b, &scheduler)
    case .conntrackExpiry: conntrackExpired(ConntrackRow(rawValue: event.a), &scheduler)
    case .unreachable: giveUpOnNeighbour(PacketID(rawValue: event.a), &scheduler)
    case .scenario: perform(Int(event.a), &scheduler)
    case .kubelet: kubeletLooks(PodID(rawValue: event.a), cause: event.b, &scheduler)
    case .podStart: podStarts(PodID(rawValue: event.a), cause: event.b, &scheduler)
    case .podStop: podStops(PodID(rawValue: event.a), cause: event.b, &scheduler)
    case .reconcile: reconcile(Int(event.a), cause: event.b, &scheduler)
    case .endpointSlices: writeSlices(Int(event.a), cause: event.b, &scheduler)
    case .proxyHears:
      proxyHears(NodeID(rawValue: event.a), cause: event.b, LogPoint(rawValue: event.c), &scheduler)
    case .proxySync: proxySyncs(NodeID(rawValue: event.a), &scheduler)
    case .proxyApplied: proxyApplied(NodeID(rawValue: event.a), &scheduler)
    }
  }
}
