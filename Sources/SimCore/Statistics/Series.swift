// SPDX-License-Identifier: GPL-3.0-or-later

/// Logarithm and exponential from add, subtract, multiply and divide alone.
///
/// A C library picks its `log` and `exp` by processor, and their last bits differ; these give the same bits everywhere,
/// since Swift fuses no multiplication with an addition. Right to a few units in the last place.
@usableFromInline enum Series {
  /// The natural logarithm of a finite normal number above zero.
  ///
  /// Splits x = m 2^k with m in [sqrt(1/2), sqrt 2), then log m = 2 artanh s with s = (m - 1) / (m + 1).
  static func log(_ x: Double) -> Double {
    var mantissa = x.significand
    var exponent = Double(x.exponent)
    if mantissa > 1.4142135623730951 {
      mantissa /= 2
      exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let square = s * s
    var sum = 0.0
    var odd = 23.0
    while odd >= 3 {
      sum = (sum + 1 / odd) * square
      odd -= 2
    }
    return exponent * upperLog2 + (exponent * lowerLog2 + (2 * s + 2 * s * sum))
  }

  /// e to a power between -700 and 700.
  ///
  /// Splits x = k log 2 + r with |r| at most half of log 2, then sums Taylor's series of r, highest power first.
  @usableFromInline static func exp(_ x: Double) -> Double {
    let power = Int(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5))
    let r = (x - Double(power) * upperLog2) - Double(power) * lowerLog2
    var sum = 1.0 / 87_178_291_200
    sum = sum * r + 1.0 / 6_227_020_800
    sum = sum * r + 1.0 / 479_001_600
    sum = sum * r + 1.0 / 39_916_800
    sum = sum * r + 1.0 / 3_628_800
    sum = sum * r + 1.0 / 362_880
    sum = sum * r + 1.0 / 40_320
    sum = sum * r + 1.0 / 5040
    sum = sum * r + 1.0 / 720
    sum = sum * r + 1.0 / 120
    sum = sum * r + 1.0 / 24
    sum = sum * r + 1.0 / 6
    sum = sum * r + 0.5
    sum = sum * r + 1
    sum = sum * r + 1
    return sum * Double(bitPattern: UInt64(bitPattern: Int64(1023 + power)) << 52)
  }

  // log 2 in two parts; the upper one has 32 bits, so that its products with small whole numbers are exact.
  private static var upperLog2: Double { 0x1.62e42feep-1 }
  private static var lowerLog2: Double { 0x1.a39ef35793c76p-33 }
}
