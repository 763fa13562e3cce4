// SPDX-License-Identifier: GPL-3.0-or-later

/// Options as words.
enum RuleText {
  static func counters(_ counters: IPTablesCounters) -> String { "[\(counters.packets):\(counters.bytes)]" }

  /// A word, in quotes where it needs them.
  ///
  /// The kernel's listing (`strict`) quotes all but letters, digits, '_' and '-' (libxtables/xtables.c,
  /// `xtables_save_string`); kube-proxy quotes what has a blank. Both read back alike.
  static func quoted(_ text: String, strict: Bool = false) -> String {
    let plain = text.utf8.allSatisfy { byte in
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): true
      case 33, 35...38, 40...47, 58...64, 91, 93...126: !strict
      default: byte >= 128 && !strict
      }
    }
    if plain && !text.isEmpty { return text }
    var result = "\""
    for character in text.unicodeScalars {
      if character == "\"" || character == "\\" || character == "'" && strict { result.unicodeScalars.append("\\") }
      result.unicodeScalars.append(character)
    }
    return result + "\""
  }

  static func not(_ negated: Bool) -> [String] { negated ? ["!"] : [] }

  /// The match that a rule's ports belong to.
  static func transportModule(_ rule: IPTablesRule) -> String {
    for case .protocol(let named?, _) in rule.matches { return CanonicalOrder.module(of: named) ?? "tcp" }
    for case .module(let name) in rule.matches where CanonicalOrder.transportModules.contains(name) { return name }
    return "tcp"
  }

  static func protocolName(_ transport: IPProtocol?) -> String {
    guard let transport else { return "all" }
    // The names of /etc/protocols that iptables prints.
    switch transport.rawValue {
    case 0: return "ip"
    case 2: return "igmp"
    case 4: return "ipencap"
    case 33: return "dccp"
    case 41: return "ipv6"
    case 47: return "gre"
    case 50: return "esp"
    case 51: return "ah"
    case 89: return "ospf"
    case 103: return "pim"
    case 112: return "vrrp"
    case 115: return "l2tp"
    case 136: return "udplite"
    default: return transport.name
    }
  }

  static func range(_ range: ClosedRange<UInt16>, _ separator: String) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)\(separator)\(range.upperBound)"
  }

  static func states(_ states: IPTablesMatch.ConnectionStates) -> String {
    // libxt_conntrack.c, print_state.
    let names: [(IPTablesMatch.ConnectionStates, String)] = [
      (.invalid, "INVALID"), (.new, "NEW"), (.related, "RELATED"), (.established, "ESTABLISHED"),
      (.untracked, "UNTRACKED"), (.snat, "SNAT"), (.dnat, "DNAT"),
    ]
    return names.filter { states.contains($0.0) }.map(\.1).joined(separator: ",")
  }

  static let addressTypeNames: [(IPTablesMatch.AddressTypes, String)] = [
    (.unspec, "UNSPEC"), (.unicast, "UNICAST"), (.local, "LOCAL"), (.broadcast, "BROADCAST"),
    (.anycast, "ANYCAST"), (.multicast, "MULTICAST"), (.blackhole, "BLACKHOLE"), (.unreachable, "UNREACHABLE"),
    (.prohibit, "PROHIBIT"),
  ]

  static let flagNames: [(TCPFlags, String)] = [
    (.fin, "FIN"), (.syn, "SYN"), (.rst, "RST"), (.psh, "PSH"), (.ack, "ACK"), (.urg, "URG"),
  ]

  static func flags(_ flags: TCPFlags) -> String {
    let names = flagNames.filter { flags.contains($0.0) }.map(\.1)
    return names.isEmpty ? "NONE" : names.joined(separator: ",")
  }

  /// A mark with its mask, which is left out when it is whole.
  static func masked(_ value: UInt32, _ mask: UInt32) -> String {
    mask == .max ? RuleNumber.hex(value) : "\(RuleNumber.hex(value))/\(RuleNumber.hex(mask))"
  }

  /// `%.11f` of threshold / 2^31, ties to even, without floating point.
  static func probability(_ threshold: UInt32) -> String {
    let (high, low) = UInt64(threshold).multipliedFullWidth(by: 100_000_000_000)
    var scaled = high << 33 | low >> 31
    let rest = low & 0x7fff_ffff
    if rest > 0x4000_0000 || rest == 0x4000_0000 && scaled & 1 == 1 { scaled += 1 }
    let digits = String(scaled % 100_000_000_000)
    return "\(scaled / 100_000_000_000)." + String(repeating: "0", count: 11 - digits.utf8.count) + digits
  }
}
