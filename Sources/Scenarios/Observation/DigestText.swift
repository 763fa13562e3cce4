// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Digests as reports show them: sixteen hexadecimal digits.
enum DigestText {
  /// The digits of a digest.
  static func text(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// A digest over digests, in their order; a single one stays as it is.
  static func joined(_ parts: [String]) -> String {
    if parts.count == 1 { return parts[0] }
    var digest = Digest()
    for (number, part) in parts.enumerated() {
      digest.mix(SimTime(nanoseconds: UInt64(number)), UInt64(part, radix: 16) ?? 0)
    }
    return digest.description
  }
}
