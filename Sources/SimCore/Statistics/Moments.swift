// SPDX-License-Identifier: GPL-3.0-or-later

/// Mean, spread and the fullest against the mean.
public enum Moments {
  /// The arithmetic mean; nil for no values or a value that is not finite.
  public static func mean(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    return finite(sum(values) / Double(values.count))
  }

  /// The arithmetic mean of counts; nil for none.
  public static func mean(_ counts: [Int]) -> Double? { mean(counts.map(Double.init)) }

  /// The unbiased variance: Σ(x - mean)² / (n - 1); nil for fewer than two values.
  public static func variance(_ values: [Double]) -> Double? {
    guard values.count > 1, let squares = squares(values) else { return nil }
    return finite(squares / Double(values.count - 1))
  }

  /// The variance of a whole population: Σ(x - mean)² / n; nil for no values.
  public static func populationVariance(_ values: [Double]) -> Double? {
    guard let squares = squares(values) else { return nil }
    return finite(squares / Double(values.count))
  }

  /// The square root of the unbiased variance; nil for fewer than two values.
  public static func standardDeviation(_ values: [Double]) -> Double? { variance(values)?.squareRoot() }

  /// The coefficient of variation, population form: sqrt(Σ(x - mean)² / n) / mean; nil for no values or a mean of 0.
  ///
  /// The population form is the one for which Jain's index is 1 / (1 + CV²). Source: Jain, Chiu and Hawe 1984,
  /// DEC-TR-301.
  public static func coefficientOfVariation(_ values: [Double]) -> Double? {
    guard let mean = mean(values), mean != 0, let variance = populationVariance(values) else { return nil }
    return finite(variance.squareRoot() / mean.magnitude)
  }

  /// The coefficient of variation of counts; nil for none or all of them 0.
  public static func coefficientOfVariation(_ counts: [Int]) -> Double? {
    coefficientOfVariation(counts.map(Double.init))
  }

  /// The greatest value over the mean: 1 when all are equal, n when one has all; nil for no values or a mean of 0.
  ///
  /// Source: Mitzenmacher and Upfal, Probability and Computing, 5.2 (the maximum load).
  public static func maxOverMean(_ values: [Double]) -> Double? {
    guard let mean = mean(values), mean != 0, let greatest = values.max() else { return nil }
    return finite(greatest / mean)
  }

  /// The greatest count over the mean; nil for none or all of them 0.
  public static func maxOverMean(_ counts: [Int]) -> Double? { maxOverMean(counts.map(Double.init)) }

  /// The sum, its rounding errors carried along. Source: Neumaier 1974, doi:10.1002/zamm.19740540106.
  static func sum(_ values: [Double]) -> Double {
    var sum = 0.0
    var lost = 0.0
    for value in values {
      let next = sum + value
      lost += sum.magnitude >= value.magnitude ? (sum - next) + value : (value - next) + sum
      sum = next
    }
    return sum + lost
  }

  /// The sum of squared deviations from the mean; nil for no values.
  static func squares(_ values: [Double]) -> Double? {
    guard let mean = mean(values) else { return nil }
    return finite(sum(values.map { ($0 - mean) * ($0 - mean) }))
  }

  /// The number itself, or nil for infinity and NaN.
  static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}
