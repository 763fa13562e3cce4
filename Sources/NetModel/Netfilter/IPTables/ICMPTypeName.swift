// SPDX-License-Identifier: GPL-3.0-or-later

/// What `--icmp-type` names: a type and a range of codes.
///
/// Source: iptables/extensions/libxt_icmp.h, `icmp_codes` and `icmpv6_codes`; `any` is type 255 for IPv4.
struct ICMPTypeName: Hashable {
  /// The type; 256 for any.
  let type: UInt16
  let codes: ClosedRange<UInt8>

  init?(_ text: String, family: IPFamily) {
    if let known = ICMPTypeName.names(family).first(where: { $0.0 == text }) {
      type = known.1
      codes = known.2
      return
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let number = RuleNumber.unsigned(parts[0], max: 255) else { return nil }
    if parts.count == 2 {
      guard let code = RuleNumber.unsigned(parts[1], max: 255) else { return nil }
      codes = UInt8(code)...UInt8(code)
    } else {
      codes = 0...255
    }
    type = family == .ipv4 && number == 255 ? 256 : UInt16(number)
  }

  /// As `iptables-save` prints it: always a number (libxt_icmp.h, `save_icmp_header`).
  func saveText(family: IPFamily) -> String {
    if type == 256 { return "any" }
    return codes == 0...255 ? "\(type)" : "\(type)/\(codes.lowerBound)"
  }

  private static func names(_ family: IPFamily) -> [(String, UInt16, ClosedRange<UInt8>)] {
    switch family {
    case .ipv4:
      [
        ("any", 256, 0...255), ("echo-reply", 0, 0...255), ("pong", 0, 0...255),
        ("destination-unreachable", 3, 0...255), ("network-unreachable", 3, 0...0), ("host-unreachable", 3, 1...1),
        ("protocol-unreachable", 3, 2...2), ("port-unreachable", 3, 3...3), ("fragmentation-needed", 3, 4...4),
        ("source-quench", 4, 0...255), ("redirect", 5, 0...255), ("echo-request", 8, 0...255), ("ping", 8, 0...255),
        ("time-exceeded", 11, 0...255), ("ttl-exceeded", 11, 0...255), ("parameter-problem", 12, 0...255),
        ("timestamp-request", 13, 0...255), ("timestamp-reply", 14, 0...255),
      ]
    case .ipv6:
      [
        ("destination-unreachable", 1, 0...255), ("no-route", 1, 0...0), ("communication-prohibited", 1, 1...1),
        ("address-unreachable", 1, 3...3), ("port-unreachable", 1, 4...4), ("packet-too-big", 2, 0...255),
        ("time-exceeded", 3, 0...255), ("ttl-exceeded", 3, 0...255), ("parameter-problem", 4, 0...255),
        ("echo-request", 128, 0...255), ("ping", 128, 0...255), ("echo-reply", 129, 0...255),
        ("pong", 129, 0...255), ("router-solicitation", 133, 0...255), ("router-advertisement", 134, 0...255),
        ("neighbour-solicitation", 135, 0...255), ("neighbor-solicitation", 135, 0...255),
        ("neighbour-advertisement", 136, 0...255), ("neighbor-advertisement", 136, 0...255),
        ("redirect", 137, 0...255),
      ]
    }
  }
}
