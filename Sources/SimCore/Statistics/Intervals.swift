// SPDX-License-Identifier: GPL-3.0-or-later
private import CGSL

/// A range that holds the true value with a given confidence.
public struct ConfidenceInterval: Sendable, Hashable {
  /// The estimate.
  public let mean: Double
  /// The lower end.
  public let low: Double
  /// The upper end.
  public let high: Double
  /// The confidence, between 0 and 1.
  public let confidence: Double

  /// Half of the distance between the ends.
  public var halfWidth: Double { (high - low) / 2 }

  /// Whether a value lies within.
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

/// Confidence intervals.
public enum Intervals {
  /// The mean of independent values: mean ± t s / sqrt(n), t of Student's law with n - 1 degrees of freedom.
  ///
  /// Nil for fewer than two values, one that is not finite, or a confidence outside (0, 1). Source: Student 1908,
  /// doi:10.2307/2331554.
  public static func mean(_ values: [Double], confidence: Double = 0.95) -> ConfidenceInterval? {
    guard let mean = Moments.mean(values), let deviation = Moments.standardDeviation(values),
      let t = studentT(confidence: confidence, degreesOfFreedom: Double(values.count - 1))
    else { return nil }
    let half = t * deviation / Double(values.count).squareRoot()
    return interval(mean, half, confidence)
  }

  /// The mean of a series whose values depend on their neighbours: the interval of the means of equal batches.
  ///
  /// Values at the front that fill no batch are left out. Nil for fewer than two batches or a batch without values.
  /// Source: Law, Simulation Modeling and Analysis, 9.5.3.
  public static func batchMeans(
    _ values: [Double], batches: Int, confidence: Double = 0.95
  ) -> ConfidenceInterval? {
    guard batches > 1, values.count >= batches else { return nil }
    let size = values.count / batches
    let start = values.count - size * batches
    let means = (0..<batches).compactMap { batch in
      Moments.mean(Array(values[(start + batch * size)..<(start + (batch + 1) * size)]))
    }
    return means.count == batches ? mean(means, confidence: confidence) : nil
  }

  /// The chance behind some successes: Wilson's score interval; `mean` is the plain share.
  ///
  /// (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n). Nil for no trials or more successes than trials. Source:
  /// Wilson 1927, doi:10.1080/01621459.1927.10502953.
  public static func wilson(successes: Int, trials: Int, confidence: Double = 0.95) -> ConfidenceInterval? {
    guard trials > 0, successes >= 0, successes <= trials, confidence > 0, confidence < 1 else { return nil }
    let n = Double(trials)
    let share = Double(successes) / n
    let z = gsl_cdf_ugaussian_Qinv((1 - confidence) / 2)
    let shrink = 1 + z * z / n
    let middle = (share + z * z / (2 * n)) / shrink
    let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot() / shrink
    guard half.isFinite else { return nil }
    return ConfidenceInterval(
      mean: share,
      low: successes == 0 ? 0 : max(0, middle - half),
      high: successes == trials ? 1 : min(1, middle + half),
      confidence: confidence)
  }

  /// How many standard errors to either side hold the confidence in Student's law; nil for a confidence outside (0, 1) or
  /// degrees of freedom that are not above 0.
  public static func studentT(confidence: Double, degreesOfFreedom: Double) -> Double? {
    guard confidence > 0, confidence < 1, degreesOfFreedom > 0, degreesOfFreedom.isFinite else { return nil }
    return Moments.finite(gsl_cdf_tdist_Qinv((1 - confidence) / 2, degreesOfFreedom))
  }

  static func interval(_ mean: Double, _ half: Double, _ confidence: Double) -> ConfidenceInterval? {
    guard half.isFinite, (mean - half).isFinite, (mean + half).isFinite else { return nil }
    return ConfidenceInterval(mean: mean, low: mean - half, high: mean + half, confidence: confidence)
  }
}
