// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `ConntrackID` numbers.
public enum ConntrackRow {}
/// A conntrack entry of some node.
public typealias ConntrackID = ID<ConntrackRow>

/// One tracked connection on one node: two tuples, the one its first packet had and the one its answers have.
///
/// Without NAT the second is the first reversed; every translation is the difference between them. One cache line.
public struct ConntrackEntry: BitwiseCopyable, Sendable {
  /// The first packet's tuple, with the node in its low bits.
  public var original: FlowTuple
  /// The answers' tuple, with the node in its low bits.
  public var reply: FlowTuple
  /// When the entry goes unless a packet comes.
  public var deadline: SimTime
  /// When its expiry event fires next; `never` when none is pending.
  var eventAt: SimTime
  /// When it was made.
  public var created: SimTime
  /// The connection's mark.
  public var mark: UInt32
  /// TCP's state; `none` for other protocols.
  public var state: ConntrackTCPState
  /// What is known of it.
  public var status: Status
  /// Tells its pending expiry event from those that were overtaken.
  var eventNumber: UInt16

  /// Bits of an entry's status.
  public struct Status: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Wraps bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// An answer was seen.
    public static let seenReply = Status(rawValue: 1)
    /// Not the first to go when the table is full.
    public static let assured = Status(rawValue: 2)
    /// The source is translated.
    public static let snat = Status(rawValue: 4)
    /// The destination is translated.
    public static let dnat = Status(rawValue: 8)
  }

  /// The node it is on.
  public var node: NodeID { original.node }

  /// Where packets of the original direction are sent on to: the answers' tuple reversed.
  public var translated: FlowTuple { reply.reversed }
}

extension FlowTuple {
  /// The node in the low 24 bits, in tuples that conntrack holds.
  public var node: NodeID { NodeID(rawValue: UInt32(truncatingIfNeeded: ports) & 0xff_ffff) }

  /// The tuple as the conntrack of a node knows it.
  @inline(__always) func on(_ node: NodeID) -> FlowTuple {
    FlowTuple(addresses: addresses, ports: ports & ~0xff_ffff | UInt64(node.rawValue & 0xff_ffff))
  }

  /// The tuple without its node, as packets carry it.
  @inline(__always) var bare: FlowTuple { FlowTuple(addresses: addresses, ports: ports & ~0xff_ffff) }
}
