// SPDX-License-Identifier: GPL-3.0-or-later

/// Numbers as iptables reads them.
enum RuleNumber {
  /// A decimal, `0x` hexadecimal or `0` octal number up to `max`, as `strtoul` with base 0 (xtables_strtoui); nil otherwise.
  static func unsigned(_ text: some StringProtocol, max: UInt64) -> UInt64? {
    var digits = Array(text.utf8)
    var radix: UInt64 = 10
    if digits.count > 2, digits[0] == 48, digits[1] | 0x20 == UInt8(ascii: "x") {
      radix = 16
      digits.removeFirst(2)
    } else if digits.count > 1, digits[0] == 48 {
      radix = 8
      digits.removeFirst()
    }
    guard !digits.isEmpty, digits.count <= 24 else { return nil }
    var value: UInt64 = 0
    for byte in digits {
      let digit: UInt64
      switch byte {
      case 48...57: digit = UInt64(byte - 48)
      case 97...102: digit = UInt64(byte - 87)
      case 65...70: digit = UInt64(byte - 55)
      default: return nil
      }
      guard digit < radix else { return nil }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: radix)
      guard !overflow, shifted <= UInt64.max - digit else { return nil }
      value = shifted + digit
    }
    return value <= max ? value : nil
  }

  /// `0x…` in lower case.
  static func hex(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }
}
