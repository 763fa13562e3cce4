// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// The exact chance of each backend for the connections that clients open.
extension World {
  /// The span of fixed probabilities in which a connection meets the rules now.
  ///
  /// Connections of a workload that enter by one node are a class of their own, with that node's chances; those that a
  /// load balancer spreads are one class.
  ///
  /// - Parameter tuple: the connection as its client sends.
  mutating func epoch(
    of workload: WorkloadID, _ client: ClientID, _ tuple: FlowTuple, _ now: SimTime
  ) -> EpochID {
    let node = entryNode(client, tuple)
    let version = workloads[workload].shareVersion
    if let known = epochs.find(workload, node, version: version) { return known }
    if node.isNone {
      let shares = spreadShares(workload, tuple, now)
      return epochs.set(workload, node, version: version, unit: .none, shares: shares, now: now)
    }
    let unit = unit(control.row(of: workload, addresses[tuple.destination].family), node)
    if let known = epochs.renew(workload, node, version: version, unit: unit) { return known }
    let shares = normalised(ways(workload, tuple, from: node, Ways(self, now: now)))
    return epochs.set(workload, node, version: version, unit: unit, shares: shares, now: now)
  }

  /// The node whose rules a connection meets first; `none` when a load balancer picks it.
  private func entryNode(_ client: ClientID, _ tuple: FlowTuple) -> NodeID {
    clients[client].place == .outside ? owner(tuple.destination).node : clients[client].node
  }

  private func unit(_ row: ServicePortID, _ node: NodeID) -> RuleUnitID {
    row.isNone ? .none : rules.shared.unit(for: row, rules.node(node).view)
  }

  /// The chances of a connection that a load balancer gives to any of its targets.
  ///
  /// - Complexity: O(targets), and a walk of the rules for each kind of node not met before.
  private mutating func spreadShares(_ workload: WorkloadID, _ tuple: FlowTuple, _ now: SimTime) -> [ShareEpoch.Share] {
    let reached = owner(tuple.destination)
    guard reached.kind == .balancer else { return [] }
    var kinds: [(rules: ShareEpochs.EqualRules, node: NodeID, tuple: FlowTuple, count: Int)] = []
    var places: [ShareEpochs.EqualRules: Int] = [:]
    for node in control.targets {
      guard let door = control.nodePortDoor(reached.balancer, tuple, node, addresses) else { continue }
      let family = addresses[door.address].family
      let sets = rules.node(node)
      let equal = ShareEpochs.EqualRules(
        workload: workload, base: family == .ipv4 ? sets.ipv4 : sets.ipv6,
        unit: unit(control.row(of: workload, family), node))
      if let place = places[equal] {
        kinds[place].count += 1
        continue
      }
      places[equal] = kinds.count
      var inner = tuple
      inner.destination = door.address
      inner.destinationPort = door.port
      kinds.append((equal, node, inner, 1))
    }
    let unmet = kinds.filter { epochs.known[$0.rules] == nil }
    if !unmet.isEmpty {
      let ways = Ways(self, now: now)
      for kind in unmet { epochs.known[kind.rules] = self.ways(workload, kind.tuple, from: kind.node, ways) }
    }
    var sums: [BackendID: Double] = [:]
    for kind in kinds {
      for share in epochs.known[kind.rules] ?? [] {
        sums[share.backend, default: 0] += Double(kind.count) * share.probability
      }
    }
    return normalised(sums.keys.sorted().map { ShareEpoch.Share(backend: $0, probability: sums[$0] ?? 0) })
  }

  /// The chance of each backend for a connection that enters by a node, in backend order; what is not delivered is left
  /// out.
  private func ways(
    _ workload: WorkloadID, _ tuple: FlowTuple, from node: NodeID, _ ways: Ways
  ) -> [ShareEpoch.Share] {
    var sums: [BackendID: Double] = [:]
    var budget = ways.limit
    let entry = ProbeEntry(node: node, tuple: tuple, weight: 1, balancer: .none)
    // Where a packet meets a rule that is not modelled there is no exact share to tell; the run says so itself.
    let unexplored = try? ways.visit(self, entry, isWholeWay: true, budget: &budget) { way in
      let branch = ways.branch(way, self)
      guard branch.verdict == .deliver, let endpoint = branch.endpoint else { return }
      let backend = backend(workload, addresses.intern(endpoint.address), endpoint.port, tuple.protocol)
      sums[backend, default: 0] += branch.probability
    }
    guard unexplored == 0 else { return [] }
    return sums.keys.sorted().map { ShareEpoch.Share(backend: $0, probability: sums[$0] ?? 0) }
  }

  /// The chances among connections that are delivered.
  private func normalised(_ shares: [ShareEpoch.Share]) -> [ShareEpoch.Share] {
    let total = shares.reduce(0) { $0 + $1.probability }
    guard total > 0 else { return [] }
    return shares.map { ShareEpoch.Share(backend: $0.backend, probability: $0.probability / total) }
  }
}
