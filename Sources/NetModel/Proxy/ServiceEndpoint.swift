// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// One endpoint of one Service port: where it is reached, where it runs, and whether it may be used.
///
/// Source: pkg/proxy/endpoint.go, BaseEndpointInfo.
public struct ServiceEndpoint: Hashable, BitwiseCopyable, Sendable {
  /// Its address and port.
  public let socket: SocketAddress
  /// The node it runs on; none when the slice does not say.
  public let node: TopologyNameID
  /// Its topology hints; none when it has none.
  public let hints: EndpointHintsID
  /// Its conditions.
  public let conditions: Conditions

  /// The conditions of an endpoint, with their defaults applied.
  public struct Conditions: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits.
    public let rawValue: UInt8
    /// Wraps bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// It wants new connections.
    public static let ready = Conditions(rawValue: 1)
    /// It answers.
    public static let serving = Conditions(rawValue: 2)
    /// Its pod is being deleted.
    public static let terminating = Conditions(rawValue: 4)
  }

  /// Makes an endpoint.
  public init(
    _ socket: SocketAddress, node: TopologyNameID = .none, hints: EndpointHintsID = .none,
    conditions: Conditions = [.ready, .serving]
  ) {
    self.socket = socket
    self.node = node
    self.hints = hints
    self.conditions = conditions
  }

  /// Whether it wants new connections.
  public var isReady: Bool { conditions.contains(.ready) }
  /// Whether it answers, ready or not.
  public var isServing: Bool { conditions.contains(.serving) }
  /// Whether it answers although its pod is being deleted: the fallback when nothing is ready.
  public var isServingTerminating: Bool { conditions.isSuperset(of: [.serving, .terminating]) }
  /// Whether it can ever be used.
  public var isUsable: Bool { isReady || isServingTerminating }
  /// Whether it runs on this node.
  public func isLocal(to node: TopologyNameID) -> Bool { !node.isNone && self.node == node }
}

extension SocketAddress {
  /// Appends `a.b.c.d:port` or `[v6]:port` in ASCII, without making a String for IPv4.
  func appendText(to bytes: inout [UInt8]) {
    if address.family == .ipv4 {
      let value = address.ipv4
      appendDecimal(value >> 24, to: &bytes)
      for shift: UInt32 in [16, 8, 0] {
        bytes.append(UInt8(ascii: "."))
        appendDecimal(value >> shift & 255, to: &bytes)
      }
    } else {
      bytes.append(UInt8(ascii: "["))
      bytes.append(contentsOf: address.description.utf8)
      bytes.append(UInt8(ascii: "]"))
    }
    bytes.append(UInt8(ascii: ":"))
    appendDecimal(UInt32(port), to: &bytes)
  }

  private func appendDecimal(_ value: UInt32, to bytes: inout [UInt8]) {
    var divisor: UInt32 = 1
    while value / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }
}

extension [ServiceEndpoint] {
  /// The endpoints ordered by their text `ip:port`, byte by byte (`10.2.2.22:22` before `10.2.2.2:22`); equal ones keep
  /// their order.
  ///
  /// Source: pkg/proxy/endpointslicecache.go, byEndpoint.
  /// - Complexity: O(n log n); the texts live in one buffer for the time of the call.
  func sortedByText() -> [ServiceEndpoint] {
    if count < 2 { return self }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * 24)
    var ends: [Int] = [0]
    ends.reserveCapacity(count + 1)
    for endpoint in self {
      endpoint.socket.appendText(to: &bytes)
      ends.append(bytes.count)
    }
    let order = indices.sorted { a, b in
      var i = ends[a]
      var j = ends[b]
      while i < ends[a + 1], j < ends[b + 1] {
        if bytes[i] != bytes[j] { return bytes[i] < bytes[j] }
        i += 1
        j += 1
      }
      let shorter = (ends[a + 1] - i, ends[b + 1] - j)
      return shorter.0 != shorter.1 ? shorter.0 < shorter.1 : a < b
    }
    return order.map { self[$0] }
  }
}
