// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What conntrack's table says of a TCP packet.
enum TCPTransition: Equatable, BitwiseCopyable {
  /// The connection is in this state now.
  case state(TCPTracking)
  /// Let through, changes nothing.
  case ignore
  /// INVALID to the rules.
  case invalid
}

/// Conntrack's TCP state machine.
///
/// Source: net/netfilter/nf_conntrack_proto_tcp.c, `tcp_conntracks`: rows are what the flags say, columns the states
/// NONE, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE, SYN_SENT2.
enum TCPTransitions {
  /// A column a hexadecimal digit, the first state lowest; f is invalid, e ignored, else the new state.
  @inline(__always) private static func row(_ direction: FlowDirection, _ flags: TCPFlags) -> UInt64 {
    switch (direction, kind(flags)) {
    case (_, .reset): 0x88_8888_888f
    case (_, .other): 0xff_ffff_ffff
    case (.original, .syn): 0x91_1eee_ee11
    case (.original, .synAck): 0x2f_ffff_f2ff
    case (.original, .fin), (.reply, .fin): 0xf8_7666_44ff
    case (.original, .ack): 0xf8_7755_33f3
    case (.reply, .syn): 0x9f_1fff_ff9f
    case (.reply, .synAck): 0x2e_eeee_ee2f
    case (.reply, .ack): 0xe8_7755_32ef
    }
  }

  enum Kind { case syn, synAck, fin, ack, reset, other }

  /// What counts of a packet's flags (`get_conntrack_index`).
  @inline(__always) static func kind(_ flags: TCPFlags) -> Kind {
    if flags.contains(.rst) { return .reset }
    if flags.contains(.syn) { return flags.contains(.ack) ? .synAck : .syn }
    if flags.contains(.fin) { return .fin }
    return flags.contains(.ack) ? .ack : .other
  }

  /// The table's answer.
  @inline(__always) static func next(
    _ state: TCPTracking, _ direction: FlowDirection, _ flags: TCPFlags
  ) -> TCPTransition {
    let digit = UInt8(truncatingIfNeeded: row(direction, flags) >> (4 * UInt64(state.rawValue)) & 0xf)
    if digit == 0xe { return .ignore }
    return TCPTracking(rawValue: digit).map { .state($0) } ?? .invalid
  }
}
