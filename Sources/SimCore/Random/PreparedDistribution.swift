// SPDX-License-Identifier: GPL-3.0-or-later
private import CGSL
private import Synchronization

/// A law made ready for drawing: parameters solved once, no reference in it.
///
/// Constant, uniform, exponential and empirical draws are the same bits on every machine; the other laws are GSL's,
/// which call the C library, and their last bits may differ where that library does.
public struct PreparedDistribution: BitwiseCopyable, Sendable {
  @usableFromInline enum Kind: UInt8, BitwiseCopyable, Sendable {
    case constant, uniform, exponential, normal, lognormal, gamma, weibull, pareto, boundedPareto, empirical
  }
  @usableFromInline let kind: Kind
  /// The scale, the lower end, the value, the mean of the exponent: whatever is first.
  @usableFromInline let first: Double
  @usableFromInline let second: Double
  private let third: Double
  /// The values of an empirical law and how many there are.
  private let table: EmpiricalTable

  /// Prepares a law.
  ///
  /// - Precondition: it has no `problem`.
  public init(_ law: Distribution) {
    precondition(law.problem == nil, "the law has a problem")
    var table = EmpiricalTable.none
    var parameters = (0.0, 0.0, 0.0)
    switch law {
    case .constant(let value):
      kind = .constant
      parameters.0 = value
    case .uniform(let low, let high):
      kind = .uniform
      parameters = (low, high - low, 0)
    case .exponential(let mean):
      kind = .exponential
      parameters.0 = mean
    case .normal(let mean, let stddev):
      kind = .normal
      parameters = (mean, stddev, 0)
    case .lognormal(let mean, let sigma):
      kind = .lognormal
      parameters = (Series.log(mean) - sigma * sigma / 2, sigma, 0)
    case .gamma(let mean, let shape):
      kind = .gamma
      parameters = (shape, mean / shape, 0)
    case .weibull(let mean, let shape):
      kind = .weibull
      parameters = (mean / gsl_sf_gamma(1 + 1 / shape), shape, 0)
    case .pareto(let mean, let shape, nil):
      kind = .pareto
      parameters = (Pareto.scale(mean: mean, shape: shape), shape, 0)
    case .pareto(let mean, let shape, let max?):
      kind = .boundedPareto
      let scale = Pareto.scale(mean: mean, shape: shape, max: max)
      parameters = (scale, shape, max)
    case .empirical(let values):
      kind = .empirical
      table = EmpiricalTable.interned(values)
    }
    (first, second, third) = parameters
    self.table = table
  }

  /// Draws a number.
  @inlinable @inline(__always) public func draw(_ stream: inout RandomStream) -> Double {
    switch kind {
    case .constant: first
    case .uniform: first + second * stream.unit()
    case .exponential: first * stream.exponential()
    case .normal, .lognormal, .gamma, .weibull, .pareto, .boundedPareto, .empirical: drawOther(&stream)
    }
  }

  @inline(never) @usableFromInline func drawOther(_ stream: inout RandomStream) -> Double {
    if kind == .empirical { return table.draw(&stream) }
    return GSLStream.with(&stream) { generator in
      switch kind {
      case .normal:
        while true {
          let value = first + gsl_ran_gaussian_ziggurat(generator, second)
          if value >= 0 { return value }
        }
      case .lognormal: return gsl_ran_lognormal(generator, first, second)
      case .gamma: return gsl_ran_gamma(generator, first, second)
      case .weibull: return gsl_ran_weibull(generator, first, second)
      case .pareto: return gsl_ran_pareto(generator, second, first)
      case .boundedPareto:
        // P(more than x) runs from 1 at the scale to `beyond` at the bound: invert the unbounded law between them.
        let beyond = gsl_cdf_pareto_Q(third, second, first)
        let value = gsl_cdf_pareto_Qinv(1 - gsl_rng_uniform(generator) * (1 - beyond), second, first)
        return min(max(value, first), third)
      case .constant, .uniform, .exponential, .empirical: return 0
      }
    }
  }
}

/// The values of an empirical law, shared by every law with the same values.
///
/// A process keeps each list of values once and never frees it, so that a prepared law holds a plain pointer: what that
/// costs is bounded by the lists the scenarios name.
struct EmpiricalTable: BitwiseCopyable, @unchecked Sendable {
  private let values: UnsafePointer<Double>?
  private let count: UInt64

  /// No values.
  static let none = EmpiricalTable(values: nil, count: 0)

  private static let known = Mutex<[[Double]: EmpiricalTable]>([:])

  /// The table of a list of values, which is not empty.
  static func interned(_ list: [Double]) -> EmpiricalTable {
    known.withLock { known in
      if let table = known[list] { return table }
      let values = UnsafeMutablePointer<Double>.allocate(capacity: list.count)
      for (place, value) in list.enumerated() { (values + place).initialize(to: value) }
      let table = EmpiricalTable(values: UnsafePointer(values), count: UInt64(list.count))
      known[list] = table
      return table
    }
  }

  /// One of the values, each alike.
  func draw(_ stream: inout RandomStream) -> Double {
    guard let values else { return 0 }
    return values[Int(stream.below(count))]
  }
}
