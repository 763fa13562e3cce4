// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Sets a metric beside its bounds.
public enum ExpectationCheck {
  /// Judges an expectation over all replications: it holds for the mean of what they found, or where a mean is none of
  /// its kind, for what all of them come to together.
  ///
  /// A metric that is not known in any of them does not hold.
  public static func judge(
    _ expectation: Expectation, _ runs: [Run.Result], windows: [Range<SimTime>]
  ) -> Summary.ExpectationOutcome {
    var values: [Double] = []
    var note = ""
    var summaries = runs.map { run in
      let window = expectation.during.flatMap { windows.firstIndex(of: $0) }
      return window.flatMap { $0 < run.windows.count ? run.windows[$0] : nil } ?? run.summary
    }
    if Metric.isPooled(expectation.metric), summaries.count > 1 { summaries = [SummaryMerge.merge(summaries)] }
    for summary in summaries {
      switch Metric.find(expectation.metric, of: expectation.subject, in: summary) {
      case .value(let value): values.append(value)
      case .unknown: note = "there was nothing to measure"
      case .noSuchPath(let known): note = "no such metric; known here: \(known.joined(separator: ", "))"
      case .noSuchObject: note = "the run has no \(expectation.subject)"
      }
    }
    let actual = Moments.mean(values)
    let holds = actual.map { value in expectation.bounds.allSatisfy { $0.kind.holds(value) } } ?? false
    var outcome = Summary.ExpectationOutcome(
      metric: expectation.metric, of: expectation.subject.description,
      during: expectation.during.map { $0.lowerBound.seconds..<$0.upperBound.seconds },
      bounds: expectation.bounds.map(Summary.ExpectationOutcome.Bound.init), actual: actual,
      status: holds ? .passed : .failed, place: expectation.place.shortDescription)
    outcome.note = actual == nil ? note : ""
    return outcome
  }
}

extension Expectation.Bound.Kind {
  /// Whether a value keeps the bound.
  func holds(_ value: Double) -> Bool {
    switch self {
    case .atLeast(let bound): value >= bound
    case .atMost(let bound): value <= bound
    case .equals(let wanted): value == wanted || (value - wanted).magnitude <= 1e-9 * wanted.magnitude
    case .within(let low, let high): value >= low && value <= high
    }
  }
}

extension Summary.ExpectationOutcome.Bound {
  /// States a scenario's bound.
  init(_ bound: Expectation.Bound) {
    switch bound.kind {
    case .atLeast(let value): self.init(key: "atLeast", text: bound.text, values: [value])
    case .atMost(let value): self.init(key: "atMost", text: bound.text, values: [value])
    case .equals(let value): self.init(key: "equals", text: bound.text, values: [value])
    case .within(let low, let high): self.init(key: "within", text: bound.text, values: [low, high])
    }
  }
}
