// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// Source ranges of a load balancer: KUBE-FW in nat, KUBE-PROXY-FIREWALL in filter.
extension ServicePortWriter {
  /// Drops what came to a load balancer's address and was not translated, that is not let through by KUBE-FW.
  mutating func writeFirewallDrop(_ address: Address) {
    rules.append(
      .filterProxyFirewall, [comment("traffic not accepted by \(names.firewall)")] + destination(address), .drop)
  }

  /// KUBE-FW: lets the source ranges through.
  ///
  /// When a range holds the node's own address, the load balancer's addresses are let through as sources too: they are
  /// often addresses of the node, and what it sends to them then comes from them.
  mutating func writeFirewallChain() {
    guard plan.usesFirewallChain else { return }
    let reason = comment("loadbalancer IP")
    var written = port.loadBalancerSourceRanges.map {
      IPTablesRule([reason, .source($0, negated: false)], .jump(names.external))
    }
    if proxy.isAllowedByRanges(of: port) {
      for address in port.loadBalancerVIPs {
        written.append(
          IPTablesRule([reason, .source(Prefix(host: address), negated: false)], .jump(names.external)))
      }
    }
    written.append(
      IPTablesRule([.comment("other traffic to \(port.text) will be dropped by KUBE-PROXY-FIREWALL")], nil))
    rules.append(chain: names.firewall, written)
  }
}
