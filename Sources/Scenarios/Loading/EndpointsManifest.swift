// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Reads an Endpoints object into the slices that Kubernetes mirrors it to.
///
/// Source: pkg/controller/endpointslicemirroring: a slice a subset and family, names left to the server; ours are
/// numbered so that they depend on nothing else.
enum EndpointsManifest {
  /// The slices of the object's subsets.
  static func read(_ object: FieldReader, _ metadata: ObjectMeta) -> [EndpointSlice] {
    // endpointslice.kubernetes.io/skip-mirror: "true" asks for no mirroring.
    if metadata.labels["endpointslice.kubernetes.io/skip-mirror"] == "true" { return [] }
    var slices: [EndpointSlice] = []
    for subset in object.mappings("subsets") {
      var ports: [EndpointSlice.Port] = []
      for entry in subset.mappings("ports") {
        entry.require("port", of: "the port")
        let transport = entry.read("protocol", .transport) ?? .tcp
        ports.append(
          .init(name: entry.string("name") ?? "", protocol: transport, port: entry.read("port", .port)))
      }
      var endpoints: [EndpointSlice.Endpoint] = []
      for (key, isReady) in [("addresses", true), ("notReadyAddresses", false)] {
        endpoints += subset.mappings(key).compactMap { endpoint($0, isReady: isReady, metadata.namespace) }
      }
      for family in IPFamily.allCases {
        let own = endpoints.filter { $0.addresses[0].family == family }
        guard !own.isEmpty else { continue }
        var meta = ObjectMeta(name: "\(metadata.name)-mirror\(slices.count + 1)", namespace: metadata.namespace)
        meta.labels = metadata.labels
        meta.labels["kubernetes.io/service-name"] = metadata.name
        meta.labels["endpointslice.kubernetes.io/managed-by"] = managedBy
        slices.append(EndpointSlice(metadata: meta, addressType: family, ports: ports, endpoints: own))
      }
    }
    return slices
  }

  /// Who is said to manage mirrored slices.
  static let managedBy = "endpointslicemirroring-controller.k8s.io"

  private static func endpoint(
    _ entry: FieldReader, isReady: Bool, _ namespace: String
  ) -> EndpointSlice.Endpoint? {
    guard entry["ip"] != nil else {
      entry.require("ip", of: "the address")
      return nil
    }
    guard let address = entry.read("ip", .address) else { return nil }
    if let reason = AddressText.special(address) {
      entry.findings.error(
        .refused("\(address) is \(reason), which no endpoint may be", hint: ""), at: entry.place("ip"))
    }
    var endpoint = EndpointSlice.Endpoint(addresses: [address], nodeName: entry.string("nodeName"))
    endpoint.ready = isReady
    endpoint.targetPod = EndpointSliceManifest.target(entry.mapping("targetRef"), namespace)
    return endpoint
  }
}
