// SPDX-License-Identifier: GPL-3.0-or-later

/// One match of a rule. A closed set: what is not modelled is `unmodelled` and keeps its text.
///
/// Source of the options: iptables-extensions(8) and iptables(8), version 1.8.
public enum IPTablesMatch: Hashable, Sendable {
  /// `-s`.
  case source(Prefix, negated: Bool)
  /// `-d`.
  case destination(Prefix, negated: Bool)
  /// `-i`; a trailing `+` matches any name with that beginning.
  case inInterface(String, negated: Bool)
  /// `-o`.
  case outInterface(String, negated: Bool)
  /// `-p`; nil for `all`.
  case `protocol`(IPProtocol?, negated: Bool)
  /// `-m NAME` written on its own, as kube-proxy writes `-m tcp` before `-p tcp`; matches everything.
  case module(String)
  /// `--sport` of tcp, udp or sctp.
  case sourcePort(ClosedRange<UInt16>, negated: Bool)
  /// `--dport` of tcp, udp or sctp.
  case destinationPort(ClosedRange<UInt16>, negated: Bool)
  /// `-m multiport --sports`, `--dports` or `--ports`.
  case multiport(MultiportSide, [ClosedRange<UInt16>], negated: Bool)
  /// `-m comment --comment`.
  case comment(String)
  /// `-m addrtype --src-type` or `--dst-type`, possibly limited to the in or out interface.
  case addressType(AddressTypeSide, AddressTypes, negated: Bool)
  /// `-m conntrack --ctstate`, or `-m state --state` (then `legacy`).
  case connectionState(ConnectionStates, negated: Bool, legacy: Bool)
  /// `-m mark --mark VALUE/MASK`.
  case mark(value: UInt32, mask: UInt32, negated: Bool)
  /// `-m connmark --mark VALUE/MASK`.
  case connectionMark(value: UInt32, mask: UInt32, negated: Bool)
  /// `-m statistic --mode random --probability`.
  case statisticRandom(Probability, negated: Bool)
  /// `-m statistic --mode nth --every N --packet P`.
  case statisticNth(every: UInt32, packet: UInt32, negated: Bool)
  /// `-m recent`.
  case recent(Recent)
  /// `-m set --match-set NAME FLAGS`.
  case set(name: String, flags: [SetFlag], negated: Bool)
  /// `-m physdev`, as its option words; a bridged packet only.
  case physdev([String])
  /// `-m limit --limit RATE --limit-burst N`; what a packet costs in ten-thousandths of a second, and the rate as
  /// written.
  case limit(period: UInt32, text: String, burst: UInt32)
  /// `-m tcp --tcp-flags MASK COMPARE`, and `--syn`.
  case tcpFlags(mask: TCPFlags, compare: TCPFlags, negated: Bool)
  /// `-m icmp --icmp-type` (or icmp6), as written.
  case icmpType(String, negated: Bool)
  /// `-m nfacct --nfacct-name`: counts, matches everything.
  case nfacct(String)
  /// Anything else: its words as written. An error only where a walked packet reaches it.
  case unmodelled(String)

  /// Which ports `multiport` looks at.
  public enum MultiportSide: String, Hashable, Sendable {
    case source = "--sports"
    case destination = "--dports"
    case either = "--ports"
  }

  /// Which address `addrtype` looks at.
  public enum AddressTypeSide: String, Hashable, Sendable {
    case source = "--src-type"
    case destination = "--dst-type"
  }

  /// Kinds of address, as the kernel's routing tells them (rtnetlink's RTN_*).
  public struct AddressTypes: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits.
    public let rawValue: UInt16
    /// Wraps bits.
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// UNSPEC.
    public static let unspec = AddressTypes(rawValue: 1 << 0)
    /// UNICAST.
    public static let unicast = AddressTypes(rawValue: 1 << 1)
    /// LOCAL: an address of this host.
    public static let local = AddressTypes(rawValue: 1 << 2)
    /// BROADCAST.
    public static let broadcast = AddressTypes(rawValue: 1 << 3)
    /// ANYCAST.
    public static let anycast = AddressTypes(rawValue: 1 << 4)
    /// MULTICAST.
    public static let multicast = AddressTypes(rawValue: 1 << 5)
    /// BLACKHOLE.
    public static let blackhole = AddressTypes(rawValue: 1 << 6)
    /// UNREACHABLE.
    public static let unreachable = AddressTypes(rawValue: 1 << 7)
    /// PROHIBIT.
    public static let prohibit = AddressTypes(rawValue: 1 << 8)
  }

  /// Conntrack's view of a packet: `--ctstate`.
  public struct ConnectionStates: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits.
    public let rawValue: UInt8
    /// Wraps bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// INVALID.
    public static let invalid = ConnectionStates(rawValue: 1 << 0)
    /// NEW.
    public static let new = ConnectionStates(rawValue: 1 << 1)
    /// ESTABLISHED.
    public static let established = ConnectionStates(rawValue: 1 << 2)
    /// RELATED.
    public static let related = ConnectionStates(rawValue: 1 << 3)
    /// UNTRACKED.
    public static let untracked = ConnectionStates(rawValue: 1 << 4)
    /// SNAT: the source was translated.
    public static let snat = ConnectionStates(rawValue: 1 << 5)
    /// DNAT: the destination was translated.
    public static let dnat = ConnectionStates(rawValue: 1 << 6)
  }

  /// A probability as written, and as the kernel holds it.
  public struct Probability: Hashable, Sendable {
    /// The text as written, for printing it back.
    public let text: String
    /// round(p · 2^31): the rule matches when 31 random bits are below it.
    /// Source: extensions/libxt_statistic.c (`lround(0x80000000 * prob)`), net/netfilter/xt_statistic.c.
    public let threshold: UInt32

    /// A probability from its text; nil unless it is a number from 0 to 1.
    public init?(text: String) {
      guard let value = Double(text), value >= 0, value <= 1 else { return nil }
      self.text = text
      threshold = UInt32((value * 0x1p31).rounded())
    }
  }

  /// `-m recent`, the list of addresses that session affinity uses.
  public struct Recent: Hashable, Sendable {
    /// The list's name.
    public var name: String
    /// What is done with it.
    public var operation: Operation
    /// `--seconds`; nil when not given.
    public var seconds: UInt32?
    /// `--hitcount`; nil when not given.
    public var hitcount: UInt32?
    /// `--reap`.
    public var reap: Bool
    /// `--rdest` instead of `--rsource`.
    public var usesDestination: Bool
    /// `!` before the operation.
    public var negated: Bool

    /// The operations of `recent`.
    public enum Operation: String, Hashable, Sendable, BitwiseCopyable {
      case set = "--set"
      case check = "--rcheck"
      case update = "--update"
      case remove = "--remove"
    }

    /// Makes the match.
    public init(
      name: String, operation: Operation, seconds: UInt32? = nil, hitcount: UInt32? = nil, reap: Bool = false,
      usesDestination: Bool = false, negated: Bool = false
    ) {
      self.name = name
      self.operation = operation
      self.seconds = seconds
      self.hitcount = hitcount
      self.reap = reap
      self.usesDestination = usesDestination
      self.negated = negated
    }
  }

  /// Which part of the packet a set is asked for.
  public enum SetFlag: String, Hashable, Sendable {
    case source = "src"
    case destination = "dst"
  }
}
