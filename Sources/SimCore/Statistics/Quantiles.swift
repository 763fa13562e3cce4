// SPDX-License-Identifier: GPL-3.0-or-later

/// Quantiles of a sample.
public enum Quantiles {
  /// The quantile at p of values in any order: between the two nearest ones in order, at h = (n - 1) p.
  ///
  /// Nil for no values, a value that is not finite, or p outside [0, 1]. Source: Hyndman and Fan 1996,
  /// doi:10.2307/2684934, definition 7: the default of R and NumPy.
  ///
  /// - Complexity: O(n log n).
  public static func type7(_ values: [Double], p: Double) -> Double? {
    guard values.allSatisfy(\.isFinite) else { return nil }
    return type7(sorted: values.sorted(), p: p)
  }

  /// The quantile at p of finite values that are in order already.
  ///
  /// - Complexity: O(1).
  public static func type7(sorted values: [Double], p: Double) -> Double? {
    guard let last = values.last, p >= 0, p <= 1 else { return nil }
    let place = Double(values.count - 1) * p
    let below = Int(place)
    guard below + 1 < values.count else { return last }
    return values[below] + (place - Double(below)) * (values[below + 1] - values[below])
  }
}
