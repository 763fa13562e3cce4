// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Which UDP entries of conntrack a sync deletes: those that lead to an endpoint that no longer serves.
///
/// A UDP client that goes on sending keeps its entry alive, and its packets go where the entry says, whatever the rules say.
/// Policies, topology and terminating do not count: an entry is left alone as long as its endpoint serves. A port without
/// serving endpoints leaves its entries alone.
///
/// Source: pkg/proxy/conntrack/cleanup.go, CleanStaleEntries.
public struct StaleFlows: Hashable, Sendable {
  /// The original destination of the entries that are looked at.
  public let doors: [Door]
  /// The addresses of serving endpoints, sorted, each once: an entry whose reply comes from none of them goes.
  public let serving: [Address]

  /// An original destination.
  public enum Door: Hashable, Sendable {
    /// An address and port of the Service.
    case socket(SocketAddress)
    /// The node port, at whatever address.
    case nodePort(UInt16)
  }

  /// What a sync deletes of one port's entries; nil when it leaves them alone.
  public init?(_ port: ServicePort, _ endpoints: ServiceEndpoints) {
    guard port.name.protocol == .udp else { return nil }
    var serving: [Address] = []
    for address in endpoints.all.filter(\.isServing).map(\.socket.address).sorted() where address != serving.last {
      serving.append(address)
    }
    if serving.isEmpty { return nil }
    self.serving = serving
    doors =
      ([port.clusterIP] + port.loadBalancerVIPs + port.externalIPs)
      .map { .socket(SocketAddress($0, port.port)) } + (port.nodePort.map { [.nodePort($0)] } ?? [])
  }

  /// Whether a UDP entry goes: its original destination is one of the doors, and no serving endpoint answers in it.
  public func includes(originalDestination: SocketAddress, replySource: Address) -> Bool {
    let isMine = doors.contains {
      switch $0 {
      case .socket(let socket): socket == originalDestination
      case .nodePort(let port): port == originalDestination.port
      }
    }
    return isMine && !serving.contains(replySource)
  }

  /// Whether a sync looks for stale entries at all, given all ports of the Services whose slices changed: one is UDP and
  /// has, or had, endpoints. Then the entries of every UDP port are looked at, not just that one's.
  ///
  /// Source: pkg/proxy/endpointschangetracker.go, EndpointsMap.Update, ConntrackCleanupRequired.
  public static func areLookedFor(
    _ changed: some Sequence<(name: ServicePortName, before: ServiceEndpoints, after: ServiceEndpoints)>
  ) -> Bool {
    changed.contains { $0.name.protocol == .udp && !($0.before.all.isEmpty && $0.after.all.isEmpty) }
  }
}
