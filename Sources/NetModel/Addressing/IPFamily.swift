// SPDX-License-Identifier: GPL-3.0-or-later

/// An IP family, spelled as Kubernetes spells it in `ipFamilies` and `addressType`.
public enum IPFamily: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  case ipv4 = 4
  case ipv6 = 6

  /// The Kubernetes spelling, `IPv4` or `IPv6`.
  public var name: String { self == .ipv4 ? "IPv4" : "IPv6" }

  /// The number of bits of an address: 32 or 128.
  public var bits: Int { self == .ipv4 ? 32 : 128 }
}

/// A transport protocol by its IANA number: an open set, since a dump may name any of 256.
///
/// Source: https://www.iana.org/assignments/protocol-numbers.
public struct IPProtocol: RawRepresentable, Hashable, Sendable, BitwiseCopyable, Comparable {
  /// The IANA protocol number.
  public let rawValue: UInt8

  /// Wraps an IANA protocol number.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Internet Control Message Protocol (RFC 792).
  public static let icmp = IPProtocol(rawValue: 1)
  /// Transmission Control Protocol (RFC 9293).
  public static let tcp = IPProtocol(rawValue: 6)
  /// User Datagram Protocol (RFC 768).
  public static let udp = IPProtocol(rawValue: 17)
  /// ICMP for IPv6 (RFC 4443).
  public static let icmpv6 = IPProtocol(rawValue: 58)
  /// Stream Control Transmission Protocol (RFC 9260).
  public static let sctp = IPProtocol(rawValue: 132)

  /// The protocol's lower-case name as iptables prints it, or its number.
  public var name: String {
    switch self {
    case .icmp: "icmp"
    case .tcp: "tcp"
    case .udp: "udp"
    case .icmpv6: "ipv6-icmp"
    case .sctp: "sctp"
    default: String(rawValue)
    }
  }

  /// Orders protocols by their number.
  public static func < (a: IPProtocol, b: IPProtocol) -> Bool { a.rawValue < b.rawValue }
}
