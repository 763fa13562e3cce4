// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Reads an EndpointSlice.
///
/// Source of what is refused: pkg/apis/discovery/validation/validation.go.
enum EndpointSliceManifest {
  /// Reads a slice.
  static func read(_ object: FieldReader, _ metadata: ObjectMeta) -> EndpointSlice {
    object.require("addressType", of: "EndpointSlice")
    let type = object.read("addressType", .word("address type", ["IPv4", "IPv6", "FQDN"]))
    let family: IPFamily? = type == "IPv4" ? .ipv4 : type == "IPv6" ? .ipv6 : nil
    var slice = EndpointSlice(metadata: metadata, addressType: family, ports: [], endpoints: [])
    slice.ports = ports(object)
    for entry in object.mappings("endpoints") {
      if let endpoint = endpoint(entry, family, isName: type == "FQDN", namespace: metadata.namespace) {
        slice.endpoints.append(endpoint)
      }
    }
    return slice
  }

  private static func ports(_ object: FieldReader) -> [EndpointSlice.Port] {
    var ports: [EndpointSlice.Port] = []
    for entry in object.mappings("ports") {
      let name = entry.string("name") ?? ""
      if ports.contains(where: { $0.name == name }) {
        object.findings.error(
          .refused(name.isEmpty ? "two ports without a name" : "port name '\(name)' is taken", hint: ""),
          at: entry.place("name"))
      }
      if !name.isEmpty, !ObjectNames.isLabel(name) {
        object.findings.error(.refused("'\(name.prefix(60))' is no port name", hint: ""), at: entry.place("name"))
      }
      ports.append(
        .init(name: name, protocol: entry.read("protocol", .transport) ?? .tcp, port: entry.read("port", .port)))
    }
    return ports
  }

  private static func endpoint(
    _ entry: FieldReader, _ family: IPFamily?, isName: Bool, namespace: String
  ) -> EndpointSlice.Endpoint? {
    let nodes = entry.list("addresses")
    if nodes.isEmpty {
      entry.findings.error(.refused("an endpoint needs an address", hint: ""), at: entry.node.place)
      return nil
    }
    // kube-proxy ignores slices of names.
    guard !isName else { return nil }
    var endpoint = EndpointSlice.Endpoint(addresses: [])
    for node in nodes {
      guard let address = ValueKind.address.read(node, entry.findings) else { continue }
      if let family, address.family != family {
        entry.findings.error(
          .refused("\(address) is not of the slice's family, \(family.name)", hint: ""), at: node.place)
      } else if let reason = AddressText.special(address) {
        entry.findings.error(.refused("\(address) is \(reason), which no endpoint may be", hint: ""), at: node.place)
      }
      endpoint.addresses.append(address)
    }
    guard !endpoint.addresses.isEmpty else { return nil }
    let conditions = entry.mapping("conditions")
    endpoint.ready = conditions.bool("ready")
    endpoint.serving = conditions.bool("serving")
    endpoint.terminating = conditions.bool("terminating")
    endpoint.nodeName = entry.string("nodeName")
    endpoint.zone = entry.string("zone")
    let hints = entry.mapping("hints")
    if hints["forZones"] != nil { endpoint.zoneHints = hints.mappings("forZones").compactMap { $0.string("name") } }
    if hints["forNodes"] != nil { endpoint.nodeHints = hints.mappings("forNodes").compactMap { $0.string("name") } }
    endpoint.targetPod = target(entry.mapping("targetRef"), namespace)
    return endpoint
  }

  /// The pod that a `targetRef` names.
  static func target(_ reference: FieldReader, _ namespace: String) -> NamespacedName? {
    guard reference.string("kind") == "Pod", let name = reference.string("name") else { return nil }
    return NamespacedName(reference.string("namespace") ?? namespace, name)
  }
}
