// SPDX-License-Identifier: GPL-3.0-or-later

/// What a rule does with a packet that meets its matches.
///
/// Source of the options: iptables-extensions(8), version 1.8.
public enum IPTablesTarget: Hashable, Sendable {
  /// `-j CHAIN`.
  case jump(String)
  /// `-g CHAIN`: does not come back here.
  case goto(String)
  /// `-j RETURN`.
  case `return`
  /// `-j ACCEPT`.
  case accept
  /// `-j DROP`.
  case drop
  /// `-j REJECT --reject-with`; nil where the text leaves the default, port unreachable.
  case reject(with: String?)
  /// `-j DNAT --to-destination`.
  case dnat(NATRange)
  /// `-j SNAT --to-source`.
  case snat(NATRange)
  /// `-j MASQUERADE`.
  case masquerade(toPorts: ClosedRange<UInt16>?, flags: NATFlags)
  /// `-j REDIRECT --to-ports`.
  case redirect(toPorts: ClosedRange<UInt16>?, flags: NATFlags)
  /// `-j MARK`, as the operation `mark = (mark & ~mask) ^ value` and the words it was written in.
  case mark(MarkOperation)
  /// `-j CONNMARK --save-mark`, `--restore-mark` or `--set-…`.
  case connectionMark(ConnectionMarkOperation)
  /// `-j NOTRACK`.
  case notrack
  /// `-j CT` with its options as text; `--notrack` does what NOTRACK does, others pass the packet on.
  case conntrack(String)
  /// `-j LOG` with its options as written; passes the packet on.
  case log(String)
  /// `-j NFLOG` with its options as written; passes the packet on.
  case nflog(String)
  /// Anything else: its words as written. An error only where a walked packet reaches it.
  case unmodelled(String)

  /// The addresses and ports of DNAT and SNAT.
  public struct NATRange: Hashable, Sendable {
    /// First and last address; nil when only ports are given.
    public var addresses: ClosedRange<Address>?
    /// First and last port; nil when the port stays (DNAT) or is chosen (SNAT).
    public var ports: ClosedRange<UInt16>?
    /// `--random` and the like.
    public var flags: NATFlags

    /// Makes a range.
    public init(addresses: ClosedRange<Address>?, ports: ClosedRange<UInt16>?, flags: NATFlags = []) {
      self.addresses = addresses
      self.ports = ports
      self.flags = flags
    }

    /// A single address and port.
    public init(_ socket: SocketAddress) {
      self.init(addresses: socket.address...socket.address, ports: socket.port...socket.port)
    }
  }

  /// Options of the NAT targets.
  public struct NATFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits.
    public let rawValue: UInt8
    /// Wraps bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `--random`.
    public static let random = NATFlags(rawValue: 1)
    /// `--random-fully`.
    public static let randomFully = NATFlags(rawValue: 2)
    /// `--persistent`.
    public static let persistent = NATFlags(rawValue: 4)
  }

  /// A change of the packet's mark: `mark = (mark & ~mask) ^ value`.
  ///
  /// Source: net/netfilter/xt_mark.c, mark_tg.
  public struct MarkOperation: Hashable, Sendable {
    /// How it was written.
    public var spelling: Spelling
    /// The value as written.
    public var operand: UInt32
    /// The mask as written, for `set-mark` and `set-xmark` with one.
    public var operandMask: UInt32?

    /// The options of MARK.
    public enum Spelling: String, Hashable, Sendable {
      case setMark = "--set-mark"
      case setXMark = "--set-xmark"
      case and = "--and-mark"
      case or = "--or-mark"
      case xor = "--xor-mark"
    }

    /// Makes an operation.
    public init(_ spelling: Spelling, _ operand: UInt32, mask: UInt32? = nil) {
      self.spelling = spelling
      self.operand = operand
      operandMask = mask
    }

    /// The kernel's value and mask (extensions/libxt_MARK.c).
    public var kernel: (value: UInt32, mask: UInt32) {
      switch spelling {
      case .setMark: (operand, (operandMask ?? .max) | operand)
      case .setXMark: (operand, operandMask ?? .max)
      case .and: (0, ~operand)
      case .or: (operand, operand)
      case .xor: (operand, 0)
      }
    }
  }

  /// What CONNMARK does.
  public enum ConnectionMarkOperation: Hashable, Sendable {
    /// `ctmark = (ctmark & ~mask) ^ value`.
    case set(value: UInt32, mask: UInt32)
    /// `ctmark = (ctmark & ~ctmask) ^ (mark & nfmask)`.
    case save(nfmask: UInt32, ctmask: UInt32)
    /// `mark = (mark & ~nfmask) ^ (ctmark & ctmask)`.
    case restore(nfmask: UInt32, ctmask: UInt32)
  }
}
