// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The rules that do not depend on any Service.
///
/// Source: pkg/proxy/iptables/proxier.go, syncProxyRules; iptablesJumpChains and iptablesKubeletJumpChains.
public enum BaseRules {
  static let ipv4Loopback = loopback(0x7f00_0000, length: 8)
  static let ipv6Loopback = Prefix(host: Address(high: 0, low: 1))
  /// Counts packets that the rule against INVALID drops.
  static let invalidDroppedCounter = "ct_state_invalid_dropped_pkts"
  /// Counts packets that come to a node port by way of localhost.
  static let localhostNodePortsCounter = "localhost_nps_accepted_pkts"

  private static func loopback(_ address: UInt32, length: Int) -> Prefix {
    Prefix(Address(ipv4: address), length: length) ?? Prefix(host: Address(ipv4: address))
  }

  /// KUBE-POSTROUTING: masquerades what is marked, and takes the mark off so that it cannot be masqueraded again.
  public static func postrouting(mark: UInt32, randomFully: Bool) -> [IPTablesRule] {
    [
      IPTablesRule([.mark(value: mark, mask: mark, negated: true)], .return),
      IPTablesRule([], .mark(.init(.xor, mark))),
      IPTablesRule(
        [.comment("kubernetes service traffic requiring SNAT")],
        .masquerade(toPorts: nil, flags: randomFully ? .randomFully : [])),
    ]
  }

  /// KUBE-MARK-MASQ: marks.
  public static func markMasquerade(mark: UInt32) -> [IPTablesRule] {
    [IPTablesRule([], .mark(.init(.or, mark)))]
  }

  /// KUBE-FIREWALL: route_localnet lets neighbours reach 127.0.0.1, which node ports on localhost need; this keeps
  /// out what was not asked for. kubelet writes the same rule.
  public static func kubeletFirewall() -> [IPTablesRule] {
    [
      IPTablesRule(
        [
          .comment("block incoming localnet connections"), .destination(ipv4Loopback, negated: false),
          .source(ipv4Loopback, negated: true),
          .connectionState([.related, .established, .dnat], negated: true, legacy: false),
        ], .drop)
    ]
  }

  /// KUBE-FORWARD: drops what conntrack calls INVALID (it would escape translation and reset connections), lets through
  /// what is marked and what belongs to known connections.
  public static func forward(mark: UInt32, dropsInvalid: Bool, countsInvalid: Bool) -> [IPTablesRule] {
    var rules: [IPTablesRule] = []
    if dropsInvalid {
      var matches: [IPTablesMatch] = [.connectionState(.invalid, negated: false, legacy: false)]
      if countsInvalid { matches.append(.nfacct(invalidDroppedCounter)) }
      rules.append(IPTablesRule(matches, .drop))
    }
    rules.append(
      IPTablesRule(
        [.comment("kubernetes forwarding rules"), .mark(value: mark, mask: mark, negated: false)], .accept))
    rules.append(
      IPTablesRule(
        [
          .comment("kubernetes forwarding conntrack rule"),
          .connectionState([.related, .established], negated: false, legacy: false),
        ], .accept))
    return rules
  }

  /// The last rules of KUBE-SERVICES: whatever else is meant for this node may be for a node port.
  public static func nodePorts(_ door: NodePortDoor, family: IPFamily, localhost: Bool) -> [IPTablesRule] {
    let reason = IPTablesMatch.comment(
      "kubernetes service nodeports; NOTE: this must be the last rule in this chain")
    switch door {
    case .everyLocalAddress:
      var matches = [reason, .addressType(.destination, .local, negated: false)]
      switch family {
      case .ipv6: matches.append(.destination(ipv6Loopback, negated: true))
      case .ipv4: if !localhost { matches.append(.destination(ipv4Loopback, negated: true)) }
      }
      return [IPTablesRule(matches, .jump(ChainNames.nodePorts))]
    case .addresses(let addresses):
      return addresses.filter { !$0.isLoopback || family == .ipv4 && localhost }.map {
        IPTablesRule([reason, .destination(Prefix(host: $0), negated: false)], .jump(ChainNames.nodePorts))
      }
    }
  }

  /// The jumps from the built-in chains, top down as they stand after a sync on clean hooks: kube-proxy puts each at
  /// the top of its chain, so the last one added comes first.
  public static func hookJumps() -> [(table: String, hook: String, rules: [IPTablesRule])] {
    let new = IPTablesMatch.connectionState(.new, negated: false, legacy: false)
    let firewall = IPTablesRule([new, .comment("kubernetes load balancer firewall")], .jump(ChainNames.proxyFirewall))
    let external = IPTablesRule(
      [new, .comment("kubernetes externally-visible service portals")], .jump(ChainNames.externalServices))
    let portals = IPTablesRule([new, .comment("kubernetes service portals")], .jump(ChainNames.services))
    let healthChecks = IPTablesRule(
      [.comment("kubernetes health check service ports")], .jump(ChainNames.nodePorts))
    let forwarding = IPTablesRule([.comment("kubernetes forwarding rules")], .jump(ChainNames.forward))
    let kubelet = IPTablesRule([], .jump(ChainNames.kubeletFirewall))
    let natPortals = IPTablesRule([.comment("kubernetes service portals")], .jump(ChainNames.services))
    let natPostrouting = IPTablesRule([.comment("kubernetes postrouting rules")], .jump(ChainNames.postrouting))
    return [
      ("filter", "INPUT", [kubelet, firewall, healthChecks, external]),
      ("filter", "FORWARD", [firewall, forwarding, portals, external]),
      ("filter", "OUTPUT", [kubelet, firewall, portals]),
      ("nat", "PREROUTING", [natPortals]),
      ("nat", "OUTPUT", [natPortals]),
      ("nat", "POSTROUTING", [natPostrouting]),
    ]
  }
}
