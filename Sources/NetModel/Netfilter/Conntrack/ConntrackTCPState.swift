// SPDX-License-Identifier: GPL-3.0-or-later

/// Conntrack's view of a TCP connection.
///
/// Source: Linux, include/uapi/linux/netfilter/nf_conntrack_tcp.h.
public enum ConntrackTCPState: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  case none, synSent, synReceived, established, finWait, closeWait, lastAck, timeWait, close, synSent2
}

/// What a segment does to the state: the kernel's transition table.
///
/// Source: Linux, net/netfilter/nf_conntrack_proto_tcp.c, `tcp_conntracks`; rows are the direction and the kind of
/// segment, columns the state before.
enum ConntrackTCPTransitions {
  /// What becomes of the entry.
  enum Step: UInt8 {
    /// The segment is let through and changes nothing.
    case ignore = 0xfe
    /// The segment is INVALID.
    case invalid = 0xff
  }

  /// The kinds of segment the table tells apart, in its order.
  enum Kind: Int {
    case syn, synAck, fin, ack, rst, none
  }

  /// Sorts a segment: RST before SYN before FIN before ACK, as `get_conntrack_index` does.
  @inline(__always) static func kind(_ flags: TCPFlags) -> Kind {
    if flags.contains(.rst) { return .rst }
    if flags.contains(.syn) { return flags.contains(.ack) ? .synAck : .syn }
    if flags.contains(.fin) { return .fin }
    return flags.contains(.ack) ? .ack : .none
  }

  /// The state after a segment, or a `Step`'s raw value.
  @inline(__always) static func next(_ state: ConntrackTCPState, isReply: Bool, _ flags: TCPFlags) -> UInt8 {
    table[(isReply ? 60 : 0) + kind(flags).rawValue * 10 + Int(state.rawValue)]
  }

  private static let ig = Step.ignore.rawValue
  private static let iv = Step.invalid.rawValue
  // Columns: none, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE, SYN_SENT2.
  private static let table: [UInt8] = [
    1, 1, ig, ig, ig, ig, ig, 1, 1, 9,  // original SYN
    iv, iv, 2, iv, iv, iv, iv, iv, iv, 2,  // original SYN-ACK
    iv, iv, 4, 4, 6, 6, 6, 7, 8, iv,  // original FIN
    3, iv, 3, 3, 5, 5, 7, 7, 8, iv,  // original ACK
    iv, 8, 8, 8, 8, 8, 8, 8, 8, 8,  // original RST
    iv, iv, iv, iv, iv, iv, iv, iv, iv, iv,  // original, no flag
    iv, 9, iv, iv, iv, iv, iv, 1, iv, 9,  // reply SYN
    iv, 2, ig, ig, ig, ig, ig, ig, ig, 2,  // reply SYN-ACK
    iv, iv, 4, 4, 6, 6, 6, 7, 8, iv,  // reply FIN
    iv, ig, 2, 3, 5, 5, 7, 7, 8, ig,  // reply ACK
    iv, 8, 8, 8, 8, 8, 8, 8, 8, 8,  // reply RST
    iv, iv, iv, iv, iv, iv, iv, iv, iv, iv,  // reply, no flag
  ]
}
