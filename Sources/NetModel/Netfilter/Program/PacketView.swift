// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What rules can see of a packet at one hook: 40 bytes, copied freely.
public struct PacketView: Hashable, Sendable, BitwiseCopyable {
  /// Addresses, ports and protocol as they stand at this hook.
  public var tuple: FlowTuple
  /// The interface it came in by; `none` at OUTPUT and POSTROUTING of local packets.
  public var inInterface = InterfaceID.none
  /// The interface it leaves by; `none` before routing.
  public var outInterface = InterfaceID.none
  /// The packet's mark.
  public var mark: UInt32 = 0
  /// The connection's mark.
  public var connectionMark: UInt32 = 0
  /// What conntrack says: one of new, established, related, invalid, untracked, and snat or dnat where translated.
  public var state = IPTablesMatch.ConnectionStates.new
  /// The control bits, for TCP.
  public var tcpFlags = TCPFlags.syn
  /// The length in bytes.
  public var length: UInt16 = 60
  /// The ICMP type, for ICMP.
  public var icmpType: UInt8 = 0
  /// The ICMP code, for ICMP.
  public var icmpCode: UInt8 = 0

  /// Makes the first packet of a connection.
  public init(_ tuple: FlowTuple) { self.tuple = tuple }
}
