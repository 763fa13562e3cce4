// SPDX-License-Identifier: GPL-3.0-or-later
import CGSL
import SimCore

/// x to a power.
func power(_ x: Double, _ exponent: Double) -> Double { exp(exponent * log(x)) }

/// The chance of at most x, from GSL's distribution functions and closed forms.
func distributionFunction(_ law: Distribution, _ x: Double) -> Double {
  switch law {
  case .constant(let value): x < value ? 0 : 1
  case .exponential(let mean): 1 - exp(-x / mean)
  case .uniform(let low, let high): min(1, max(0, (x - low) / (high - low)))
  case .normal(let mean, let stddev): gsl_cdf_gaussian_P(x - mean, stddev)
  case .lognormal(let mean, let sigma): gsl_cdf_lognormal_P(x, log(mean) - sigma * sigma / 2, sigma)
  case .gamma(let mean, let shape): gsl_cdf_gamma_P(x, shape, mean / shape)
  case .weibull(let mean, let shape): gsl_cdf_weibull_P(x, mean / gsl_sf_gamma(1 + 1 / shape), shape)
  case .pareto(let mean, let shape, _): gsl_cdf_pareto_P(x, shape, mean * (shape - 1) / shape)
  case .empirical(let values): Double(values.count { $0 <= x }) / Double(values.count)
  }
}
