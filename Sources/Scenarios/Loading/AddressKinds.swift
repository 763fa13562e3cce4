// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

extension ValueKind where Value == Address {
  /// An IP address; leading zeros are read as decimal with a warning, as kube-proxy reads them.
  static var address: ValueKind {
    ValueKind(schema: .string(pattern: nil)) { node, findings in
      guard let scalar = node.scalar, scalar.kind != .null else {
        findings.bad(node, expected: "an IP address")
        return nil
      }
      return AddressText.read(scalar.text, node.place, findings)
    }
  }
}

extension ValueKind where Value == Prefix {
  /// A CIDR block.
  static var prefix: ValueKind {
    ValueKind(schema: .string(pattern: nil)) { node, findings in
      guard let scalar = node.scalar, scalar.kind != .null else {
        findings.bad(node, expected: "a CIDR block such as 10.244.0.0/16")
        return nil
      }
      // Kubernetes trims source ranges (pkg/api/v1/service/util.go, GetLoadBalancerSourceRanges).
      return AddressText.readPrefix(Substring(scalar.text).trimmed, node, findings)
    }
  }
}

/// Reads addresses and blocks and says what Kubernetes would say about them.
enum AddressText {
  /// An address.
  static func read(_ text: String, _ place: SourcePlace, _ findings: Findings) -> Address? {
    guard let parsed = Address.parse(text) else {
      findings.error(.badValue("'\(text.prefix(60))'", expected: "an IP address", hint: ""), at: place)
      return nil
    }
    if parsed.hasLeadingZeros { warnZeros(text, "\(parsed.address)", place, findings) }
    return parsed.address
  }

  /// A block, with its length.
  static func readPrefix(_ text: String, _ node: YAMLNode, _ findings: Findings) -> Prefix? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let parsed = Address.parse(parts[0]), let prefix = Prefix(text) else {
      let isAddress = parts.count == 1 && Address.parse(text) != nil
      let length = text.contains(":") ? 128 : 32
      findings.bad(
        node, expected: "a CIDR block such as 10.244.0.0/16", hint: isAddress ? "write \(text)/\(length)" : "")
      return nil
    }
    if parsed.hasLeadingZeros { warnZeros(text, "\(prefix)", node.place, findings) }
    if prefix.address != parsed.address {
      findings.warning(.readAs("'\(text)' has bits beyond its length", hint: "read as \(prefix)"), at: node.place)
    }
    return prefix
  }

  private static func warnZeros(_ text: String, _ reading: String, _ place: SourcePlace, _ findings: Findings) {
    findings.warning(
      .readAs("'\(text)' has leading zeros", hint: "read as decimal, \(reading), as kube-proxy does"), at: place)
  }

  /// Why Kubernetes refuses an address as an endpoint's or an external IP; nil when it does not.
  ///
  /// Source: pkg/apis/core/validation, ValidateNonSpecialIP.
  static func special(_ address: Address) -> String? {
    if address == .unspecified(address.family) { return "unspecified" }
    if address.isLoopback { return "a loopback address" }
    if address.family == .ipv4 {
      if address.ipv4 >> 16 == 0xa9fe { return "a link-local address" }
      if address.ipv4 >> 8 == 0xe00000 { return "a link-local multicast address" }
    } else {
      if address.high >> 54 == 0x3fa { return "a link-local address" }
      if address.high >> 48 == 0xff02 { return "a link-local multicast address" }
    }
    return nil
  }
}

extension ValueKind where Value == SocketAddress {
  /// An address with a port.
  static var socketAddress: ValueKind {
    ValueKind(schema: .string(pattern: nil)) { node, findings in
      if let text = node.scalar?.text, let socket = SocketAddress(text) {
        if let host = text.split(separator: ":").first, Address.parse(host)?.hasLeadingZeros == true {
          _ = AddressText.read(String(host), node.place, findings)
        }
        return socket
      }
      findings.bad(node, expected: "ADDRESS:PORT", hint: "IPv6 is written [address]:port")
      return nil
    }
  }
}

extension ValueKind where Value == IPProtocol {
  /// A transport protocol as Kubernetes spells it.
  static var transport: ValueKind {
    transport(among: ["TCP", "UDP", "SCTP"])
  }

  /// One of these transport protocols.
  static func transport(among names: [String]) -> ValueKind {
    let word = ValueKind<String>.word("protocol", names)
    return ValueKind(schema: word.schema) { node, findings in
      switch word.read(node, findings) {
      case "TCP": .tcp
      case "UDP": .udp
      case "SCTP": .sctp
      default: nil
      }
    }
  }
}
