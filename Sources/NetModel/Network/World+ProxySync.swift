// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// kube-proxy on each node: when it hears of a change, when it syncs, when its rules are in force.
extension World {
  /// How many points of the log of slices go by between two looks for versions that nobody sees any more.
  private static let pointsBetweenForgetting: UInt32 = 64

  /// What has been written to the slices now goes out on every kube-proxy's watch.
  mutating func tellProxies(cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    let point = control.endpointsPoint
    let span = UInt64(max(control.delays.proxyWatch.nanoseconds, 1))
    for node in nodes.ids {
      let entity = UInt64(point.rawValue) << 32 | UInt64(node.rawValue)
      var draw = KeyedDraw(seed: drawSeed, purpose: .controlPlane, entity: entity)
      let arrival = scheduler.now.advanced(by: Int64(draw.below(span)))
      // A watch keeps order: nothing overtakes what was written before.
      let at = max(arrival, control.proxies[node.index].watchedUntil)
      control.proxies[node.index].watchedUntil = at
      scheduler.schedule(WorldEvent(kind: .proxyHears, a: node.rawValue, b: cause, c: point.rawValue), at: at)
    }
  }

  mutating func proxyHears(
    _ node: NodeID, cause: UInt32, _ point: LogPoint, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    control.proxies[node.index].heardServices = control.servicesPoint
    control.proxies[node.index].heardEndpoints = max(control.proxies[node.index].heardEndpoints, point)
    control.proxies[node.index].cause = cause
    let proxy = control.proxies[node.index]
    guard !proxy.isSyncing, !proxy.isScheduled else { return }
    // After a quiet interval at once, else minSyncPeriod after the end of the last sync (pkg/proxy/runner, v1.36).
    let earliest = proxy.lastEnd.map { $0 + specification.cluster.proxy.minSyncPeriod } ?? scheduler.now
    control.proxies[node.index].isScheduled = true
    scheduler.schedule(WorldEvent(kind: .proxySync, a: node.rawValue), at: max(earliest, scheduler.now))
  }

  mutating func proxySyncs(_ node: NodeID, _ scheduler: inout Scheduler<WorldEvent>) {
    control.proxies[node.index].isScheduled = false
    control.proxies[node.index].isSyncing = true
    control.proxies[node.index].syncingServices = control.proxies[node.index].heardServices
    control.proxies[node.index].syncingEndpoints = control.proxies[node.index].heardEndpoints
    // A partial sync writes the shared chains whole, and the chains of what changed, which are few beside them. Each
    // family has a proxier of its own, but both wait for one lock (pkg/util/iptables/iptables_linux.go,
    // grabIptablesLocks).
    var lines = 0
    for family in [IPFamily.ipv4, .ipv6] {
      for chain in DispatchChain.allCases { lines += rules.shared.ruleCount(in: chain, family: family) }
    }
    let cost = control.delays.syncBase + control.delays.syncPerLine * Int64(lines)
    scheduler.schedule(WorldEvent(kind: .proxyApplied, a: node.rawValue), after: cost)
  }

  mutating func proxyApplied(_ node: NodeID, _ scheduler: inout Scheduler<WorldEvent>) {
    let proxy = control.proxies[node.index]
    let before = rules.node(node).view
    rules.advance(node, services: proxy.syncingServices, endpoints: proxy.syncingEndpoints)
    noteNewShares(before, rules.node(node).view)
    flushStale(node, since: before)
    recorder.append(
      ChangeRecord(at: scheduler.now, kind: .rulesApplied, pod: .none, node: node, cause: proxy.cause, count: 0))
    control.proxies[node.index].isSyncing = false
    control.proxies[node.index].lastEnd = scheduler.now
    forgetOldVersions()
    let isBehind =
      proxy.heardServices != proxy.syncingServices || proxy.heardEndpoints != proxy.syncingEndpoints
    if isBehind {
      control.proxies[node.index].isScheduled = true
      scheduler.schedule(
        WorldEvent(kind: .proxySync, a: node.rawValue), after: specification.cluster.proxy.minSyncPeriod)
    }
  }

  /// Exact chances may be others now for workloads whose Service port the node's new rules treat differently.
  private mutating func noteNewShares(_ before: NodeView, _ after: NodeView) {
    for workload in workloads.ids {
      let rows = control.rows(of: workload)
      if rows.contains(where: { rules.shared.unit(for: $0, before) != rules.shared.unit(for: $0, after) }) {
        workloads[workload].shareVersion &+= 1
      }
    }
  }

  /// Drops, now and then, the versions that even the slowest node has left behind.
  private mutating func forgetOldVersions() {
    let now = control.endpointsPoint
    guard now.rawValue - control.lastForgotten.rawValue >= World.pointsBetweenForgetting else { return }
    control.lastForgotten = now
    var services = LogPoint.latest
    var endpoints = LogPoint.latest
    for node in nodes.ids {
      let view = rules.node(node).view
      services = min(services, view.services)
      endpoints = min(endpoints, view.endpoints)
    }
    rules.shared.forget(services: services, endpoints: endpoints)
  }

  /// Deletes the UDP entries of a node that lead to endpoints which no longer serve, as a sync does when endpoints of a
  /// UDP port have changed since the last one.
  private mutating func flushStale(_ node: NodeID, since before: NodeView) {
    let view = rules.node(node).view
    guard log.datagramEndpointsChanged(after: before.endpoints, upTo: view.endpoints) else { return }
    var stale: [StaleFlows] = []
    for id in log.datagramRows {
      guard let port = log.port(id, at: view.services).value?.port else { continue }
      if let flows = StaleFlows(port, log.endpoints(id, at: view.endpoints).value) { stale.append(flows) }
    }
    guard !stale.isEmpty else { return }
    let addresses = addresses
    _ = conntrack.flush { entry in
      guard entry.node == node, entry.original.protocol == .udp else { return false }
      let original = SocketAddress(addresses[entry.original.destination], entry.original.destinationPort)
      let source = addresses[entry.reply.source]
      return stale.contains { $0.includes(originalDestination: original, replySource: source) }
    }
  }
}
