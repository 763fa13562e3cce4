// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What kube-proxy keeps of one EndpointSlice: ports and endpoints, without text per endpoint.
///
/// Source: pkg/proxy/endpointslicecache.go, endpointSliceInfo.
public struct EndpointSliceContent: Hashable, Sendable {
  /// Its usable ports: those with a number.
  public private(set) var ports: [Port]
  /// Its endpoints of the wanted family, with port 0.
  public private(set) var endpoints: [ServiceEndpoint]

  /// A port of all endpoints.
  public struct Port: Hashable, Sendable {
    /// The Service port's name.
    public let name: String
    /// TCP, UDP or SCTP.
    public let `protocol`: IPProtocol
    /// The endpoints' port, never 0.
    public let number: UInt16
  }

  /// Reads a slice for one family.
  ///
  /// A slice of another address type has nothing to say, nor has an endpoint without address or of the other family, nor
  /// a port without number (which would mean "all ports"). Of an endpoint's addresses the first one counts.
  public init(_ slice: EndpointSlice, family: IPFamily, names: inout TopologyNames) {
    ports = []
    endpoints = []
    guard slice.addressType == family else { return }
    for port in slice.ports {
      guard let number = port.port, number != 0 else { continue }
      ports.append(Port(name: port.name, protocol: port.protocol, number: number))
    }
    endpoints.reserveCapacity(slice.endpoints.count)
    for endpoint in slice.endpoints {
      guard let address = endpoint.addresses.first, address.family == family else { continue }
      var conditions: ServiceEndpoint.Conditions = []
      if endpoint.isReady { conditions.insert(.ready) }
      if endpoint.isServing { conditions.insert(.serving) }
      if endpoint.isTerminating { conditions.insert(.terminating) }
      endpoints.append(
        ServiceEndpoint(
          SocketAddress(address, 0), node: endpoint.nodeName.map { names.intern($0) } ?? .none,
          hints: names.intern(nodeHints: endpoint.nodeHints, zoneHints: endpoint.zoneHints), conditions: conditions))
    }
  }

  /// The endpoints of one Service port out of all slices of its Service, in kube-proxy's order.
  ///
  /// Several entries for one `ip:port` stay, side by side, when they differ: which of them counts depends on the node
  /// (`ServiceEndpoints.resolved`). kube-proxy visits slices in no order; we take them as they come, by name.
  public static func endpoints(
    of slices: some Sequence<EndpointSliceContent>, port name: String, protocol: IPProtocol
  ) -> [ServiceEndpoint] {
    var all: [ServiceEndpoint] = []
    for slice in slices {
      for port in slice.ports where port.name == name && port.protocol == `protocol` {
        for endpoint in slice.endpoints {
          all.append(
            ServiceEndpoint(
              SocketAddress(endpoint.socket.address, port.number), node: endpoint.node, hints: endpoint.hints,
              conditions: endpoint.conditions))
        }
      }
    }
    let sorted = all.sortedByText()
    var result: [ServiceEndpoint] = []
    result.reserveCapacity(sorted.count)
    for endpoint in sorted where result.last != endpoint { result.append(endpoint) }
    return result
  }
}
