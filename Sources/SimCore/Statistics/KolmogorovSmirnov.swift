// SPDX-License-Identifier: GPL-3.0-or-later

/// The outcome of a Kolmogorov–Smirnov test.
public struct KolmogorovSmirnovResult: Sendable, Hashable {
  /// The greatest distance of the two distribution functions.
  public let statistic: Double
  /// The chance of a distance at least this large if the laws are the same; nil where the sample is too large for it.
  public let exactP: Double?
  /// The same chance in the limit of large samples.
  public let asymptoticP: Double

  /// The exact chance, or the asymptotic one where there is none.
  public var pValue: Double { exactP ?? asymptoticP }
}

/// Whether a sample follows a law, or two samples the same one.
public enum KolmogorovSmirnov {
  /// A sample against the uniform law on [0, 1].
  ///
  /// Nil for no values or one that is not finite. Exact to 1,000 values, by Marsaglia, Tsang and Wang 2003,
  /// doi:10.18637/jss.v008.i18. Asymptotic: Kolmogorov's law at sqrt(n) D.
  public static func uniform(_ values: [Double]) -> KolmogorovSmirnovResult? {
    oneSample(values) { min(max($0, 0), 1) }
  }

  /// A sample against the law with this distribution function.
  public static func oneSample(
    _ values: [Double], _ distribution: (Double) -> Double
  ) -> KolmogorovSmirnovResult? {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
    let n = Double(values.count)
    var distance = 0.0
    for (place, value) in values.sorted().enumerated() {
      let expected = distribution(value)
      guard expected.isFinite else { return nil }
      distance = max(distance, expected - Double(place) / n, Double(place + 1) / n - expected)
    }
    return KolmogorovSmirnovResult(
      statistic: distance,
      exactP: values.count <= 1000 ? reaching(distance, values.count) : nil,
      asymptoticP: limit(n.squareRoot() * distance))
  }

  /// Two samples against each other.
  ///
  /// Nil for an empty sample or a value that is not finite. Exact while the product of the sizes is at most 1,000,000,
  /// by counting the orders of the two samples (Hodges 1958, doi:10.1007/BF02589501); equal values across the samples
  /// make it too large. Asymptotic: Kolmogorov's law at sqrt(m n / (m + n)) D.
  public static func twoSample(_ first: [Double], _ second: [Double]) -> KolmogorovSmirnovResult? {
    guard !first.isEmpty, !second.isEmpty, first.allSatisfy(\.isFinite), second.allSatisfy(\.isFinite) else {
      return nil
    }
    let a = first.sorted()
    let b = second.sorted()
    // Distances in units of 1 / (m n), so that they are whole.
    var i = 0
    var j = 0
    var distance = 0
    while i < a.count, j < b.count {
      let value = min(a[i], b[j])
      while i < a.count, a[i] == value { i += 1 }
      while j < b.count, b[j] == value { j += 1 }
      distance = max(distance, abs(i * b.count - j * a.count))
    }
    let product = Double(a.count) * Double(b.count)
    let size = product / Double(a.count + b.count)
    let statistic = Double(distance) / product
    return KolmogorovSmirnovResult(
      statistic: statistic,
      exactP: product <= 1e6 ? reaching(distance, a.count, b.count) : nil,
      asymptoticP: limit(size.squareRoot() * statistic))
  }

  /// The chance that a random order of m and n values ever reaches the distance: 1 where it does on the way, otherwise
  /// that of the two orders it grew from. Adds only, so small chances keep their digits.
  private static func reaching(_ distance: Int, _ m: Int, _ n: Int) -> Double {
    guard distance > 0 else { return 1 }
    var row = [Double](repeating: 0, count: n + 1)
    for i in 0...m {
      for j in 0...n {
        if abs(i * n - j * m) >= distance {
          row[j] = 1
        } else if i + j > 0 {
          let fromFirst = i > 0 ? Double(i) * row[j] : 0
          let fromSecond = j > 0 ? Double(j) * row[j - 1] : 0
          row[j] = (fromFirst + fromSecond) / Double(i + j)
        }
      }
    }
    return row[n]
  }

  /// Kolmogorov's law: P(more than z) = 2 Σ (-1)^(k-1) e^(-2 k² z²), and below z = 1 its other form,
  /// 1 - sqrt(2π)/z Σ e^(-(2k-1)² π² / (8 z²)). Source: Kolmogorov 1933.
  static func limit(_ z: Double) -> Double {
    guard z > 0.05 else { return 1 }
    var sum = 0.0
    if z < 1 {
      for k in stride(from: 1.0, through: 15, by: 2) {
        let power = k * k * Double.pi * Double.pi / (8 * z * z)
        if power < 700 { sum += Series.exp(-power) }
      }
      return 1 - (2 * Double.pi).squareRoot() / z * sum
    }
    var sign = 1.0
    for k in 1...6 {
      let power = 2 * Double(k * k) * z * z
      if power < 700 { sum += sign * Series.exp(-power) }
      sign = -sign
    }
    return min(1, max(0, 2 * sum))
  }
}
