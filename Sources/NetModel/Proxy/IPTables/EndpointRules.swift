// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// The choice among endpoints, and each endpoint's translation: KUBE-SVC, KUBE-SVL, KUBE-SEP.
extension ServicePortWriter {
  /// The chains that choose an endpoint, and a chain for every endpoint that can be reached.
  mutating func writeEndpointChains() {
    writeEndpointChains(of: [.cluster, .local], for: plan.endpoints.reachable)
  }

  /// The part of this that only topology tells apart among nodes: KUBE-SVC and the chains of its endpoints.
  mutating func writeClusterEndpointChains() {
    writeEndpointChains(of: [.cluster], for: plan.endpoints.cluster)
  }

  /// The rest: KUBE-SVL, and the chains of endpoints that only it can reach.
  mutating func writeLocalEndpointChains() {
    writeEndpointChains(of: [.local], for: plan.endpoints.local.filter { !plan.endpoints.cluster.contains($0) })
  }

  private mutating func writeEndpointChains(
    of policies: [ServicePlan.PolicyChain], for endpoints: [ServiceEndpoint]
  ) {
    let endpointNames = endpoints.map { names.endpoint($0.socket) }
    for policy in policies {
      switch policy {
      case .cluster:
        if plan.usesClusterPolicyChain { writePolicyChain(policy, plan.endpoints.cluster, endpoints, endpointNames) }
      case .local:
        if plan.usesLocalPolicyChain { writePolicyChain(policy, plan.endpoints.local, endpoints, endpointNames) }
      }
    }
    for (endpoint, name) in zip(endpoints, endpointNames) { writeEndpointChain(endpoint, name) }
  }

  /// KUBE-SVC or KUBE-SVL: those who were here before go back to their endpoint, all others draw one.
  private mutating func writePolicyChain(
    _ policy: ServicePlan.PolicyChain, _ endpoints: [ServiceEndpoint], _ named: [ServiceEndpoint],
    _ knownNames: [String]
  ) {
    var written: [IPTablesRule] = []
    written.reserveCapacity(endpoints.count * (port.affinitySeconds == nil ? 1 : 2) + 1)
    if policy == plan.internalTrafficChain, let masquerade = clusterIPMasquerade() { written.append(masquerade) }
    // Most endpoints of a policy have been named already, and stand in the same order there.
    var chains: [String] = []
    chains.reserveCapacity(endpoints.count)
    var n = 0
    for endpoint in endpoints {
      let known = named[n...].firstIndex(of: endpoint)
      chains.append(known.map { knownNames[$0] } ?? names.endpoint(endpoint.socket))
      if let known { n = known + 1 }
    }
    let comments: [IPTablesMatch?] =
      isLargeCluster
      ? Array(repeating: nil, count: endpoints.count) : endpoints.map { comment("-> \($0.socket)") }
    if let seconds = port.affinitySeconds {
      for (comment, chain) in zip(comments, chains) {
        let seen = IPTablesMatch.recent(.init(name: chain, operation: .check, seconds: seconds, reap: true))
        written.append(IPTablesRule((comment.map { [$0] } ?? []) + [seen], .jump(chain)))
      }
    }
    for (i, chain) in chains.enumerated() {
      var matches = comments[i].map { [$0] } ?? []
      if i + 1 < chains.count, let probability = EndpointProbability.of(oneIn: chains.count - i) {
        matches.append(.statisticRandom(probability, negated: false))
      }
      written.append(IPTablesRule(matches, .jump(chain)))
    }
    rules.append(chain: names.chain(policy), written)
  }

  /// KUBE-SEP: masquerades an endpoint that calls itself, and translates the destination.
  private mutating func writeEndpointChain(_ endpoint: ServiceEndpoint, _ name: String) {
    let reason: [IPTablesMatch] = isLargeCluster ? [] : [.comment(port.text)]
    let hairpin = reason + [.source(Prefix(host: endpoint.socket.address), negated: false)]
    var translation = reason
    if port.affinitySeconds != nil { translation.append(.recent(.init(name: name, operation: .set))) }
    translation += protocolMatches
    rules.append(
      chain: name,
      [
        IPTablesRule(hairpin, .jump(ChainNames.markMasquerade)),
        IPTablesRule(translation, .dnat(IPTablesTarget.NATRange(endpoint.socket))),
      ])
  }
}

/// The probabilities in KUBE-SVC chains.
///
/// Source: pkg/proxy/iptables/proxier.go, computeProbability: `%0.10f` of 1/n.
public enum EndpointProbability {
  private static let known: [IPTablesMatch.Probability?] = (1...1024).map { .init(text: text(oneIn: $0)) }

  /// One in `n`, as text and as the kernel's threshold.
  public static func of(oneIn n: Int) -> IPTablesMatch.Probability? {
    n >= 1 && n <= known.count ? known[n - 1] : .init(text: text(oneIn: n))
  }

  /// The double nearest to 1/n with ten decimals, correctly rounded, ties to even, as C and Go print it.
  static func text(oneIn n: Int) -> String {
    precondition(n >= 1, "one in none")
    let value = 1 / Double(n)
    // value = significand · 2^-shift exactly, and significand · 10^10 < 2^53 · 2^34.
    let shift = 52 - Int(value.exponent)
    let scaled = (UInt128(value.significandBitPattern) | 1 << 52) * 10_000_000_000
    var digits = scaled >> shift
    let rest = scaled & (1 << UInt128(shift) - 1)
    let half = UInt128(1) << (shift - 1)
    if rest > half || rest == half && digits & 1 == 1 { digits += 1 }
    let text = String(digits)
    if digits >= 10_000_000_000 { return text.prefix(text.count - 10) + "." + text.suffix(10) }
    return "0." + String(repeating: "0", count: 10 - text.count) + text
  }
}
