// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Both ends of a TCP connection, in the row of its flow's number: a UDP exchange has none to fill in.
///
/// Both ends live in one row, but each is touched only by packets that reached its host.
struct TCPEnds: BitwiseCopyable {
  /// The client's end.
  var client: TCPEndpoint
  /// The server's end, once a SYN has reached a pod.
  var server: TCPEndpoint
}

/// A transport connection or UDP exchange, and what the applications at its ends are doing.
struct Flow: BitwiseCopyable {
  /// The tuple as the client sends.
  var clientTuple: FlowTuple
  /// The tuple as the server receives: translated on the way.
  var serverTuple = FlowTuple(addresses: 0, ports: 0)
  /// Where the client is.
  var clientPlace: Place
  /// The pod that accepted; `nowhere` before.
  var serverPlace = Place.nowhere
  /// Who opened it.
  var client: ClientID
  var workload: WorkloadID
  /// The request under way, or `none`.
  var request = ID<RequestSlot>.none
  /// The backend that a rule sent it to, and the first node whose rules it met.
  var backend = BackendID.none
  var firstNode = NodeID.none
  /// The load balancer it came by, and the node it picked.
  var balancer = BalancerID.none
  var balancerTarget = NodeID.none
  /// The number of the flow in the run: what its draws are keyed with.
  var number: UInt64
  /// When it was opened, and last used.
  var opened: SimTime
  var lastUsed: SimTime
  /// Bytes after which the server has the whole request, and the client the whole response.
  var requestEnd: UInt64 = 0
  var responseEnd: UInt64 = 0
  /// The response that the server is to write.
  var responseBytes: UInt32 = 0
  /// Requests sent on it.
  var served: UInt32 = 0
  /// When each end's timer event fires next; `never` when none is pending.
  var clientTimerAt = SimTime.never
  var serverTimerAt = SimTime.never
  /// The next flow that waits at the same server.
  var nextWaiting = FlowID.none
  /// The idle connection of the same pool that was used before this one.
  var nextInPool = FlowID.none
  /// What the server is doing for it.
  var service = Service.idle
  /// Whether the answer under way is an error.
  var answersError = false
  /// Whether the client still has use for it.
  var isOpenAtClient = true
  /// Whether the flow's connection was counted as a balancing decision.
  var isCounted = false
  /// Whether it is a TCP connection; a UDP exchange otherwise.
  var isTCP: Bool
  /// Bytes of requests that the server has taken in.
  var requestSeen: UInt64 = 0
  /// Whether the server has answered the request under way.
  var isAnswered = false

  /// What the server is doing for a flow.
  enum Service: UInt8, BitwiseCopyable {
    case idle, waiting, busy
  }
}

/// What a `RequestSlotID` numbers: requests that have not ended.
enum RequestSlot {}
/// A request that has not ended.
typealias RequestSlotID = ID<RequestSlot>

/// A request that has not ended.
struct PendingRequest: BitwiseCopyable {
  /// Its number in the run.
  var number: RequestID
  /// When it arrived.
  var arrival: SimTime
  var workload: WorkloadID
  var client: ClientID
  /// The flow of the attempt under way, or `none`.
  var flow = FlowID.none
  /// The backend and first node of the last attempt.
  var backend = BackendID.none
  var node = NodeID.none
  /// What its draws are keyed with.
  var key: UInt64
  /// Of a closed-loop client, which of its process's requests it is.
  var turn: UInt32
  var requestBytes: UInt32
  var responseBytes: UInt32
  var attempts: UInt16 = 0
  /// How the last attempt failed.
  var lastFailure = RequestOutcome.timeout
  /// Whether it waits in its client's queue for a connection.
  var isQueued = false
}
