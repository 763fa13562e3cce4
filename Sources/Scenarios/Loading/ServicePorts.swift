// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Reads the ports of a Service.
enum ServicePorts {
  /// Reads `ports`, and refuses what Kubernetes refuses.
  static func read(_ spec: FieldReader, _ service: inout Service) {
    let entries = spec.mappings("ports")
    let isList = spec["ports"].map { $0.elements != nil } ?? true
    if entries.isEmpty, isList, !service.isHeadless, service.type != .externalName {
      spec.findings.error(
        .refused("a Service needs a port", hint: "only headless and ExternalName Services have none"),
        at: spec["ports"]?.place ?? spec.keyPlace("type"))
    }
    for entry in entries {
      guard let port = read(entry, needsName: entries.count > 1, service.type) else { continue }
      if !port.name.isEmpty, service.ports.contains(where: { $0.name == port.name }) {
        spec.findings.error(.refused("port name '\(port.name)' is taken", hint: ""), at: entry.place("name"))
      }
      let text = "\(port.port)/\(port.protocol.name.uppercased())"
      if service.ports.contains(where: { $0.port == port.port && $0.protocol == port.protocol }) {
        spec.findings.error(.refused("port \(text) stands twice", hint: ""), at: entry.place("port"))
      }
      if let nodePort = port.nodePort,
        service.ports.contains(where: { $0.nodePort == nodePort && $0.protocol == port.protocol })
      {
        spec.findings.error(.refused("nodePort \(nodePort) stands twice", hint: ""), at: entry.place("nodePort"))
      }
      service.ports.append(port)
    }
  }

  private static func read(_ entry: FieldReader, needsName: Bool, _ type: Service.ServiceType) -> Service.Port? {
    let findings = entry.findings
    entry.require("port", of: "the port")
    let name = entry.string("name") ?? ""
    if name.isEmpty, needsName {
      findings.error(
        .refused("a port without a name among several", hint: "give every port a name"), at: entry.node.place)
    }
    if !name.isEmpty, !ObjectNames.isLabel(name) {
      findings.error(
        .refused("'\(name.prefix(60))' is no port name", hint: "lower-case letters, digits and '-', at most 63"),
        at: entry.place("name"))
    }
    let transport = entry.read("protocol", .transport) ?? .tcp
    let target = entry.read("targetPort", .targetPort) ?? nil
    let nodePort = entry.integer("nodePort", in: 0...65535).flatMap { $0 == 0 ? nil : UInt16($0) }
    if nodePort != nil, type != .nodePort, type != .loadBalancer {
      findings.error(
        .refused("nodePort on a \(type.rawValue) Service", hint: "set type: NodePort or LoadBalancer"),
        at: entry.place("nodePort"))
    }
    guard let port = entry.read("port", .port) else { return nil }
    return Service.Port(name: name, protocol: transport, port: port, targetPort: target, nodePort: nodePort)
  }
}

extension ValueKind where Value == IntOrString? {
  /// A port number, or the name of a container's port; nil when it is left to default (0 or an empty string).
  static var targetPort: ValueKind {
    ValueKind(schema: .oneOf([.integer(1...65535), .string(pattern: nil)])) { node, findings in
      if let scalar = node.scalar, scalar.kind == .string {
        if scalar.text.isEmpty { return .some(nil) }
        if ObjectNames.isPortName(scalar.text) { return .name(scalar.text) }
        let isNumber = UInt16(scalar.text) != nil
        findings.bad(
          node, expected: "a port number or a port's name",
          hint: isNumber ? "write \(scalar.text) without quotes" : "a name has at most 15 of a-z, 0-9 and '-'")
        return nil
      }
      guard let number = ValueKind<Int64>.integer(0...65535).read(node, findings) else { return nil }
      return number == 0 ? .some(nil) : .number(UInt16(number))
    }
  }
}
