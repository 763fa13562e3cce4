// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What an `InterfaceID` numbers: a network interface's name.
public enum InterfaceRow {}
/// A network interface's name, interned; `none` where a packet has no such interface.
public typealias InterfaceID = ID<InterfaceRow>

/// An interface name as sixteen bytes, so that comparing one, even with a wildcard, is two masked words.
///
/// Source: include/linux/netfilter/x_tables.h, `ifname_compare_aligned`; IFNAMSIZ is 16.
public struct InterfaceName: Hashable, Sendable, BitwiseCopyable {
  let first: UInt64
  let second: UInt64

  /// No name: all zeros.
  static let none = InterfaceName(bytes: EmptyCollection())

  init(bytes: some Sequence<UInt8>) {
    var words: (UInt64, UInt64) = (0, 0)
    var shift: UInt64 = 0
    for byte in bytes.prefix(16) {
      if shift < 64 {
        words.0 |= UInt64(byte) << shift
      } else {
        words.1 |= UInt64(byte) << (shift - 64)
      }
      shift += 8
    }
    first = words.0
    second = words.1
  }
}

/// Numbers the interface names of one world.
public final class InterfaceTable {
  private var ids: [InterfaceName: UInt32] = [:]
  private var names: [String] = []
  /// Read with every rule that names an interface.
  private let packed = Cell(Table<InterfaceRow, InterfaceName>())

  /// Makes an empty table.
  public init() {}

  /// The id of a name, given now if it is new; the kernel's 15 significant bytes count.
  public func intern(_ name: String) -> InterfaceID {
    let key = InterfaceName(bytes: name.utf8.prefix(15))
    if let known = ids[key] { return InterfaceID(rawValue: known) }
    let id = UInt32(names.count)
    ids[key] = id
    names.append(name)
    packed.state.append(key)
    return InterfaceID(rawValue: id)
  }

  /// The name behind an id; empty for `none`.
  public subscript(id: InterfaceID) -> String { id.isNone ? "" : names[id.index] }

  /// The packed name; all zeros for `none`, as in the kernel where a packet has no such interface.
  func packedName(_ id: InterfaceID) -> InterfaceName {
    id.isNone ? InterfaceName.none : packed.state[id]
  }
}

/// An interface pattern of a rule: a name, or the beginning of one (`cali+`).
struct InterfacePattern: Hashable, BitwiseCopyable {
  let name: InterfaceName
  let mask: InterfaceName

  /// Reads a name as `-i` takes it; a name of just `+` matches everything.
  init(_ text: String) {
    var bytes = Array(text.utf8.prefix(15))
    let isPrefix = bytes.last == UInt8(ascii: "+")
    if isPrefix { bytes.removeLast() }
    name = InterfaceName(bytes: bytes)
    // A whole name is compared with its terminating zero.
    mask = InterfaceName(bytes: repeatElement(0xff, count: bytes.count + (isPrefix ? 0 : 1)))
  }

  /// Whether a name fits.
  func matches(_ other: InterfaceName) -> Bool {
    (other.first ^ name.first) & mask.first | (other.second ^ name.second) & mask.second == 0
  }
}
