// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Numbers the addresses of one world, so that a packet's five-tuple is two machine words.
///
/// Ids are given in the order of first use and never reused. A class because the compiled rules, conntrack and the
/// hosts of one world share it; reading an address by id is one array read.
public final class AddressTable {
  private struct State: ~Copyable {
    var ids = FlatMap128<UInt32>()
    var rows = Table<InternedAddress, Address>()
  }
  private let cell = Cell(State())

  /// Makes an empty table.
  public init() {}

  /// The number of addresses known.
  public var count: Int { cell.state.rows.count }

  /// The id of an address, given now if it is new.
  public func intern(_ address: Address) -> AddressID {
    let key = KeyPair(address.high, address.low)
    if let known = cell.state.ids.find(key) { return AddressID(rawValue: known) }
    let id = cell.state.rows.append(address)
    cell.state.ids.insert(key, id.rawValue)
    return id
  }

  /// The id of an address, or nil when nobody has named it yet.
  public func find(_ address: Address) -> AddressID? {
    cell.state.ids.find(KeyPair(address.high, address.low)).map(AddressID.init(rawValue:))
  }

  /// The address behind an id.
  public subscript(id: AddressID) -> Address { cell.state.rows[id] }
}
