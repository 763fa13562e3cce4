// SPDX-License-Identifier: GPL-3.0-or-later

/// A rule's matches in the order in which the kernel holds, compares and lists them.
///
/// Addresses, interfaces and protocol stand in the rule's head and come first; each `-m` follows in the order in
/// which it was loaded, the protocol's own match at its `-m tcp` or its first option.
/// Source: iptables/xshared.c, `save_ipv4_addr` and `print_rule4`; net/ipv4/netfilter/ip_tables.c, `ip_packet_match`.
struct CanonicalOrder {
  /// `-s`, `-d`, `-i`, `-o`, `-p`, as far as given.
  var head: [IPTablesMatch] = []
  /// The loaded matches.
  var groups: [Group] = []

  /// The options of one `-m`.
  struct Group {
    var module: String
    var matches: [IPTablesMatch]
    /// Whether the module was named before any option of it.
    var isTransport = false
  }

  init(_ rule: IPTablesRule) {
    var transportGroup: Int?
    var transport = "tcp"
    for case .protocol(let named?, _) in rule.matches { transport = CanonicalOrder.module(of: named) ?? transport }
    for place in 0..<5 {
      for match in rule.matches where CanonicalOrder.headPlace(match) == place { head.append(match) }
    }
    var mayMerge = false
    for match in rule.matches where CanonicalOrder.headPlace(match) == nil {
      if case .module(let name) = match {
        if CanonicalOrder.transportModules.contains(name) {
          if transportGroup == nil {
            transportGroup = groups.count
            groups.append(Group(module: name, matches: [], isTransport: true))
          }
        } else if name != "addrtype" {
          groups.append(Group(module: name, matches: []))
        }
        mayMerge = false
        continue
      }
      if CanonicalOrder.isTransportOption(match) {
        if transportGroup == nil {
          transportGroup = groups.count
          groups.append(Group(module: transport, matches: [], isTransport: true))
        }
        if let group = transportGroup { groups[group].matches.append(match) }
      } else if case .addressType = match, mayMerge, groups.last?.module == "addrtype" {
        groups[groups.count - 1].matches.append(match)
      } else {
        groups.append(Group(module: CanonicalOrder.module(of: match), matches: [match]))
        mayMerge = true
      }
    }
    if let group = transportGroup {
      let options = groups[group].matches
      groups[group].matches = (0..<4).flatMap { place in
        options.filter { CanonicalOrder.transportPlace($0) == place }
      }
    }
    for group in groups.indices where groups[group].module == "addrtype" {
      groups[group].matches.sort { CanonicalOrder.isSource($0) && !CanonicalOrder.isSource($1) }
    }
  }

  /// All matches in order, without what only counts or comments.
  var matches: [IPTablesMatch] { head + groups.flatMap(\.matches) }

  private static func isSource(_ match: IPTablesMatch) -> Bool {
    if case .addressType(.source, _, _) = match { true } else { false }
  }

  static let transportModules: Set<String> = ["tcp", "udp", "sctp", "udplite", "dccp", "icmp", "icmp6"]

  /// The match that a protocol's own options belong to.
  static func module(of transport: IPProtocol) -> String? {
    switch transport {
    case .tcp: "tcp"
    case .udp: "udp"
    case .sctp: "sctp"
    case .icmp: "icmp"
    case .icmpv6: "icmp6"
    case IPProtocol(rawValue: 33): "dccp"
    case IPProtocol(rawValue: 136): "udplite"
    default: nil
    }
  }

  static func headPlace(_ match: IPTablesMatch) -> Int? {
    switch match {
    case .source: 0
    case .destination: 1
    case .inInterface: 2
    case .outInterface: 3
    case .protocol: 4
    case .module, .sourcePort, .destinationPort, .multiport, .comment, .addressType, .connectionState, .mark,
      .connectionMark, .statisticRandom, .statisticNth, .recent, .set, .physdev, .limit, .tcpFlags, .icmpType,
      .nfacct, .unmodelled:
      nil
    }
  }

  static func transportPlace(_ match: IPTablesMatch) -> Int {
    switch match {
    case .sourcePort: 0
    case .destinationPort: 1
    case .tcpFlags: 2
    default: 3
    }
  }

  static func isTransportOption(_ match: IPTablesMatch) -> Bool {
    switch match {
    case .sourcePort, .destinationPort, .tcpFlags, .icmpType: true
    default: false
    }
  }

  /// The name after `-m`.
  static func module(of match: IPTablesMatch) -> String {
    switch match {
    case .multiport: "multiport"
    case .comment: "comment"
    case .addressType: "addrtype"
    case .connectionState(_, _, let legacy): legacy ? "state" : "conntrack"
    case .mark: "mark"
    case .connectionMark: "connmark"
    case .statisticRandom, .statisticNth: "statistic"
    case .recent: "recent"
    case .set: "set"
    case .physdev: "physdev"
    case .limit: "limit"
    case .nfacct: "nfacct"
    case .module(let name): name
    case .source, .destination, .inInterface, .outInterface, .protocol, .sourcePort, .destinationPort, .tcpFlags,
      .icmpType, .unmodelled:
      ""
    }
  }
}
