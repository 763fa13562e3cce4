// SPDX-License-Identifier: GPL-3.0-or-later

/// How a series depends on its own past.
public enum Autocorrelation {
  /// The correlation of a series with itself `lag` values before: Σ(x_t - m)(x_(t+lag) - m) / Σ(x_t - m)².
  ///
  /// Nil when no pair is that far apart, the series is constant, or a value is not finite. Source: Box, Jenkins and
  /// Reinsel, Time Series Analysis, 2.1.5.
  public static func lag(_ values: [Double], _ lag: Int) -> Double? {
    guard lag >= 0, lag < values.count, let mean = Moments.mean(values), let squares = Moments.squares(values),
      squares > 0
    else { return nil }
    let products = (0..<(values.count - lag)).map { (values[$0] - mean) * (values[$0 + lag] - mean) }
    return Moments.finite(Moments.sum(products) / squares)
  }
}
