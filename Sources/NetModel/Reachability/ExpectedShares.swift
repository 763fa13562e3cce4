// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// What share of a workload's connections each backend is to get, exactly.
extension World {
  /// The span of fixed probabilities in which a client opens a connection now.
  mutating func epoch(of workload: WorkloadID, _ client: ClientID, _ now: SimTime) -> EpochID {
    let node = clients[client].node
    if let known = epochs.find(workload, node, version: shareVersion) { return known }
    let shares = exactShares(workload, client, now)
    return epochs.set(workload, node, version: shareVersion, shares: shares, now: now)
  }

  /// The exact chance of each backend for a connection that this client opens now.
  private func exactShares(_ workload: WorkloadID, _ client: ClientID, _ now: SimTime) -> [ShareEpoch.Share] {
    let place = clients[client].place
    guard let target = control.destination(workload, place, client: client, addresses) else { return [] }
    let tuple = FlowTuple(
      source: clients[client].address, sourcePort: 40000, destination: target.address, destinationPort: target.port,
      protocol: workloads[workload].isTCP ? .tcp : .udp)
    var entries: [ProbeEntry] = []
    switch place.kind {
    case .pod: entries = [ProbeEntry(node: pods[place.pod].node, tuple: tuple, weight: 1, balancer: .none)]
    case .node: entries = [ProbeEntry(node: place.node, tuple: tuple, weight: 1, balancer: .none)]
    case .outside:
      let reached = owner(target.address)
      if reached.kind == .balancer {
        entries = self.entries(through: reached.balancer, tuple, weight: 1)
      } else {
        // Clients spread over the nodes evenly.
        for node in nodes.ids {
          var inner = tuple
          let own = control.nodeAddresses[node.index]
          inner.destination = addresses[tuple.source].family == .ipv4 ? own.ipv4 : own.ipv6
          if !inner.destination.isNone {
            entries.append(ProbeEntry(node: node, tuple: inner, weight: 1 / Double(nodes.count), balancer: .none))
          }
        }
      }
    case .balancer, .nowhere: break
    }
    let ways = Ways(self, now: now)
    var shares: [BackendID: Double] = [:]
    var total = 0.0
    var budget = ways.limit
    for entry in entries {
      // Where a packet meets a rule that is not modelled there is no exact share to tell; the run says so itself.
      let unexplored = try? ways.visit(self, entry, isWholeWay: true, budget: &budget) { way in
        let branch = ways.branch(way, self)
        guard branch.verdict == .deliver, let endpoint = branch.endpoint else { return }
        let backend = control.backend(
          workload: workload, address: addresses.intern(endpoint.address), port: endpoint.port, addresses)
        shares[backend, default: 0] += branch.probability
        total += branch.probability
      }
      guard unexplored == 0 else { return [] }
    }
    guard total > 0 else { return [] }
    return shares.keys.sorted().map { ShareEpoch.Share(backend: $0, probability: (shares[$0] ?? 0) / total) }
  }
}
