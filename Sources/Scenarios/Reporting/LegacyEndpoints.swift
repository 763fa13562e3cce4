// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// An Endpoints object (core/v1) as the endpoints controller would write it beside a Service's EndpointSlices.
///
/// Source: pkg/controller/endpoint/endpoints_controller.go and staging/src/k8s.io/endpointslice/util (`RepackSubsets`).
struct LegacyEndpoints: Hashable, Sendable {
  /// The Service's name.
  var name: NamespacedName
  /// Ports with the addresses that have all of them.
  var subsets: [Subset]

  /// Addresses that share their ports.
  struct Subset: Hashable, Sendable {
    var ports: [EndpointSlice.Port]
    /// Ready ones, by their text.
    var addresses: [String]
    /// The others, by their text.
    var notReady: [String]
  }

  /// The objects of all Services that have slices or a selector: addresses of the Service's first family.
  static func all(_ inventory: Inventory) -> [LegacyEndpoints] {
    inventory.services.compactMap { service in
      let name = service.metadata.namespacedName
      let slices = inventory.endpointSlices.filter {
        $0.metadata.namespace == name.namespace && $0.serviceName == name.name
      }
      guard !slices.isEmpty || service.selector != nil else { return nil }
      let family = service.ipFamilies.first ?? slices.first?.addressType ?? .ipv4
      return LegacyEndpoints(name: name, subsets: subsets(slices.filter { $0.addressType == family }))
    }
  }

  private static func subsets(_ slices: [EndpointSlice]) -> [Subset] {
    var subsets: [Subset] = []
    for slice in slices where !slice.endpoints.isEmpty {
      let at = subsets.firstIndex { $0.ports == slice.ports } ?? subsets.endIndex
      if at == subsets.endIndex { subsets.append(Subset(ports: slice.ports, addresses: [], notReady: [])) }
      for endpoint in slice.endpoints {
        guard let address = endpoint.addresses.first?.description else { continue }
        if endpoint.isReady { subsets[at].addresses.append(address) } else { subsets[at].notReady.append(address) }
      }
    }
    for at in subsets.indices {
      subsets[at].addresses.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      subsets[at].notReady.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    return subsets
  }

  /// printers.go, `formatEndpoints`.
  var kubectlText: String {
    let all = subsets.flatMap { subset -> [String] in
      if subset.ports.isEmpty { return subset.addresses }
      return subset.ports.flatMap { port in
        subset.addresses.map { address in
          let host = address.contains(":") ? "[\(address)]" : address
          return port.port.map { "\(host):\($0)" } ?? host
        }
      }
    }
    return KubectlRows.firstThree(all, none: "<none>")
  }
}
