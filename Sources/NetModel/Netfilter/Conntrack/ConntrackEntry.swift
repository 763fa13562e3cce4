// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `ConntrackRow` numbers.
public enum ConntrackRowKind {}
/// A row of a `ConntrackTable`. Rows are used again after an entry is gone.
public typealias ConntrackRow = ID<ConntrackRowKind>

/// A way through a connection.
public enum FlowDirection: UInt8, Hashable, Sendable, BitwiseCopyable {
  /// As the first packet went.
  case original
  /// Back.
  case reply
}

/// Where conntrack thinks a TCP connection is.
///
/// Source: include/uapi/linux/netfilter/nf_conntrack_tcp.h, `enum tcp_conntrack`; the numbers are the kernel's.
public enum TCPTracking: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  case none
  case synSent
  case synReceived
  case established
  case finWait
  case closeWait
  case lastAck
  case timeWait
  case close
  case synSent2

  /// The name in /proc/net/nf_conntrack.
  public var name: String {
    switch self {
    case .none: "NONE"
    case .synSent: "SYN_SENT"
    case .synReceived: "SYN_RECV"
    case .established: "ESTABLISHED"
    case .finWait: "FIN_WAIT"
    case .closeWait: "CLOSE_WAIT"
    case .lastAck: "LAST_ACK"
    case .timeWait: "TIME_WAIT"
    case .close: "CLOSE"
    case .synSent2: "SYN_SENT2"
    }
  }
}

/// A tracked connection on one node: one cache line.
///
/// The low 24 bits of both tuples' `ports` carry the node, so that one table serves the world.
public struct ConntrackEntry: BitwiseCopyable, Sendable {
  /// What conntrack knows besides the tuples. Source: include/uapi/linux/netfilter/nf_conntrack_common.h,
  /// `enum ip_conntrack_status`; the last two are nf_conntrack_tcp.h's CLOSE_INIT and the last RST's direction.
  public struct Status: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits.
    public let rawValue: UInt16
    /// Wraps bits.
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// An answer was seen.
    public static let seenReply = Status(rawValue: 1 << 0)
    /// Not to be dropped early.
    public static let assured = Status(rawValue: 1 << 1)
    /// The source is translated.
    public static let sourceTranslated = Status(rawValue: 1 << 2)
    /// The destination is translated.
    public static let destinationTranslated = Status(rawValue: 1 << 3)
    /// In the table.
    public static let confirmed = Status(rawValue: 1 << 4)
    /// One side began to close.
    public static let closing = Status(rawValue: 1 << 5)
    /// The last packet was a RST of the original direction.
    public static let lastResetOriginal = Status(rawValue: 1 << 6)
    /// The last packet was a RST of the reply direction.
    public static let lastResetReply = Status(rawValue: 1 << 7)
  }

  /// The first packet's tuple, before any translation.
  public internal(set) var original: FlowTuple
  /// The tuple that answers will have.
  public internal(set) var reply: FlowTuple
  /// When it ends unless a packet comes.
  public internal(set) var deadline: SimTime
  /// When its expiry event is due.
  var armed: SimTime
  /// When its first packet came.
  var begun: SimTime
  /// The connection's mark.
  public var mark: UInt32
  /// What is known.
  public internal(set) var status: Status
  /// The state, for TCP.
  public internal(set) var tcp: TCPTracking
  private var spare: UInt8 = 0

  init(original: FlowTuple, reply: FlowTuple, tcp: TCPTracking) {
    self.original = original
    self.reply = reply
    self.tcp = tcp
    deadline = .zero
    armed = .zero
    begun = .zero
    mark = 0
    status = []
  }

  /// The node that tracks it.
  public var node: NodeID { original.trackingNode }

  /// The tuple of a direction.
  public func tuple(_ direction: FlowDirection) -> FlowTuple { direction == .original ? original : reply }

  /// What a packet of this direction looks like once all translation is done: the other direction, turned round.
  @inline(__always) public func translated(_ direction: FlowDirection) -> FlowTuple {
    (direction == .original ? reply : original).reversed.withoutNode
  }

  /// The states that `--ctstate` sees, for a packet of this direction.
  @inline(__always) public func states(_ direction: FlowDirection) -> IPTablesMatch.ConnectionStates {
    var states: IPTablesMatch.ConnectionStates =
      direction == .reply || status.contains(.seenReply) ? .established : .new
    if status.contains(.sourceTranslated) { states.insert(.snat) }
    if status.contains(.destinationTranslated) { states.insert(.dnat) }
    return states
  }
}

extension ConntrackEntry {
  /// Where the client's TCP sequence numbers began: a hash of the connection's ends that moves on by one each 64 ns, so
  /// that of two connections of one client and port the later one is beyond the earlier.
  ///
  /// Source: RFC 6528; net/core/secure_seq.c, `secure_tcp_seq` and `seq_scale`. The bytes that were sent since are left
  /// out: they are few beside 2^32.
  var initialSequence: UInt32 {
    let ends = original.withoutNode
    let hash = foldedProduct(ends.addresses ^ 0x8ebc_6af0_9c88_c6e3, ends.ports ^ 0x5899_65cc_7537_4cc3)
    return UInt32(truncatingIfNeeded: hash) &+ UInt32(truncatingIfNeeded: begun.nanoseconds >> 6)
  }
}

extension FlowTuple {
  /// The node in the free bits.
  var trackingNode: NodeID { NodeID(rawValue: UInt32(truncatingIfNeeded: ports & 0xff_ffff)) }

  /// The tuple as this node's table keeps it.
  @inline(__always) func on(_ node: NodeID) -> FlowTuple {
    FlowTuple(addresses: addresses, ports: ports & ~0xff_ffff | UInt64(node.rawValue & 0xff_ffff))
  }

  /// The tuple as packets carry it.
  @inline(__always) var withoutNode: FlowTuple { FlowTuple(addresses: addresses, ports: ports & ~0xff_ffff) }
}
