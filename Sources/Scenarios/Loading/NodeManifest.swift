// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Reads a Node.
enum NodeManifest {
  /// Reads a Node with the state that its status says.
  static func read(_ object: FieldReader, _ metadata: ObjectMeta) -> Node {
    let findings = object.findings
    let spec = object.mapping("spec")
    let status = object.mapping("status")
    var node = Node(metadata: metadata)
    for entry in status.mappings("addresses") {
      guard let type = entry.requiredString("type", of: "the address"),
        let text = entry.requiredString("address", of: "the address")
      else { continue }
      var address = text
      if type == "InternalIP" || type == "ExternalIP" {
        guard let read = entry.read("address", .address) else { continue }
        address = read.description
      }
      node.addresses.append(.init(type: type, address: address))
    }
    let cidrs = spec.read("podCIDRs", .list(.prefix)) ?? spec.read("podCIDR", .prefix).map { [$0] } ?? []
    node.podCIDRs = cidrs
    if Set(cidrs.map(\.family)).count < cidrs.count {
      findings.error(.refused("a node has at most one pod CIDR a family", hint: ""), at: spec.place("podCIDRs"))
    }
    node.isUnschedulable = spec.bool("unschedulable") ?? false
    node.ready = PodManifest.readyCondition(status)
    if let version = status.mapping("nodeInfo").string("kubeletVersion") { node.kubeletVersion = version }
    return node
  }
}
