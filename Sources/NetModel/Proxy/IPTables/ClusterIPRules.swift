// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// The cluster IP: KUBE-SERVICES in the nat table.
extension ServicePortWriter {
  /// Sends traffic to the cluster IP on to its endpoints, or refuses it.
  mutating func writeClusterIP() {
    if plan.hasInternalEndpoints {
      rules.append(
        .natServices, [comment("cluster IP")] + destination(port.clusterIP),
        .jump(names.chain(plan.internalTrafficChain)))
    } else {
      writeRefusal(plan.internalRefusal, to: .filterServices, of: destination(port.clusterIP))
    }
  }

  /// The first rule of the chain that cluster IP traffic goes to: masquerade it, unless a pod of this node sent it.
  ///
  /// With a route to the service range, others may use any node as their way in; the answer must come back here.
  func clusterIPMasquerade() -> IPTablesRule? {
    guard plan.hasInternalEndpoints else { return nil }
    var matches = [comment("cluster IP")] + destination(port.clusterIP)
    if !proxy.masqueradeAll {
      guard let notLocal = proxy.detector.ifNotLocal else { return nil }
      matches.append(notLocal)
    }
    return IPTablesRule(matches, .jump(ChainNames.markMasquerade))
  }
}
