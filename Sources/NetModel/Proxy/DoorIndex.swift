// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Finds the Service ports that a packet's destination may belong to: the doors through which their rules are entered.
///
/// A door once known stays known, since a node that lags may still have it; whether it is open is the rules' matter.
/// Lookup is one hash probe; the ports of one door, rarely more than one, hang in a chain, oldest first.
struct DoorIndex: ~Copyable {
  private var doors = FlatMap128<UInt32>()
  private var entries: [Entry] = []

  private struct Entry: BitwiseCopyable {
    let port: ServicePortID
    var next: UInt32
  }

  /// No entry.
  static var end: UInt32 { .max }

  /// The door of a node port has no address.
  private static func key(_ address: AddressID, _ protocol: IPProtocol, _ port: UInt16) -> KeyPair {
    KeyPair(UInt64(address.rawValue), UInt64(`protocol`.rawValue) << 16 | UInt64(port))
  }

  /// Adds a door, unless it is known as this port's; for a node port the address is none.
  mutating func add(_ id: ServicePortID, _ address: AddressID, _ protocol: IPProtocol, _ port: UInt16) {
    let key = Self.key(address, `protocol`, port)
    guard var at = doors.find(key) else {
      doors.insert(key, UInt32(entries.count))
      entries.append(Entry(port: id, next: Self.end))
      return
    }
    while true {
      if entries[Int(at)].port == id { return }
      if entries[Int(at)].next == Self.end { break }
      at = entries[Int(at)].next
    }
    entries[Int(at)].next = UInt32(entries.count)
    entries.append(Entry(port: id, next: Self.end))
  }

  /// The first entry of a door, or `end`.
  func first(_ address: AddressID, _ protocol: IPProtocol, _ port: UInt16) -> UInt32 {
    doors.find(Self.key(address, `protocol`, port)) ?? Self.end
  }

  /// An entry's port and the entry after it.
  func entry(_ at: UInt32) -> (port: ServicePortID, next: UInt32) {
    (entries[Int(at)].port, entries[Int(at)].next)
  }
}
