// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What becomes of a packet at a hook.
public enum Verdict: UInt8, Hashable, Sendable, BitwiseCopyable {
  /// It goes on.
  case accept
  /// It vanishes.
  case drop
  /// It vanishes and its sender is told, see `HookResult.rejection`.
  case reject
  /// A rule with something that is not modelled was reached: the answer is unknown. See `HookResult.decisive`.
  case unmodelled
}

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

/// A translation that a rule of the nat table asks for; conntrack finds the exact ports.
public struct NATRequest: Hashable, Sendable, BitwiseCopyable {
  /// What is translated.
  public enum Kind: UInt8, Hashable, Sendable, BitwiseCopyable {
    /// No rule asked.
    case none
    /// The destination becomes `address`.
    case destination
    /// The source becomes `address`.
    case source
    /// The source becomes the address of the interface the packet leaves by.
    case masquerade
    /// The destination becomes this host: the incoming interface's first address, or loopback at OUTPUT.
    case redirect
  }
  /// What is translated.
  public var kind = Kind.none
  /// `--random`, `--random-fully`, `--persistent`.
  public var flags: IPTablesTarget.NATFlags = []
  /// Whether `minPort` and `maxPort` were given.
  public var hasPorts = false
  /// The first port allowed.
  public var minPort: UInt16 = 0
  /// The last port allowed.
  public var maxPort: UInt16 = 0
  /// The address, chosen when the rule gave a range; `none` when it stays, or is the host's to fill in.
  public var address = AddressID.none

  /// No translation.
  public init() {}
}

/// What the rules of one table, or of one phase of a hook, said.
public struct HookResult: Hashable, Sendable, BitwiseCopyable {
  /// What becomes of the packet.
  public var verdict = Verdict.accept
  /// The answer, when the verdict is `reject`.
  public var rejection = Rejection.portUnreachable
  /// Whether the packet shall not be tracked.
  public var notrack = false
  /// The translation asked for.
  public var nat = NATRequest()
  /// The packet's mark afterwards.
  public var mark: UInt32
  /// The connection's mark afterwards.
  public var connectionMark: UInt32
  /// How many rules Linux would have looked at.
  public var rulesWalked: UInt32 = 0
  /// The rule that decided: the last terminating one; `none` for a policy.
  public var decisive = RuleReference.none

  /// The result before any rule.
  public init(_ packet: PacketView) {
    mark = packet.mark
    connectionMark = packet.connectionMark
  }
}
