// SPDX-License-Identifier: GPL-3.0-or-later
private import CGSL

extension KolmogorovSmirnov {
  /// The chance that n uniform values are as far as d from their law somewhere.
  ///
  /// Where it is below 2e-4, twice the one-sided chance: being far on both sides is then rarer than its last digit.
  static func reaching(_ d: Double, _ n: Int) -> Double {
    let size = Double(n)
    if d * size <= 0.5 { return 1 }
    if d >= 1 { return 0 }
    return d * d * size > 4.5 ? min(1, 2 * oneSided(d, n)) : max(0, 1 - closer(d, n))
  }

  /// The chance that the values run ahead of their law by d: Σ over j of d C(n,j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j).
  ///
  /// Source: Birnbaum and Tingey 1951, doi:10.1214/aoms/1177729550.
  private static func oneSided(_ d: Double, _ n: Int) -> Double {
    let size = Double(n)
    var sum = 0.0
    for j in 0...n {
      let left = 1 - d - Double(j) / size
      guard left > 0 else { break }
      var power = gsl_sf_lnchoose(UInt32(n), UInt32(j)) + Series.log(d)
      power += Double(j - 1) * Series.log(d + Double(j) / size)
      power += Double(n - j) * Series.log(left)
      if power > -700 { sum += Series.exp(power) }
    }
    return sum
  }

  /// The chance that n uniform values stay closer than d to their law.
  ///
  /// n!/n^n times the middle element of the n-th power of a matrix of size 2 k - 1, where k - h = n d, h in (0, 1].
  /// Source: Marsaglia, Tsang and Wang 2003, doi:10.18637/jss.v008.i18.
  private static func closer(_ d: Double, _ n: Int) -> Double {
    let size = Double(n)
    let k = Int(size * d) + 1
    let m = 2 * k - 1
    let h = Double(k) - size * d
    var matrix = [Double](repeating: 0, count: m * m)
    for row in 0..<m {
      for column in 0..<m where row - column + 1 >= 0 { matrix[row * m + column] = 1 }
    }
    var power = 1.0
    for row in 0..<m {
      power *= h
      matrix[row * m] -= power
      matrix[(m - 1) * m + m - 1 - row] -= power
    }
    if 2 * h - 1 > 0 {
      var excess = 1.0
      for _ in 0..<m { excess *= 2 * h - 1 }
      matrix[(m - 1) * m] += excess
    }
    for row in 0..<m {
      for column in 0..<m where row - column + 1 > 0 {
        for divisor in 1...(row - column + 1) { matrix[row * m + column] /= Double(divisor) }
      }
    }
    let raised = Scaled(matrix: matrix, size: m).raised(to: n)
    var chance = raised.matrix[(k - 1) * m + k - 1]
    var exponent = raised.exponent
    for factor in 1...n {
      chance *= Double(factor) / size
      if chance < 1e-140 {
        chance *= 1e140
        exponent -= 140
      }
    }
    while exponent > 0 {
      chance *= 10
      exponent -= 1
    }
    while exponent < 0, chance > 0 {
      chance /= 10
      exponent += 1
    }
    return chance
  }

  /// A square matrix times a power of ten, which keeps its powers in range.
  private struct Scaled {
    var matrix: [Double]
    let size: Int
    var exponent = 0

    /// The n-th power, n at least 1, by squaring.
    func raised(to n: Int) -> Scaled {
      if n == 1 { return self }
      var result = raised(to: n / 2)
      result = result.times(result)
      return n % 2 == 0 ? result : result.times(self)
    }

    private func times(_ other: Scaled) -> Scaled {
      var product = [Double](repeating: 0, count: size * size)
      for row in 0..<size {
        for middle in 0..<size {
          let factor = matrix[row * size + middle]
          for column in 0..<size {
            product[row * size + column] += factor * other.matrix[middle * size + column]
          }
        }
      }
      var result = Scaled(matrix: product, size: size, exponent: exponent + other.exponent)
      if product[(size / 2) * size + size / 2] > 1e140 {
        result.matrix = product.map { $0 * 1e-140 }
        result.exponent += 140
      }
      return result
    }
  }
}
