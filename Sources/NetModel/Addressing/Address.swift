// SPDX-License-Identifier: GPL-3.0-or-later

/// An IPv4 or IPv6 address as one 128-bit value.
///
/// IPv4 is held as its IPv4-mapped IPv6 address (`::ffff:a.b.c.d`, RFC 4291, section 2.5.5.2), so that both
/// families share every code path; as in Go's `net.IP`, a literal `::ffff:1.2.3.4` is the IPv4 address 1.2.3.4.
public struct Address: Hashable, Sendable, BitwiseCopyable, Comparable {
  /// The upper 64 bits in network order.
  public let high: UInt64
  /// The lower 64 bits in network order.
  public let low: UInt64

  /// Wraps the 128 bits of an address.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Wraps an IPv4 address in host order: 10.0.0.1 is 0x0a000001.
  public init(ipv4 value: UInt32) {
    self.init(high: 0, low: 0xffff_0000_0000 | UInt64(value))
  }

  /// The family this address belongs to.
  public var family: IPFamily { high == 0 && low >> 32 == 0xffff ? .ipv4 : .ipv6 }

  /// The IPv4 address in host order; meaningless for IPv6.
  public var ipv4: UInt32 { UInt32(truncatingIfNeeded: low) }

  /// `0.0.0.0` or `::`.
  public static func unspecified(_ family: IPFamily) -> Address {
    family == .ipv4 ? Address(ipv4: 0) : Address(high: 0, low: 0)
  }

  /// 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    family == .ipv4 ? ipv4 >> 24 == 127 : high == 0 && low == 1
  }

  /// Orders addresses by their 128 bits.
  public static func < (a: Address, b: Address) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }

  /// The address `count` further on, or nil when that leaves the family.
  public func advanced(by count: UInt64) -> Address? {
    if family == .ipv4 {
      let sum = UInt64(ipv4) &+ count
      return sum <= UInt64(UInt32.max) && count <= UInt64(UInt32.max) ? Address(ipv4: UInt32(sum)) : nil
    }
    let (sum, carry) = low.addingReportingOverflow(count)
    if !carry { return Address(high: high, low: sum) }
    return high == .max ? nil : Address(high: high + 1, low: sum)
  }
}
