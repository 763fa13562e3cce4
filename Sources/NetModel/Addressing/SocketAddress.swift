// SPDX-License-Identifier: GPL-3.0-or-later

/// An address and a port; `10.0.0.1:80` or `[fd00::1]:80`.
public struct SocketAddress: Hashable, Sendable, BitwiseCopyable, Comparable {
  /// The IP address.
  public let address: Address
  /// The transport port.
  public let port: UInt16

  /// Pairs an address with a port.
  public init(_ address: Address, _ port: UInt16) {
    self.address = address
    self.port = port
  }

  /// Orders by address, then by port. kube-proxy's own order is by text: see `EndpointCategories`.
  public static func < (a: SocketAddress, b: SocketAddress) -> Bool {
    a.address != b.address ? a.address < b.address : a.port < b.port
  }
}

extension SocketAddress: CustomStringConvertible, LosslessStringConvertible {
  /// Reads `a.b.c.d:port` or `[v6]:port`; nil for anything else.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let portText = text[text.index(after: colon)...]
    guard !portText.isEmpty, portText.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let port = UInt16(portText) else {
      return nil
    }
    var host = text[..<colon]
    if host.hasPrefix("[") {
      guard host.hasSuffix("]") else { return nil }
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    guard let address = Address.parse(host)?.address else { return nil }
    self.init(address, port)
  }

  /// `address:port`, with brackets round IPv6.
  public var description: String {
    address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
}
