// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// External destinations: external IPs, load balancers, node ports, and the KUBE-EXT chain behind them.
extension ServicePortWriter {
  /// External IPs, one after the other.
  mutating func writeExternalIPs() {
    for address in port.externalIPs {
      if plan.hasEndpoints {
        rules.append(
          .natServices, [comment("external IP")] + destination(address), .jump(names.external))
      }
      writeExternalRefusal(of: destination(address))
    }
  }

  /// The load balancer's addresses; what source ranges refuse, and after all of them what no endpoint takes.
  mutating func writeLoadBalancerVIPs() {
    let entrance = plan.usesFirewallChain ? names.firewall : names.external
    for address in port.loadBalancerVIPs {
      if plan.hasEndpoints {
        rules.append(.natServices, [comment("loadbalancer IP")] + destination(address), .jump(entrance))
      }
      if plan.usesFirewallChain { writeFirewallDrop(address) }
    }
    for address in port.loadBalancerVIPs { writeExternalRefusal(of: destination(address)) }
  }

  /// The node port. Source ranges do not apply to it.
  mutating func writeNodePort() {
    guard let nodePort = port.nodePort else { return }
    if plan.hasEndpoints {
      if proxy.countsLocalhostNodePorts {
        // Counts what a deprecated door still lets in; the next rule would let it in just so.
        rules.append(
          .natNodePorts,
          [.comment(port.text)] + protocolMatches + [
            .destination(BaseRules.ipv4Loopback, negated: false), .destinationPort(nodePort),
            .nfacct(BaseRules.localhostNodePortsCounter),
          ], .jump(names.external))
      }
      rules.append(
        .natNodePorts, [.comment(port.text)] + protocolMatches + [.destinationPort(nodePort)], .jump(names.external))
    }
    writeExternalRefusal(
      of: [.addressType(.destination, .local, negated: false)] + protocolMatches + [.destinationPort(nodePort)])
  }

  /// The health-check node port, open whether or not there are endpoints: the answer says how many are local.
  mutating func writeHealthCheckNodePort() {
    guard let healthCheck = port.healthCheckNodePort else { return }
    rules.append(
      .filterNodePorts,
      [
        comment("health check node port"), .module(IPProtocol.tcp.name), .protocol(.tcp, negated: false),
        .destinationPort(healthCheck),
      ], .accept)
  }

  /// KUBE-EXT: masquerades what may cross nodes, short-cuts local clients of Local policy, then goes by policy.
  mutating func writeExternalChain() {
    guard plan.usesExternalTrafficChain else { return }
    var written: [IPTablesRule] = []
    switch plan.externalPolicyChain {
    case .cluster:
      written.append(
        IPTablesRule(
          [.comment("masquerade traffic for \(port.text) external destinations")], .jump(ChainNames.markMasquerade)))
    case .local:
      // A pod's traffic to an external destination behaves as if it went out to the load balancer and came back.
      if let local = proxy.detector.ifLocal {
        written.append(
          IPTablesRule(
            [.comment("pod traffic for \(port.text) external destinations"), local], .jump(names.clusterPolicy)))
      }
      // The node itself would be left with the load balancer's own address as its source.
      let fromNode = IPTablesMatch.addressType(.source, .local, negated: false)
      written.append(
        IPTablesRule(
          [.comment("masquerade LOCAL traffic for \(port.text) external destinations"), fromNode],
          .jump(ChainNames.markMasquerade)))
      written.append(
        IPTablesRule(
          [.comment("route LOCAL traffic for \(port.text) external destinations"), fromNode],
          .jump(names.clusterPolicy)))
    }
    if plan.hasExternalEndpoints {
      written.append(IPTablesRule([], .jump(names.chain(plan.externalPolicyChain))))
    }
    rules.append(chain: names.external, written)
  }
}
