// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Numbers as text, the same on every machine and in every locale.
public enum NumberText {
  /// With so many decimals, rounded to nearest: `0.50`.
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    let text = format("%.*f", decimals, value)
    // A negative number that rounds to nothing is nothing.
    return text.hasPrefix("-") && text.allSatisfy({ "-0.".contains($0) }) ? String(text.dropFirst()) : text
  }

  /// With at most so many significant digits, no zeros at the end: `0.123456789`, `1e-12`.
  public static func significant(_ value: Double, _ digits: Int) -> String { format("%.*g", digits, value) }

  /// A whole number with a comma between thousands: `57,473`.
  public static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = value < 0 ? "-" : ""
    for (at, digit) in digits.enumerated() {
      if at > 0 && (digits.count - at) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  // The process never sets a locale, so C's own decimal point stands.
  private static func format(_ pattern: String, _ precision: Int, _ value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 400)
    let count = withVaList([CInt(precision), value]) { vsnprintf(&buffer, buffer.count, pattern, $0) }
    return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
