// SPDX-License-Identifier: GPL-3.0-or-later

/// A CIDR block: an address with its host bits cleared and a length in bits of its family.
public struct Prefix: Hashable, Sendable, BitwiseCopyable, Comparable {
  /// The block's first address.
  public let address: Address
  /// How many leading bits count, 0…32 or 0…128.
  public let length: UInt8

  /// The block of `length` bits that holds `address`; nil when the length is out of range.
  public init?(_ address: Address, length: Int) {
    guard (0...address.family.bits).contains(length) else { return nil }
    self.length = UInt8(length)
    let (high, low) = Prefix.mask(family: address.family, length: length)
    self.address = Address(high: address.high & high, low: address.low & low)
  }

  /// The block that holds just this address: a /32 or /128.
  public init(host address: Address) {
    self.address = address
    self.length = UInt8(address.family.bits)
  }

  /// The family of the block.
  public var family: IPFamily { address.family }

  /// Whether the block is a single address.
  public var isHost: Bool { Int(length) == family.bits }

  /// The mask over the 128 bits; for IPv4 the 96 mapped bits always count, so that families never mix.
  public static func mask(family: IPFamily, length: Int) -> (high: UInt64, low: UInt64) {
    let bits = family == .ipv4 ? length + 96 : length
    let high = bits >= 64 ? UInt64.max : bits == 0 ? 0 : UInt64.max << UInt64(64 - bits)
    let low = bits <= 64 ? 0 : bits == 128 ? UInt64.max : UInt64.max << UInt64(128 - bits)
    // ::/0 must not take in the IPv4-mapped range; `contains` compares the family where length is below 96.
    return (high, low)
  }

  /// Whether the block holds this address.
  public func contains(_ other: Address) -> Bool {
    guard other.family == family else { return false }
    let (high, low) = Prefix.mask(family: family, length: Int(length))
    return other.high & high == address.high && other.low & low == address.low
  }

  /// Whether the block holds the whole of another.
  public func contains(_ other: Prefix) -> Bool { other.length >= length && contains(other.address) }

  /// Whether the two share an address.
  public func overlaps(_ other: Prefix) -> Bool { contains(other) || other.contains(self) }

  /// The number of addresses, `UInt64.max` when it does not fit.
  public var count: UInt64 {
    let hostBits = family.bits - Int(length)
    return hostBits >= 64 ? .max : 1 << UInt64(hostBits)
  }

  /// The address `offset` into the block, or nil beyond its end.
  public func address(at offset: UInt64) -> Address? {
    offset < count ? address.advanced(by: offset) : nil
  }

  /// The `index`-th block of `length` bits inside this one, or nil beyond its end.
  public func subnet(length: Int, index: UInt64) -> Prefix? {
    guard length >= Int(self.length), length <= family.bits else { return nil }
    let freeBits = length - Int(self.length)
    guard freeBits >= 64 || index < 1 << UInt64(freeBits) else { return nil }
    let shift = family.bits - length
    guard shift < 64 else {
      let moved = shift - 64
      guard moved == 0 || index >> UInt64(64 - moved) == 0 else { return nil }
      return Prefix(Address(high: address.high | index << UInt64(moved), low: address.low), length: length)
    }
    guard shift == 0 || index >> UInt64(64 - shift) == 0 else { return nil }
    return address.advanced(by: index << UInt64(shift)).flatMap { Prefix($0, length: length) }
  }

  /// Orders blocks by address, then by length.
  public static func < (a: Prefix, b: Prefix) -> Bool {
    a.address != b.address ? a.address < b.address : a.length < b.length
  }
}

extension Prefix: CustomStringConvertible, LosslessStringConvertible {
  /// Reads `address/length`, or a bare address as its host block; host bits are cleared. Nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = Address.parse(parts[0])?.address else { return nil }
    guard parts.count == 2 else {
      self.init(host: address)
      return
    }
    guard let length = Int(parts[1]), parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
    self.init(address, length: length)
  }

  /// `address/length`.
  public var description: String { "\(address)/\(length)" }
}
