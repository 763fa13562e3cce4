// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Which ports the processes of pods listen on: a pod's in its own namespace, a host-network pod's on its node.
///
/// Several host-network pods may want one port of a node; they stand in line in the order in which they came, and the
/// first that runs has it, as the first `bind` wins.
struct ListeningPorts: ~Copyable {
  /// By pod and port: the pod that stands behind this one in line for the node's port; `none` for a pod by itself.
  private var ports = FlatMap64<UInt32>()
  /// By node and port: the first in line.
  private var lines = FlatMap64<UInt32>()

  private static func key(_ row: UInt32, _ transport: IPProtocol, _ port: UInt16) -> UInt64 {
    UInt64(row) << 32 | UInt64(transport.rawValue) << 16 | UInt64(port)
  }

  /// Whether a pod's process listens on a port while it runs.
  @inline(__always) func holds(_ pod: PodID, _ transport: IPProtocol, _ port: UInt16) -> Bool {
    ports.find(ListeningPorts.key(pod.rawValue, transport, port)) != nil
  }

  /// A pod's process listens on a port from now on; of a host-network pod, say on which node.
  mutating func add(_ pod: PodID, _ transport: IPProtocol, _ port: UInt16, host: NodeID = .none) {
    let isNew = ports.insertNew(ListeningPorts.key(pod.rawValue, transport, port), PodID.none.rawValue)
    guard isNew, !host.isNone else { return }
    let line = ListeningPorts.key(host.rawValue, transport, port)
    guard let first = lines.find(line) else {
      lines.insert(line, pod.rawValue)
      return
    }
    var last = PodID(rawValue: first)
    while let behind = next(last, transport, port) { last = behind }
    ports.insert(ListeningPorts.key(last.rawValue, transport, port), pod.rawValue)
  }

  /// The first host-network pod in line for a port of a node.
  @inline(__always) func first(on node: NodeID, _ transport: IPProtocol, _ port: UInt16) -> PodID? {
    lines.find(ListeningPorts.key(node.rawValue, transport, port)).map { PodID(rawValue: $0) }
  }

  /// The pod that stands behind another in line for a port of their node.
  @inline(__always) func next(_ pod: PodID, _ transport: IPProtocol, _ port: UInt16) -> PodID? {
    guard let behind = ports.find(ListeningPorts.key(pod.rawValue, transport, port)) else { return nil }
    let next = PodID(rawValue: behind)
    return next.isNone ? nil : next
  }
}
