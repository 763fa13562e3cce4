// provisional
public enum Distribution: Sendable, Hashable {
  case constant(Double)
  case exponential(mean: Double)
  case uniform(low: Double, high: Double)
  case normal(mean: Double, stddev: Double)
  case lognormal(mean: Double, sigma: Double)
  case gamma(mean: Double, shape: Double)
  case weibull(mean: Double, shape: Double)
  case pareto(mean: Double, shape: Double, max: Double?)
  case empirical([Double])
}
public struct PreparedDistribution: BitwiseCopyable, Sendable {
  var value: Double
  public init(_ d: Distribution) { switch d { case .constant(let v): value = v; case .exponential(let m): value = m; default: value = 0 } }
  public func draw(_ s: inout RandomStream) -> Double { value }
}
extension RandomStream { public mutating func exponential() -> Double { 2 * unit() } }
