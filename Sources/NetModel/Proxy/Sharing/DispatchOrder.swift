// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The order of Service ports in the shared chains, with the number of rules before each, over the latest versions.
///
/// Rebuilt when a port, or whether it has endpoints, has changed since it was last asked for: O(ports).
struct DispatchOrder {
  private var serial: UInt32?
  private var before: [DispatchCounts] = []
  private var ranks: [UInt32] = []
  private var totals = (DispatchCounts(), DispatchCounts())

  /// Brings the sums up to date.
  mutating func refresh(_ log: ServiceLog, countsLocalhostNodePorts: Bool) {
    if serial == log.statusSerial, before.count == log.count { return }
    serial = log.statusSerial
    before = Array(repeating: DispatchCounts(), count: log.count)
    ranks = Array(repeating: .max, count: log.count)
    totals.0 = sum(log, .ipv4, countsLocalhostNodePorts)
    totals.1 = sum(log, .ipv6, false)
  }

  private mutating func sum(_ log: ServiceLog, _ family: IPFamily, _ countsLocalhost: Bool) -> DispatchCounts {
    var sum = DispatchCounts()
    // Ports that are gone keep their rank: a node that lags still has them.
    for (rank, id) in Self.ordered(log, family: family, at: .latest, includingGone: true).enumerated() {
      ranks[id.index] = UInt32(rank)
      before[id.index] = sum
      guard let port = log.port(id, at: .latest).value?.port else { continue }
      sum += DispatchCounts(
        port, hasEndpoints: log.endpoints(id, at: .latest).value.hasUsable, hasLocal: false,
        countsLocalhostNodePorts: countsLocalhost)
    }
    return sum
  }

  /// A port's place among all that its family ever had.
  func rank(_ port: ServicePortID) -> UInt32 { ranks[port.index] }

  func rulesBefore(_ port: ServicePortID, in chain: DispatchChain) -> Int {
    port.index < before.count ? before[port.index][chain] : 0
  }

  func ruleCount(in chain: DispatchChain, family: IPFamily) -> Int {
    family == .ipv4 ? totals.0[chain] : totals.1[chain]
  }

  /// The ports of a family that exist at a point, by namespace, name, and place in the manifest.
  static func sorted(_ log: ServiceLog, family: IPFamily, at point: LogPoint) -> [ServicePortID] {
    ordered(log, family: family, at: point, includingGone: false)
  }

  private static func ordered(
    _ log: ServiceLog, family: IPFamily, at point: LogPoint, includingGone: Bool
  ) -> [ServicePortID] {
    var found: [(name: NamespacedName, index: Int, id: ServicePortID)] = []
    for row in 0..<UInt32(log.count) {
      let id = ServicePortID(rawValue: row)
      guard log.family(of: id) == family else { continue }
      let placed = log.port(id, at: point).value
      if placed == nil, !includingGone { continue }
      found.append((log.name(of: id).service, placed?.index ?? .max, id))
    }
    found.sort { a, b in a.name != b.name ? a.name < b.name : (a.index, a.id) < (b.index, b.id) }
    return found.map(\.id)
  }
}
