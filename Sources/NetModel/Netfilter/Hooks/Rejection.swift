// SPDX-License-Identifier: GPL-3.0-or-later

/// The answer that REJECT sends.
///
/// Source: iptables-extensions(8), REJECT; net/ipv4/netfilter/ipt_REJECT.c and ip6t_REJECT.c.
public enum Rejection: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  case portUnreachable
  case networkUnreachable
  case hostUnreachable
  case protocolUnreachable
  case networkProhibited
  case hostProhibited
  case adminProhibited
  case noRoute
  case addressUnreachable
  case policyFail
  case rejectRoute
  case tcpReset

  /// The names that `--reject-with` takes, the one that is printed first.
  public static func names(_ family: IPFamily) -> [(String, Rejection)] {
    switch family {
    case .ipv4:
      [
        ("icmp-port-unreachable", .portUnreachable), ("icmp-net-unreachable", .networkUnreachable),
        ("icmp-host-unreachable", .hostUnreachable), ("icmp-proto-unreachable", .protocolUnreachable),
        ("icmp-net-prohibited", .networkProhibited), ("icmp-host-prohibited", .hostProhibited),
        ("icmp-admin-prohibited", .adminProhibited), ("tcp-reset", .tcpReset), ("net-unreach", .networkUnreachable),
        ("host-unreach", .hostUnreachable), ("proto-unreach", .protocolUnreachable),
        ("port-unreach", .portUnreachable), ("net-prohib", .networkProhibited), ("host-prohib", .hostProhibited),
        ("admin-prohib", .adminProhibited), ("tcp-rst", .tcpReset),
      ]
    case .ipv6:
      [
        ("icmp6-port-unreachable", .portUnreachable), ("icmp6-no-route", .noRoute),
        ("icmp6-adm-prohibited", .adminProhibited), ("icmp6-addr-unreachable", .addressUnreachable),
        ("icmp6-policy-fail", .policyFail), ("icmp6-reject-route", .rejectRoute), ("tcp-reset", .tcpReset),
        ("no-route", .noRoute), ("adm-prohibited", .adminProhibited), ("addr-unreach", .addressUnreachable),
        ("port-unreach", .portUnreachable), ("policy-fail", .policyFail), ("reject-route", .rejectRoute),
      ]
    }
  }

  /// Reads what stands after `--reject-with`; nil for a name the family does not have.
  public init?(_ text: String, family: IPFamily) {
    guard let known = Rejection.names(family).first(where: { $0.0 == text }) else { return nil }
    self = known.1
  }

  /// The name as `iptables-save` prints it.
  public func name(_ family: IPFamily) -> String {
    Rejection.names(family).first { $0.1 == self }?.0 ?? "icmp-port-unreachable"
  }
}
