// SPDX-License-Identifier: GPL-3.0-or-later

extension Address: CustomStringConvertible, LosslessStringConvertible {
  /// Reads `a.b.c.d` or an RFC 4291 IPv6 literal; nil for anything else.
  ///
  /// Leading zeros in IPv4 octets are read as decimal, as kube-proxy's `ParseIPSloppy` does
  /// (k8s.io/utils/net, ParseIPSloppy).
  public init?(_ text: String) {
    if let value = Address.parse(text) { self = value.address } else { return nil }
  }

  /// The address that a text spells, and whether an IPv4 octet had a leading zero (read as decimal).
  public static func parse(_ text: some StringProtocol) -> (address: Address, hasLeadingZeros: Bool)? {
    let bytes = Array(text.utf8)
    if bytes.contains(UInt8(ascii: ":")) {
      return parseIPv6(bytes).map { ($0, false) }
    }
    guard let (value, zeros) = parseIPv4(bytes[...]) else { return nil }
    return (Address(ipv4: value), zeros)
  }

  private static func parseIPv4(_ bytes: ArraySlice<UInt8>) -> (UInt32, Bool)? {
    var value: UInt32 = 0
    var octet: UInt32 = 0
    var digits = 0
    var octets = 0
    var zeros = false
    for byte in bytes {
      if byte == UInt8(ascii: ".") {
        guard digits > 0, octets < 3 else { return nil }
        value = value << 8 | octet
        octets += 1
        octet = 0
        digits = 0
      } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
        if digits > 0 && octet == 0 { zeros = true }
        octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
        digits += 1
        guard octet <= 255, digits <= 8 else { return nil }
      } else {
        return nil
      }
    }
    guard octets == 3, digits > 0 else { return nil }
    return (value << 8 | octet, zeros)
  }

  private static func parseIPv6(_ bytes: [UInt8]) -> Address? {
    var groups: [UInt16] = []
    var gap: Int?
    var i = 0
    if bytes.starts(with: [UInt8(ascii: ":"), UInt8(ascii: ":")]) {
      gap = 0
      i = 2
    }
    while i < bytes.count {
      if groups.count == 8 { return nil }
      var value: UInt32 = 0
      var digits = 0
      let start = i
      while i < bytes.count, let digit = hexDigit(bytes[i]) {
        value = value << 4 | digit
        digits += 1
        i += 1
        if digits > 4 { break }
      }
      if i < bytes.count, bytes[i] == UInt8(ascii: ".") {
        guard groups.count <= 6, let (tail, zeros) = parseIPv4(bytes[start...]), !zeros else { return nil }
        groups.append(UInt16(tail >> 16))
        groups.append(UInt16(tail & 0xffff))
        i = bytes.count
        break
      }
      guard digits > 0, digits <= 4 else { return nil }
      groups.append(UInt16(value))
      if i == bytes.count { break }
      guard bytes[i] == UInt8(ascii: ":") else { return nil }
      i += 1
      if i < bytes.count, bytes[i] == UInt8(ascii: ":") {
        guard gap == nil else { return nil }
        gap = groups.count
        i += 1
      } else if i == bytes.count {
        return nil
      }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for k in 0..<4 {
      high = high << 16 | UInt64(groups[k])
      low = low << 16 | UInt64(groups[k + 4])
    }
    return Address(high: high, low: low)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// The canonical text: dotted decimal, or RFC 5952 for IPv6.
  public var description: String {
    if family == .ipv4 {
      return "\(ipv4 >> 24).\(ipv4 >> 16 & 255).\(ipv4 >> 8 & 255).\(ipv4 & 255)"
    }
    let groups: [UInt16] = (0..<8).map { (k: Int) -> UInt16 in
      let half: UInt64 = k < 4 ? high : low
      let shift = UInt64(48 - 16 * (k % 4))
      return UInt16(truncatingIfNeeded: half >> shift)
    }
    // RFC 5952, section 4.2: the longest run of zeros, the first of equals, at least two groups.
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > best.count { best = start..<end }
      start = max(end, start + 1)
    }
    if best.count < 2 { return groups.map { String($0, radix: 16) }.joined(separator: ":") }
    let head = groups[..<best.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
    let tail = groups[best.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
    return head + "::" + tail
  }
}
