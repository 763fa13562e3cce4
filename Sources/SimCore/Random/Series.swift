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
  /// Splits x = k log 2 + r with |r| at most half of log 2, then sums Taylor's series of r.
  @usableFromInline static func exp(_ x: Double) -> Double {
    let power = (x * 1.4426950408889634).rounded()
    let rest = (x - power * upperLog2) - power * lowerLog2
    var sum = 1.0
    var divisor = 14.0
    while divisor >= 1 {
      sum = 1 + sum * rest / divisor
      divisor -= 1
    }
    return Double(sign: .plus, exponent: Int(power), significand: sum)
  }

  // log 2 in two parts; the upper one has 32 bits, so that its products with small whole numbers are exact.
  private static var upperLog2: Double { 0x1.62e42feep-1 }
  private static var lowerLog2: Double { 0x1.a39ef35793c76p-33 }
}
