// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The Services that workloads address, whose ready endpoints the timeline shows.
struct TargetedServices {
  private let names: Set<NamespacedName>

  /// Finds the Services behind the workloads' destinations; where none can be told, every Service counts.
  init(_ workloads: [Workload], services: [Service]) {
    var names: Set<NamespacedName> = []
    for workload in workloads {
      switch workload.to {
      case .service(let name, _), .loadBalancer(let name, _): names.insert(name)
      case .socket(let socket):
        for service in services where service.isReached(at: socket.address) {
          names.insert(service.metadata.namespacedName)
        }
      case .node(_, let port):
        for service in services where service.ports.contains(where: { $0.nodePort == port }) {
          names.insert(service.metadata.namespacedName)
        }
      case .name(let name, _):
        let labels = name.split(separator: ".").map(String.init)
        names.insert(NamespacedName(labels.count > 1 ? labels[1] : "default", labels.first ?? name))
      case .pod: break
      }
    }
    self.names = names
  }

  /// How many different endpoints of them are ready.
  func readyEndpoints(_ slices: [EndpointSlice]) -> Int {
    var addresses: Set<Address> = []
    for slice in slices {
      guard let service = slice.serviceName else { continue }
      guard names.isEmpty || names.contains(NamespacedName(slice.metadata.namespace, service)) else { continue }
      for endpoint in slice.endpoints where endpoint.isReady {
        if let address = endpoint.addresses.first { addresses.insert(address) }
      }
    }
    return addresses.count
  }
}

extension Service {
  fileprivate func isReached(at address: Address) -> Bool {
    clusterIPs.contains(address) || externalIPs.contains(address)
      || loadBalancerIngress.contains { $0.ip == address }
  }
}
