// SPDX-License-Identifier: GPL-3.0-or-later

/// The control bits of a TCP segment (RFC 9293, section 3.1).
public struct TCPFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
  /// The bits as they stand in the header.
  public let rawValue: UInt8
  /// Wraps header bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// FIN.
  public static let fin = TCPFlags(rawValue: 0x01)
  /// SYN.
  public static let syn = TCPFlags(rawValue: 0x02)
  /// RST.
  public static let rst = TCPFlags(rawValue: 0x04)
  /// PSH.
  public static let psh = TCPFlags(rawValue: 0x08)
  /// ACK.
  public static let ack = TCPFlags(rawValue: 0x10)
  /// URG.
  public static let urg = TCPFlags(rawValue: 0x20)
}
