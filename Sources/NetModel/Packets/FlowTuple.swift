// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A five-tuple in two machine words.
///
/// `addresses` is source << 32 | destination, as interned ids; `ports` is source << 48 | destination << 32 |
/// protocol << 24, with the low 24 bits free for the conntrack table's node.
public struct FlowTuple: Hashable, Sendable, BitwiseCopyable {
  /// Source and destination address ids.
  public var addresses: UInt64
  /// Ports and protocol.
  public var ports: UInt64

  /// Packs a five-tuple.
  public init(
    source: AddressID, sourcePort: UInt16, destination: AddressID, destinationPort: UInt16, protocol: IPProtocol
  ) {
    addresses = UInt64(source.rawValue) << 32 | UInt64(destination.rawValue)
    ports =
      UInt64(sourcePort) << 48 | UInt64(destinationPort) << 32 | UInt64(`protocol`.rawValue) << 24
  }

  /// Wraps packed words.
  public init(addresses: UInt64, ports: UInt64) {
    self.addresses = addresses
    self.ports = ports
  }

  /// The source address.
  public var source: AddressID {
    get { AddressID(rawValue: UInt32(truncatingIfNeeded: addresses >> 32)) }
    set { addresses = addresses & 0xffff_ffff | UInt64(newValue.rawValue) << 32 }
  }

  /// The destination address.
  public var destination: AddressID {
    get { AddressID(rawValue: UInt32(truncatingIfNeeded: addresses)) }
    set { addresses = addresses & ~0xffff_ffff | UInt64(newValue.rawValue) }
  }

  /// The source port.
  public var sourcePort: UInt16 {
    get { UInt16(truncatingIfNeeded: ports >> 48) }
    set { ports = ports & 0x0000_ffff_ffff_ffff | UInt64(newValue) << 48 }
  }

  /// The destination port.
  public var destinationPort: UInt16 {
    get { UInt16(truncatingIfNeeded: ports >> 32) }
    set { ports = ports & 0xffff_0000_ffff_ffff | UInt64(newValue) << 32 }
  }

  /// The transport protocol.
  public var `protocol`: IPProtocol { IPProtocol(rawValue: UInt8(truncatingIfNeeded: ports >> 24)) }

  /// The tuple of the answer: both ends exchanged.
  @inline(__always) public var reversed: FlowTuple {
    FlowTuple(
      addresses: addresses << 32 | addresses >> 32,
      ports: ports << 16 & 0xffff_0000_0000_0000 | ports >> 16 & 0x0000_ffff_0000_0000 | ports & 0xffff_ffff)
  }
}
