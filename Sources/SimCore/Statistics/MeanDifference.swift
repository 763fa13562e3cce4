// SPDX-License-Identifier: GPL-3.0-or-later
private import CGSL

/// Whether two means differ.
public struct MeanDifference: Sendable, Hashable {
  /// The first mean less the second, and its confidence interval.
  public let difference: ConfidenceInterval
  /// The difference in standard errors; infinite when neither sample spreads at all.
  public let t: Double
  /// The degrees of freedom of Student's law.
  public let degreesOfFreedom: Double
  /// The chance of a difference at least this large, either way, if the means are the same.
  public let pValue: Double

  /// Two independent samples, their variances free to differ.
  ///
  /// t = (m1 - m2) / sqrt(v1/n1 + v2/n2), with Satterthwaite's degrees of freedom. Nil for a sample of fewer than two
  /// values or a value that is not finite. Source: Welch 1947, doi:10.2307/2332510.
  public static func welch(_ first: [Double], _ second: [Double], confidence: Double = 0.95) -> MeanDifference? {
    guard let meanA = Moments.mean(first), let meanB = Moments.mean(second),
      let varianceA = Moments.variance(first), let varianceB = Moments.variance(second)
    else { return nil }
    let a = varianceA / Double(first.count)
    let b = varianceB / Double(second.count)
    let sum = a + b
    let shareA = sum > 0 ? a / sum : 0.5
    let shareB = 1 - shareA
    let parts = shareA * shareA / Double(first.count - 1) + shareB * shareB / Double(second.count - 1)
    return judged(meanA - meanB, error: sum.squareRoot(), degreesOfFreedom: 1 / parts, confidence)
  }

  /// Samples whose values belong together one by one, as two variants under the same seeds do.
  ///
  /// Student's t over the n differences, with n - 1 degrees of freedom. Nil for samples of different lengths, fewer than
  /// two pairs or a value that is not finite. Source: Student 1908, doi:10.2307/2331554.
  public static func paired(_ first: [Double], _ second: [Double], confidence: Double = 0.95) -> MeanDifference? {
    guard first.count == second.count else { return nil }
    let differences = zip(first, second).map { $0 - $1 }
    guard let mean = Moments.mean(differences), let variance = Moments.variance(differences) else { return nil }
    let error = (variance / Double(differences.count)).squareRoot()
    return judged(mean, error: error, degreesOfFreedom: Double(differences.count - 1), confidence)
  }

  private static func judged(
    _ difference: Double, error: Double, degreesOfFreedom: Double, _ confidence: Double
  ) -> MeanDifference? {
    guard let reach = Intervals.studentT(confidence: confidence, degreesOfFreedom: degreesOfFreedom),
      let interval = Intervals.interval(difference, reach * error, confidence)
    else { return nil }
    let t = error > 0 ? difference / error : (difference == 0 ? 0 : (difference > 0 ? .infinity : -.infinity))
    let chance = t.isFinite ? 2 * gsl_cdf_tdist_Q(t.magnitude, degreesOfFreedom) : 0
    guard chance.isFinite else { return nil }
    return MeanDifference(
      difference: interval, t: t, degreesOfFreedom: degreesOfFreedom, pValue: min(1, chance))
  }
}
