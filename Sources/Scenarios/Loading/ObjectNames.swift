// SPDX-License-Identifier: GPL-3.0-or-later

/// The forms that Kubernetes allows names to have.
///
/// Source: apimachinery pkg/util/validation/validation.go.
enum ObjectNames {
  /// A label of at most 63 characters: `a-b1` (RFC 1123).
  static func isLabel(_ text: String) -> Bool { text.utf8.count <= 63 && isLabelOfAnyLength(text[...].utf8) }

  /// Labels joined by dots, at most 253 characters.
  static func isSubdomain(_ text: String) -> Bool {
    text.utf8.count <= 253
      && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        .allSatisfy { isLabelOfAnyLength($0) }
  }

  /// A port's name (RFC 6335): at most 15 of `a`–`z`, `0`–`9`, `-`, with a letter, no `-` at the ends or doubled.
  static func isPortName(_ text: String) -> Bool {
    text.utf8.count <= 15 && isLabelOfAnyLength(text[...].utf8) && text.utf8.contains { isLower($0) }
      && !text.contains("--")
  }

  /// A label's key: a name of at most 63 characters, a subdomain and `/` before it allowed.
  static func isLabelKey(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let name = parts.last, parts.count <= 2 else { return false }
    if parts.count == 2, !isSubdomain(String(parts[0])) { return false }
    return !name.isEmpty && isLabelValue(String(name))
  }

  /// A label's value: empty or at most 63 characters, letters and digits at the ends.
  static func isLabelValue(_ text: String) -> Bool {
    guard text.utf8.count <= 63 else { return false }
    guard let first = text.utf8.first, let last = text.utf8.last else { return true }
    let isInner: (UInt8) -> Bool = {
      isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
    }
    return isAlphanumeric(first) && isAlphanumeric(last) && text.utf8.allSatisfy(isInner)
  }

  private static func isLabelOfAnyLength(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
    guard let first = bytes.first, let last = bytes.last else { return false }
    let isEnd: (UInt8) -> Bool = { isLower($0) || isDigit($0) }
    return isEnd(first) && isEnd(last) && bytes.allSatisfy { isEnd($0) || $0 == UInt8(ascii: "-") }
  }

  private static func isLower(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
  private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
  private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte | 0x20) || isDigit(byte) }
}
