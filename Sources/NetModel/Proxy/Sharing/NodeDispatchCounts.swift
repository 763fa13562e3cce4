// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How many rules the ports before each one have in the shared chains of one node, told from what it has applied.
public struct NodeDispatchCounts {
  private let view: NodeView
  private let family: IPFamily
  private let stamp: UInt64
  private var before: [DispatchCounts]
  /// The rules of all ports.
  public private(set) var total = DispatchCounts()

  /// Counts a node's rules of a family.
  ///
  /// - Complexity: O(Service ports and their endpoints).
  public init(_ shared: SharedRules, _ view: NodeView, family: IPFamily) {
    shared.log.settle()
    (self.view, self.family, stamp) = (view, family, shared.log.stamp)
    before = Array(repeating: DispatchCounts(), count: shared.log.count)
    guard let proxy = shared.proxy(of: view.node, family: family) else { return }
    for port in shared.ports(view, family: family) {
      before[port.index] = total
      guard let plan = shared.plan(of: port, view) else { continue }
      total += DispatchCounts(
        plan.port, hasEndpoints: plan.hasEndpoints, hasLocal: !plan.endpoints.local.isEmpty,
        countsLocalhostNodePorts: proxy.countsLocalhostNodePorts)
    }
  }

  /// Whether they are those of this node, and nothing has changed since they were counted.
  func holds(_ view: NodeView, _ family: IPFamily, stamp: UInt64) -> Bool {
    self.view == view && self.family == family && self.stamp == stamp
  }

  /// How many rules of other ports stand before a port's own.
  public func rulesBefore(_ port: ServicePortID, in chain: DispatchChain) -> Int {
    port.index < before.count ? before[port.index][chain] : 0
  }
}
