// SPDX-License-Identifier: GPL-3.0-or-later

/// A place on a packet's way through a host where rules run.
///
/// Source: include/uapi/linux/netfilter.h, `enum nf_inet_hooks`.
public enum Hook: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  case prerouting
  case input
  case forward
  case output
  case postrouting

  /// The built-in chain of this hook.
  public var chainName: String {
    switch self {
    case .prerouting: "PREROUTING"
    case .input: "INPUT"
    case .forward: "FORWARD"
    case .output: "OUTPUT"
    case .postrouting: "POSTROUTING"
    }
  }
}

/// A table of iptables.
public enum RuleTable: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  case raw
  case mangle
  case nat
  case filter
  case security

  /// The table's name, as in `*nat`.
  public var name: String {
    switch self {
    case .raw: "raw"
    case .mangle: "mangle"
    case .nat: "nat"
    case .filter: "filter"
    case .security: "security"
    }
  }

  /// The table of a name; nil for names the kernel does not know.
  public init?(name: String) {
    guard let table = RuleTable.allCases.first(where: { $0.name == name }) else { return nil }
    self = table
  }

  /// The hooks at which the table has a built-in chain, in the order in which `iptables-save` lists them.
  ///
  /// Source: net/ipv4/netfilter/iptable_raw.c and its siblings, `valid_hooks`.
  public var hooks: [Hook] {
    switch self {
    case .raw: [.prerouting, .output]
    case .mangle: [.prerouting, .input, .forward, .output, .postrouting]
    case .nat: [.prerouting, .input, .output, .postrouting]
    case .filter, .security: [.input, .forward, .output]
    }
  }
}

/// A part of a hook between the points where conntrack looks at the packet and where NAT rewrites it.
public enum HookPhase: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// Before conntrack: raw (priority -300).
  case untracked
  /// After conntrack, up to the NAT rules: mangle (-150) and nat (-100 for destinations), or, at INPUT and
  /// POSTROUTING, all up to nat (100 for sources).
  case translation
  /// After the translation: filter (0) and security (50); at FORWARD mangle before them.
  case filtering
}

/// Which tables run at which hook, in Linux's order, as data.
///
/// Source: include/uapi/linux/netfilter_ipv4.h, `enum nf_ip_hook_priorities`: conntrack defrag -400, raw -300,
/// conntrack -200, mangle -150, nat destination -100, filter 0, security 50, nat source 100, confirm last.
public enum Hooks {
  /// The tables of one phase of a hook, in order.
  ///
  /// INPUT's nat rules come after its filter rules, so its `filtering` is empty and `translation` holds all four.
  public static func tables(_ hook: Hook, _ phase: HookPhase) -> TableSequence {
    switch (hook, phase) {
    case (.prerouting, .untracked), (.output, .untracked): TableSequence(.raw)
    case (.prerouting, .translation), (.output, .translation), (.postrouting, .translation):
      TableSequence(.mangle, .nat)
    case (.input, .translation): TableSequence(.mangle, .filter, .security, .nat)
    case (.forward, .filtering): TableSequence(.mangle, .filter, .security)
    case (.output, .filtering): TableSequence(.filter, .security)
    case (.prerouting, .filtering), (.postrouting, .filtering), (.input, .filtering): TableSequence()
    case (.input, .untracked), (.postrouting, .untracked): TableSequence()
    case (.forward, .untracked), (.forward, .translation): TableSequence()
    }
  }
}

/// Up to eight tables in order, in one word.
public struct TableSequence: Hashable, Sendable, BitwiseCopyable, Sequence, IteratorProtocol {
  private var bits: UInt64

  init(_ first: RuleTable? = nil, _ second: RuleTable? = nil, _ third: RuleTable? = nil, _ fourth: RuleTable? = nil) {
    func code(_ table: RuleTable?, _ place: UInt64) -> UInt64 {
      table.map { (UInt64($0.rawValue) + 1) << (8 * place) } ?? 0
    }
    bits = code(first, 0) | code(second, 1) | code(third, 2) | code(fourth, 3)
  }

  /// The next table.
  public mutating func next() -> RuleTable? {
    guard bits != 0 else { return nil }
    let table = RuleTable(rawValue: UInt8(truncatingIfNeeded: bits) &- 1)
    bits >>= 8
    return table
  }
}
