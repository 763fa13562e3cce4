// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// From a packet's destination to the units it can meet.
extension SharedRules {
  /// The `index`-th unit, in the chain's order, whose rules in a shared chain could match a packet on a node; nil after
  /// the last. With it, how many rules of other Services stand before its own, as `rulesBefore` counts them.
  ///
  /// A unit may turn out to have no rule in the chain, or none that matches; every other unit is sure to have none.
  public func place(
    _ index: Int, in chain: DispatchChain, family: IPFamily, _ protocol: IPProtocol, _ destination: AddressID,
    _ port: UInt16, _ view: NodeView
  ) -> (unit: RuleUnitID, rulesBefore: Int)? {
    find(index, in: chain, family: family, `protocol`, destination, port, view).place
  }

  /// What `place` finds, and from which points on every node finds the same; no points when nodes may differ.
  func find(
    _ index: Int, in chain: DispatchChain, family: IPFamily, _ protocol: IPProtocol, _ destination: AddressID,
    _ port: UInt16, _ view: NodeView
  ) -> (place: (unit: RuleUnitID, rulesBefore: Int)?, since: (services: LogPoint, endpoints: LogPoint)?) {
    if seenChanges != log.changes.count || !log.isSettled { catchUp() }
    refreshOrder()
    let hasAddresses =
      switch chain {
      case .natServices, .filterServices, .filterExternalServices, .filterProxyFirewall: true
      case .natNodePorts, .filterNodePorts: false
      }
    let byAddress = hasAddresses ? doors.first(destination, `protocol`, port) : DoorIndex.end
    let hasNodePorts = !hasAddresses || chain == .filterExternalServices
    let byNodePort = hasNodePorts ? doors.first(.none, `protocol`, port) : DoorIndex.end
    // One candidate is the rule, and then most is known at once.
    var candidates = 0
    var only = ServicePortID.none
    for side in 0..<2 {
      var at = side == 0 ? byAddress : byNodePort
      while at != DoorIndex.end {
        let entry = doors.entry(at)
        at = entry.next
        guard log.family(of: entry.port) == family else { continue }
        candidates += 1
        only = entry.port
      }
    }
    let always = (services: LogPoint.start, endpoints: LogPoint.start)
    if candidates == 0 || candidates == 1 && index > 0 { return (nil, always) }
    if candidates == 1 {
      let unit = self.unit(for: only, view)
      if unit.isNone { return (nil, nil) }
      let known = latest[only.index]
      return (
        (unit, order.rulesBefore(only, in: chain)), known.unit == unit ? (known.services, known.endpoints) : nil
      )
    }
    // Of several the next in order is looked for anew each time rather than sorted.
    var last: UInt64 = 0
    var found: RuleUnitID = .none
    var foundPort: ServicePortID = .none
    for _ in 0...index {
      var best = UInt64.max
      var bestUnit = RuleUnitID.none
      var bestPort = ServicePortID.none
      for side in 0..<2 {
        var at = side == 0 ? byAddress : byNodePort
        while at != DoorIndex.end {
          let entry = doors.entry(at)
          at = entry.next
          let rank = UInt64(order.rank(entry.port)) + 1
          guard rank > last, rank < best, log.family(of: entry.port) == family else { continue }
          let unit = self.unit(for: entry.port, view)
          if unit.isNone { continue }
          (best, bestUnit, bestPort) = (rank, unit, entry.port)
        }
      }
      if bestUnit.isNone { return (nil, nil) }
      last = best
      found = bestUnit
      foundPort = bestPort
    }
    return ((found, order.rulesBefore(foundPort, in: chain)), nil)
  }

  /// Calls `body` with each port that ever had this address and port as a door, oldest first.
  public func forEachPort(
    at address: AddressID, _ protocol: IPProtocol, _ port: UInt16, _ body: (ServicePortID) -> Void
  ) {
    if seenChanges != log.changes.count || !log.isSettled { catchUp() }
    var at = doors.first(address, `protocol`, port)
    while at != DoorIndex.end {
      let entry = doors.entry(at)
      body(entry.port)
      at = entry.next
    }
  }

  /// Calls `body` with each port that ever had this node port, oldest first; `family` tells them apart.
  public func forEachPort(nodePort: UInt16, _ protocol: IPProtocol, _ body: (ServicePortID) -> Void) {
    forEachPort(at: .none, `protocol`, nodePort, body)
  }

  func addDoors(of id: ServicePortID) {
    // A node may still be at any version that is kept, not just at the last.
    for case let port? in log.portVersions(id) {
      let transport = port.name.protocol
      doors.add(id, addresses.intern(port.clusterIP), transport, port.port)
      for address in port.externalIPs + port.loadBalancerVIPs {
        doors.add(id, addresses.intern(address), transport, port.port)
      }
      if let nodePort = port.nodePort { doors.add(id, .none, transport, nodePort) }
      if let healthCheck = port.healthCheckNodePort { doors.add(id, .none, .tcp, healthCheck) }
    }
  }
}
