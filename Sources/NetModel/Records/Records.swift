// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `BackendID` numbers: one endpoint of one Service port, for as long as the world lasts.
public enum BackendRow {}
/// What a `WorkloadID` numbers, in the order of the specification.
public enum WorkloadRow {}
/// What a `ClientID` numbers: clients of all groups, in the order of the specification.
public enum ClientRow {}
/// What a `RequestID` numbers: requests of a run in the order of their arrival.
public enum RequestRow {}
/// What an `EpochID` numbers: a span in which the exact probabilities of a workload's backends do not change.
public enum EpochRow {}

/// One endpoint of one Service port.
public typealias BackendID = ID<BackendRow>
/// A workload.
public typealias WorkloadID = ID<WorkloadRow>
/// A client.
public typealias ClientID = ID<ClientRow>
/// A request.
public typealias RequestID = ID<RequestRow>
/// A span with fixed exact probabilities.
public typealias EpochID = ID<EpochRow>

/// How a request ended, from the client's point of view; of a failed one, its last attempt's cause.
public enum RequestOutcome: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// The whole response arrived in time and was no error answer.
  case succeeded
  /// RST or port unreachable on connect.
  case refused
  /// RST on an established connection.
  case reset
  /// Nothing within the client's time-out.
  case timeout
  /// Host or network unreachable.
  case unreachable
  /// The server answered with an error because its queue was full.
  case overloaded
  /// No local port was left to send from.
  case portsExhausted
  /// The name could not be resolved, or the Service had no address yet.
  case dns
  /// The client's own process ended first.
  case aborted

  /// The key of `failedBy` in the summary.
  public var name: String {
    switch self {
    case .succeeded: "succeeded"
    case .refused: "refused"
    case .reset: "reset"
    case .timeout: "timeout"
    case .unreachable: "unreachable"
    case .overloaded: "overloaded"
    case .portsExhausted: "portsExhausted"
    case .dns: "dns"
    case .aborted: "aborted"
    }
  }
}

/// A request that ended. Written once, at its end.
public struct RequestRecord: BitwiseCopyable, Sendable {
  /// Its number.
  public var request: RequestID
  /// When it arrived at the client.
  public var arrival: SimTime
  /// When it ended.
  public var end: SimTime
  /// The workload.
  public var workload: WorkloadID
  /// The client.
  public var client: ClientID
  /// The backend that its last attempt was balanced to; `none` when no rule gave it one.
  public var backend: BackendID
  /// The first node whose rules its last attempt met; `none` when it met none.
  public var node: NodeID
  /// Bytes of the request and of the response that arrived.
  public var bytes: UInt32
  /// Tries made, the first one included.
  public var attempts: UInt16
  /// How it ended.
  public var outcome: RequestOutcome

  /// From arrival to end.
  public var latency: SimDuration {
    SimDuration(nanoseconds: Int64(end.nanoseconds - arrival.nanoseconds))
  }
}

/// A balancing decision: a connection or UDP flow that a rule sent to a backend.
public struct ConnectionRecord: BitwiseCopyable, Sendable {
  /// When the client opened it: the rule was met on the way of its first packet.
  public var at: SimTime
  /// The workload.
  public var workload: WorkloadID
  /// The client.
  public var client: ClientID
  /// Where it was sent.
  public var backend: BackendID
  /// The node whose rules decided.
  public var node: NodeID
  /// In which span of fixed probabilities the rule was met.
  public var epoch: EpochID
}

/// Something that happened to the cluster or in its control plane.
public struct ChangeRecord: BitwiseCopyable, Sendable {
  /// When.
  public var at: SimTime
  /// What.
  public var kind: Kind
  /// The pod concerned, or `none`.
  public var pod: PodID
  /// The node concerned, or `none`.
  public var node: NodeID
  /// The number of the scenario's event that started the chain, from 0; `UInt32.max` when none did.
  public var cause: UInt32
  /// A count whose meaning follows from the kind (endpoints now, replicas wanted).
  public var count: UInt32

  /// The kinds of change, along the chain from cause to rules.
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// A pod's processes ended.
    case podFailed
    /// A pod was asked to go (deletionTimestamp).
    case podDeleted
    /// A pod is gone.
    case podRemoved
    /// A pod object was made.
    case podCreated
    /// A pod's containers run (again).
    case podStarted
    /// The kubelet saw the change and wrote the pod's status.
    case kubeletNoticed
    /// The EndpointSlice controller wrote a slice.
    case endpointSliceWritten
    /// A node's kube-proxy applied its rules.
    case rulesApplied
    /// A controller's replica count was set.
    case scaled
  }
}

/// The exact chance of each backend in one span of time, for connections that one class of a workload's clients opens.
public struct ShareEpoch: Sendable {
  /// The workload.
  public var workload: WorkloadID
  /// From when the probabilities held.
  public var start: SimTime
  /// Backends with a chance above zero, in backend order.
  public var shares: [Share]

  /// One backend's chance.
  public struct Share: Hashable, Sendable {
    /// The backend.
    public var backend: BackendID
    /// Its probability.
    public var probability: Double

    /// Pairs a backend with its chance.
    public init(backend: BackendID, probability: Double) {
      self.backend = backend
      self.probability = probability
    }
  }

  /// States the chances of a span.
  public init(workload: WorkloadID, start: SimTime, shares: [Share]) {
    self.workload = workload
    self.start = start
    self.shares = shares
  }
}

/// Why a packet went nowhere.
public enum DropCause: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// Lost on a link.
  case loss
  /// A transmitter's queue was full.
  case queue
  /// A rule's DROP.
  case rule
  /// No route, or the host is gone.
  case noRoute
  /// Conntrack's table was full.
  case conntrackFull
  /// No SNAT port was free.
  case snatPorts
  /// Nobody waited for it: a late segment of a connection that is over.
  case stale

  /// The key in the summary.
  public var name: String {
    switch self {
    case .loss: "loss"
    case .queue: "queue"
    case .rule: "rule"
    case .noRoute: "noRoute"
    case .conntrackFull: "conntrackFull"
    case .snatPorts: "snatPorts"
    case .stale: "stale"
    }
  }
}

/// The books of a run: they balance at every instant.
public struct Conservation: Hashable, Sendable {
  /// Packets handed to a first link or hook.
  public var packetsSent: UInt64 = 0
  /// Packets that a socket took.
  public var packetsDelivered: UInt64 = 0
  /// Packets a rule answered with an error or RST.
  public var packetsRejected: UInt64 = 0
  /// Packets dropped, by cause, in the order of `DropCause.allCases`.
  public var packetsDropped = [UInt64](repeating: 0, count: DropCause.allCases.count)
  /// Packets on their way.
  public var packetsInFlight: UInt64 = 0
  /// Requests that arrived at a client.
  public var requestsSent: UInt64 = 0
  /// Requests that ended well.
  public var requestsSucceeded: UInt64 = 0
  /// Requests that failed.
  public var requestsFailed: UInt64 = 0
  /// Requests that have not ended.
  public var requestsInFlight: UInt64 = 0

  /// Makes empty books.
  public init() {}

  /// Whether what was sent is accounted for.
  public var balances: Bool {
    packetsSent == packetsDelivered + packetsRejected + packetsDropped.reduce(0, +) + packetsInFlight
      && requestsSent == requestsSucceeded + requestsFailed + requestsInFlight
  }
}
