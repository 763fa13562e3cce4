// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Reads what names a thing in a scenario: `service/NS/NAME:PORT`, `pod/NS/NAME`, `10.0.0.1:80`, `app=httpenv`.
enum References {
  /// Where to: everything that a probe's or a workload's `to` takes.
  static let destinationForms =
    "IP:PORT, service/NS/NAME:PORT, loadBalancer/NS/NAME:PORT, node/NAME:PORT, pod/NS/NAME:PORT or a DNS name:PORT"

  /// A destination; nil when the text is none.
  static func destination(_ text: String) -> Destination? {
    if let socket = SocketAddress(text) { return socket.port == 0 ? nil : .socket(socket) }
    let (name, port) = splitPort(text)
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    switch (parts.first, parts.count) {
    case ("service", 3), ("loadBalancer", 3):
      if let port, UInt16(port) == 0 { return nil }
      let reference = port.flatMap(servicePort)
      if port != nil, reference == nil { return nil }
      let object = NamespacedName(parts[1], parts[2])
      return parts[0] == "service" ? .service(object, port: reference) : .loadBalancer(object, port: reference)
    case ("node", 2):
      return port.flatMap(number).map { .node(parts[1], port: $0) }
    case ("pod", 3):
      return port.flatMap(number).map { .pod(NamespacedName(parts[1], parts[2]), port: $0) }
    case (_, 1):
      guard let port = port.flatMap(number) else { return nil }
      let host = name.hasSuffix(".") ? String(name.dropLast()) : name
      // What looks like an address and is none would otherwise pass as a name.
      let isNumeric = host.split(separator: ".").last.map { $0.allSatisfy(\.isNumber) } ?? true
      return ObjectNames.isSubdomain(host) && !isNumeric ? .name(name, port: port) : nil
    default: return nil
    }
  }

  private static func splitPort(_ text: String) -> (String, String?) {
    guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
    return (String(text[..<colon]), String(text[text.index(after: colon)...]))
  }

  private static func number(_ text: String) -> UInt16? {
    UInt16(text).flatMap { $0 == 0 || text.hasPrefix("+") ? nil : $0 }
  }

  private static func servicePort(_ text: String) -> ServicePortReference? {
    if text.utf8.allSatisfy({ $0 &- 48 < 10 }), !text.isEmpty { return UInt16(text).map { .number($0) } }
    return ObjectNames.isLabel(text) ? .name(text) : nil
  }

  /// Who asks: an address, `pod/NS/NAME`, `node/NAME` or `client/NAME`.
  static func source(_ text: String) -> ProbeQuestion.Source? {
    if let address = Address(text) { return .address(address) }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    switch (parts.first, parts.count) {
    case ("pod", 3): return .pod(NamespacedName(parts[1], parts[2]))
    case ("node", 2): return .node(parts[1])
    case ("client", 2): return .client(parts[1])
    default: return nil
    }
  }

  /// A kind and what stands behind it: `deployment/default/httpenv`, `node/node-2`.
  static func object(_ text: String) -> (kind: String, parts: [String])? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    return (parts[0], Array(parts.dropFirst()))
  }

  /// An equality selector, `a=b,c=d`; nil when the text is none.
  static func selector(_ text: String) -> Labels? {
    var labels = Labels()
    for term in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let equals = term.firstIndex(of: "=") else { return nil }
      var value = term[term.index(after: equals)...]
      if value.hasPrefix("=") { value = value.dropFirst() }
      let key = term[..<equals].trimmed
      guard ObjectNames.isLabelKey(key), ObjectNames.isLabelValue(value.trimmed) else { return nil }
      labels[key] = value.trimmed
    }
    return labels.isEmpty ? nil : labels
  }
}

extension ValueKind where Value == Labels {
  /// `a=b,c=d`, or a mapping of labels.
  static var selector: ValueKind {
    ValueKind(schema: .oneOf([.string(pattern: nil), .map(.string(pattern: nil))])) { node, findings in
      if node.pairs != nil { return MetadataReader.labels(node, findings) }
      if let text = node.scalar?.text, let labels = References.selector(text) { return labels }
      findings.bad(node, expected: "a selector such as app=httpenv")
      return nil
    }
  }
}

extension ValueKind where Value == Destination {
  /// Where to.
  static var destination: ValueKind {
    ValueKind(schema: .string(pattern: nil)) { node, findings in
      if let text = node.scalar?.text, let destination = References.destination(text) { return destination }
      findings.bad(node, expected: "a destination", hint: "one of " + References.destinationForms)
      return nil
    }
  }
}

extension ValueKind where Value == ProbeQuestion.Source {
  /// Who asks.
  static var source: ValueKind {
    ValueKind(schema: .string(pattern: nil)) { node, findings in
      if let text = node.scalar?.text, let source = References.source(text) { return source }
      findings.bad(node, expected: "a source", hint: "an IP address, pod/NS/NAME, node/NAME or client/NAME")
      return nil
    }
  }
}
