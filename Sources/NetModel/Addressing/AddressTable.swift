// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Numbers the addresses of one world, so that a packet's five-tuple is two machine words.
///
/// Ids are given in the order of first use and never reused. A class because the compiled rules, conntrack and the
/// hosts of one world share it; reading an address by id is one array read.
public final class AddressTable {
  private var ids = FlatMap128<UInt32>()
  private var addresses: [Address] = []

  /// Makes an empty table.
  public init() {}

  /// The number of addresses known.
  public var count: Int { addresses.count }

  /// The id of an address, given now if it is new.
  public func intern(_ address: Address) -> AddressID {
    let key = KeyPair(address.high, address.low)
    if let known = ids.find(key) { return AddressID(rawValue: known) }
    let id = UInt32(addresses.count)
    addresses.append(address)
    ids.insert(key, id)
    return AddressID(rawValue: id)
  }

  /// The id of an address, or nil when nobody has named it yet.
  public func find(_ address: Address) -> AddressID? {
    ids.find(KeyPair(address.high, address.low)).map(AddressID.init(rawValue:))
  }

  /// The address behind an id.
  public subscript(id: AddressID) -> Address { addresses[id.index] }
}
