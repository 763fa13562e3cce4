// SPDX-License-Identifier: GPL-3.0-or-later
private import CGSL

/// The law of a random quantity, by its mean and its shape.
///
/// Every law is of numbers at or above zero: lengths of time, sizes, counts.
public enum Distribution: Sendable, Hashable {
  /// Always the same number.
  case constant(Double)
  /// The exponential law: e^(-x / mean).
  case exponential(mean: Double)
  /// Every number of [low, high) alike.
  case uniform(low: Double, high: Double)
  /// The normal law, drawn again while negative; `mean` and `stddev` are those before that cut.
  case normal(mean: Double, stddev: Double)
  /// The law of e^X for a normal X of standard deviation sigma; `mean` is that of the number drawn, not of X.
  case lognormal(mean: Double, sigma: Double)
  /// The gamma law: a sum of `shape` exponentials when `shape` is whole.
  case gamma(mean: Double, shape: Double)
  /// The Weibull law: P(more than x) = e^-(x / scale)^shape, the scale solved for the mean.
  case weibull(mean: Double, shape: Double)
  /// The Pareto law: P(more than x) = (scale / x)^shape from the scale on, the scale solved for the mean.
  ///
  /// With `max` it is the bounded law on [scale, max], and the mean is that of the bounded law.
  case pareto(mean: Double, shape: Double, max: Double?)
  /// One of these numbers, each alike.
  case empirical([Double])

  /// What is wrong with the parameters, in words; nil when nothing is.
  public var problem: String? {
    switch self {
    case .constant(let value): Distribution.negative("the value", value)
    case .exponential(let mean): Distribution.notPositive("the mean", mean)
    case .uniform(let low, let high):
      Distribution.negative("low", low) ?? Distribution.negative("high", high)
        ?? (low > high ? "low (\(low)) is above high (\(high))" : nil)
    case .normal(let mean, let stddev):
      Distribution.negative("the mean", mean) ?? Distribution.negative("the standard deviation", stddev)
    case .lognormal(let mean, let sigma):
      Distribution.notPositive("the mean", mean) ?? Distribution.negative("sigma", sigma)
        ?? (sigma > 10 ? "sigma (\(sigma)) is above 10" : nil)
    case .gamma(let mean, let shape): Distribution.meanOrShape(mean, shape, least: 0.01)
    case .weibull(let mean, let shape): Distribution.meanOrShape(mean, shape, least: 0.05)
    case .pareto(let mean, let shape, nil):
      Distribution.meanOrShape(mean, shape, least: 0)
        ?? (shape <= 1 ? "the shape (\(shape)) must be above 1, or there is no mean: give a max" : nil)
    case .pareto(let mean, let shape, let max?):
      Distribution.meanOrShape(mean, shape, least: 0.01) ?? Distribution.notPositive("max", max)
        ?? (max <= mean ? "max (\(max)) must be above the mean (\(mean))" : nil)
        ?? (Pareto.scale(mean: mean, shape: shape, max: max) > 0
          ? nil : "no scale gives this mean with shape \(shape) below max \(max)")
    case .empirical(let values):
      values.isEmpty
        ? "there are no values" : values.lazy.compactMap { Distribution.negative("a value", $0) }.first
    }
  }

  private static func negative(_ name: String, _ value: Double) -> String? {
    if !value.isFinite { return "\(name) is not a finite number" }
    return value < 0 ? "\(name) (\(value)) is negative" : nil
  }

  private static func notPositive(_ name: String, _ value: Double) -> String? {
    negative(name, value) ?? (value == 0 ? "\(name) must be above 0" : nil)
  }

  private static func meanOrShape(_ mean: Double, _ shape: Double, least: Double) -> String? {
    notPositive("the mean", mean) ?? notPositive("the shape", shape)
      ?? (shape < least ? "the shape (\(shape)) is below \(least)" : nil)
  }

  /// The mean of what is drawn: for the normal law, of what the cut at zero leaves.
  ///
  /// Source of the cut normal's: mean + stddev φ(a) / (1 - Φ(a)) with a = -mean / stddev (Johnson, Kotz and
  /// Balakrishnan, Continuous Univariate Distributions 1, 13.10).
  public var mean: Double {
    switch self {
    case .constant(let value): value
    case .uniform(let low, let high): low + (high - low) / 2
    case .normal(let mean, let stddev):
      stddev > 0
        ? mean + stddev * gsl_ran_ugaussian_pdf(mean / stddev) / gsl_cdf_ugaussian_P(mean / stddev) : mean
    case .exponential(let mean), .lognormal(let mean, _), .gamma(let mean, _), .weibull(let mean, _),
      .pareto(let mean, _, _):
      mean
    case .empirical(let values): Moments.mean(values) ?? 0
    }
  }
}

/// The Pareto law's scale, from its mean.
enum Pareto {
  /// The scale of the unbounded law: mean (shape - 1) / shape.
  static func scale(mean: Double, shape: Double) -> Double { mean * (shape - 1) / shape }

  /// The scale of the law bounded by `max`, by bisection; 0 when there is none.
  ///
  /// With y = log(max / scale), the mean is max e^-y a/(a-1) (1 - e^-(a-1)y) / (1 - e^-ay), which falls from `max` to 0
  /// as y grows. Source: Crovella, Harchol-Balter and Murta 1998, the bounded Pareto distribution.
  static func scale(mean: Double, shape: Double, max: Double) -> Double {
    let share = mean / max
    func meanShare(_ y: Double) -> Double {
      let rest = shape - 1
      let upper = rest == 0 ? y : -gsl_expm1(-rest * y) / rest
      return shape * Series.exp(-y) * upper / -gsl_expm1(-shape * y)
    }
    var low = 0.0
    var high = 600.0
    guard share > 0, share < 1, meanShare(high) < share else { return 0 }
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      if middle == low || middle == high { break }
      if meanShare(middle) > share { low = middle } else { high = middle }
    }
    return max * Series.exp(-high)
  }
}
