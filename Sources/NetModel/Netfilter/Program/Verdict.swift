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
