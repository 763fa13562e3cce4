// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `PacketID` numbers.
enum PacketRow {}
/// A packet on its way; the row goes when it is delivered or dropped.
typealias PacketID = ID<PacketRow>
/// What a `FlowID` numbers.
enum FlowRow {}
/// A transport connection or UDP exchange, both ends of it.
typealias FlowID = ID<FlowRow>

/// A packet on its way: one cache line.
///
/// It carries the flow it was sent for, so that a socket finds its connection without a table; the receiver still
/// compares the tuple, since a translation may have sent the packet to the wrong host.
struct Packet: BitwiseCopyable {
  /// Addresses, ports and protocol as they stand now.
  var tuple: FlowTuple
  /// The flow it was sent for, and that row's generation.
  var flow: FlowID
  var generation: UInt32
  /// TCP's numbers.
  var sequence: UInt32 = 0
  var acknowledgement: UInt32 = 0
  /// Bytes of data.
  var payload: UInt32
  /// Bytes on a link, IP header included.
  var length: UInt32
  /// Where it comes from and where it is to arrive.
  var from = Place.nowhere
  var to = Place.nowhere
  /// TCP's control bits.
  var flags = TCPFlags()
  /// What it is.
  var kind: Kind
  /// Which way it goes.
  var isFromServer: Bool
  /// Hops it may still make.
  var hopsLeft: UInt8 = 64

  /// What a packet is.
  enum Kind: UInt8, BitwiseCopyable {
    /// A TCP segment.
    case segment
    /// A UDP datagram.
    case datagram
    /// An ICMP error for the flow: port unreachable, as REJECT and closed UDP ports send it. The tuple is that of an
    /// answer to the packet in question.
    case portUnreachable
    /// An ICMP error for the flow: host unreachable.
    case hostUnreachable

    /// Whether it is an ICMP error.
    @inline(__always) var isError: Bool { self == .portUnreachable || self == .hostUnreachable }
  }
}
