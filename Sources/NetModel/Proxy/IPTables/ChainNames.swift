// SPDX-License-Identifier: GPL-3.0-or-later
import Crypto
import SimCore

/// The names of kube-proxy's own chains.
///
/// Source: pkg/proxy/iptables/proxier.go, the constants on top, and portProtoHash and servicePortEndpointChainName.
public enum ChainNames {
  static let services = "KUBE-SERVICES"
  static let externalServices = "KUBE-EXTERNAL-SERVICES"
  static let nodePorts = "KUBE-NODEPORTS"
  static let proxyFirewall = "KUBE-PROXY-FIREWALL"
  static let forward = "KUBE-FORWARD"
  static let postrouting = "KUBE-POSTROUTING"
  static let markMasquerade = "KUBE-MARK-MASQ"
  static let kubeletFirewall = "KUBE-FIREWALL"
  static let canary = "KUBE-PROXY-CANARY"

  static let clusterPolicyPrefix = "KUBE-SVC-"
  static let localPolicyPrefix = "KUBE-SVL-"
  static let externalPrefix = "KUBE-EXT-"
  static let firewallPrefix = "KUBE-FW-"
  static let endpointPrefix = "KUBE-SEP-"

  /// Whether a chain belongs to one Service port, so that a sync deletes it when nobody uses it any more.
  ///
  /// Source: pkg/proxy/iptables/proxier.go, isServiceChainName.
  public static func isServiceChain(_ name: String) -> Bool {
    [clusterPolicyPrefix, localPolicyPrefix, endpointPrefix, firewallPrefix, externalPrefix]
      .contains { name.hasPrefix($0) }
  }

  /// The prefix and the first 16 characters of the upper-case base32 (RFC 4648) of a text's SHA-256.
  static func hashed(_ prefix: String, _ text: [UInt8]) -> String {
    let digest = SHA256.hash(data: text)
    // 16 characters of 5 bits are the first 80 bits.
    let (high, low) = digest.withUnsafeBytes { bytes in
      let first = bytes.loadUnaligned(as: UInt64.self).bigEndian
      let rest = bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self).bigEndian
      return (first, rest)
    }
    return String(unsafeUninitializedCapacity: prefix.utf8.count + 16) { buffer in
      var at = 0
      for byte in prefix.utf8 {
        buffer[at] = byte
        at += 1
      }
      // 12 characters from the upper 60 bits, 4 from the lower 4 and the 16 that follow.
      for k in 0..<12 {
        buffer[at + k] = base32(UInt32(truncatingIfNeeded: high >> UInt64(59 - 5 * k)))
      }
      let tail = UInt32(truncatingIfNeeded: high & 15) << 16 | UInt32(low)
      for k in 0..<4 {
        buffer[at + 12 + k] = base32(tail >> UInt32(15 - 5 * k))
      }
      return at + 16
    }
  }

  private static func base32(_ value: UInt32) -> UInt8 {
    let digit = UInt8(truncatingIfNeeded: value & 31)
    return digit < 26 ? UInt8(ascii: "A") + digit : UInt8(ascii: "2") + digit - 26
  }
}

/// The names of the chains of one Service port.
public struct ServiceChainNames: Hashable, Sendable {
  /// `KUBE-SVC-…`: all usable endpoints.
  public let clusterPolicy: String
  /// `KUBE-SVL-…`: this node's endpoints.
  public let localPolicy: String
  /// `KUBE-EXT-…`: where traffic to external destinations enters.
  public let external: String
  /// `KUBE-FW-…`: source ranges.
  public let firewall: String
  /// What is hashed: the port's name and its protocol, without anything between.
  private let hashedText: [UInt8]

  /// Names the chains of a Service port.
  public init(_ name: ServicePortName) {
    hashedText = Array(name.description.utf8) + Array(name.protocol.name.utf8)
    clusterPolicy = ChainNames.hashed(ChainNames.clusterPolicyPrefix, hashedText)
    let hash = clusterPolicy.dropFirst(ChainNames.clusterPolicyPrefix.count)
    localPolicy = ChainNames.localPolicyPrefix + hash
    external = ChainNames.externalPrefix + hash
    firewall = ChainNames.firewallPrefix + hash
  }

  /// `KUBE-SEP-…`: one endpoint of the port.
  public func endpoint(_ socket: SocketAddress) -> String {
    var text = hashedText
    text.reserveCapacity(text.count + 48)
    socket.appendText(to: &text)
    return ChainNames.hashed(ChainNames.endpointPrefix, text)
  }

  /// The chain of a policy.
  public func chain(_ policy: ServicePlan.PolicyChain) -> String {
    switch policy {
    case .cluster: clusterPolicy
    case .local: localPolicy
    }
  }
}
