// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A set that `-m set` asks, as `ipset save` declares it.
///
/// Modelled types: those made of `ip`, `net` and `port` dimensions, such as `hash:ip,port` or `bitmap:port`.
/// A set of another type is kept, and is an error only where a walked packet asks it.
public struct IPSet: Hashable, Sendable {
  /// A dimension of a set's members.
  public enum Dimension: String, Hashable, Sendable {
    case ip
    case net
    case port
  }
  /// A member's value in one dimension.
  public enum Element: Hashable, Sendable {
    case block(Prefix)
    case port(IPProtocol?, UInt16)
  }
  /// The set's name.
  public let name: String
  /// Its type as written, `hash:ip,port`.
  public let type: String
  /// Its dimensions; nil when the type is not modelled.
  public let dimensions: [Dimension]?
  private var members: [[Element]: Bool] = [:]
  /// The combinations of prefix lengths that occur, the most specific first.
  private var lengths: [[UInt8]] = []

  /// Declares an empty set.
  public init(name: String, type: String) {
    self.name = name
    self.type = type
    let parts = type.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let known = parts.count == 2 ? parts[1].split(separator: ",").map { Dimension(rawValue: String($0)) } : [nil]
    dimensions = known.isEmpty || known.count > 3 || known.contains(nil) ? nil : known.compactMap { $0 }
  }

  /// The number of members.
  public var count: Int { members.count }

  /// Adds a member; `noMatch` makes it an exception from wider blocks.
  public mutating func insert(_ member: [Element], noMatch: Bool = false) {
    members[member] = noMatch
    let combination = member.compactMap { if case .block(let prefix) = $0 { prefix.length } else { nil } }
    if !lengths.contains(combination) {
      lengths.append(combination)
      lengths.sort { a, b in a.lexicographicallyPrecedes(b, by: >) }
    }
  }

  /// Whether the packet's addresses and ports are a member. `sides` has one bit a dimension from bit 8 on: destination.
  ///
  /// The most specific member decides, as in net/netfilter/ipset/ip_set_hash_gen.h, `mtype_test_cidrs`.
  func contains(_ tuple: FlowTuple, sides: UInt16, _ addresses: AddressTable) -> Bool {
    guard let dimensions else { return false }
    for combination in lengths {
      var key: [Element] = []
      var portless: [Element] = []
      var block = 0
      for (place, dimension) in dimensions.enumerated() {
        let isDestination = sides & 0x100 << UInt16(place) != 0
        switch dimension {
        case .ip, .net:
          let address = addresses[isDestination ? tuple.destination : tuple.source]
          guard block < combination.count, let prefix = Prefix(address, length: Int(combination[block])) else {
            return false
          }
          block += 1
          key.append(.block(prefix))
          portless.append(.block(prefix))
        case .port:
          let port = isDestination ? tuple.destinationPort : tuple.sourcePort
          key.append(.port(tuple.protocol, port))
          portless.append(.port(nil, port))
        }
      }
      // bitmap:port members have no protocol.
      if let noMatch = members[key] ?? members[portless] { return !noMatch }
    }
    return false
  }
}
