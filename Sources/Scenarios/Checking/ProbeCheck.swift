// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Sets a probe's answer beside what its `expect` says.
public enum ProbeCheck {
  /// How far probabilities may differ (scenario-format: within 1e-6).
  public static let tolerance = 1e-6

  /// Judges an answer: what is left out of the expectation is not checked, and without one it is only observed.
  public static func judge(_ probe: Probe, _ answer: Run.ProbeAnswer) -> Summary.ProbeOutcome {
    let place = probe.place?.description
    guard case .success(let result) = answer.outcome else {
      return Summary.ProbeOutcome(
        name: probe.name, status: probe.expected == nil ? .observed : .failed,
        expected: probe.expected?.datum, actual: .fields(["error": .text(answer.problem ?? "")]),
        differences: [answer.problem ?? ""], place: place)
    }
    guard let expected = probe.expected else {
      return Summary.ProbeOutcome(
        name: probe.name, status: .observed, expected: nil, actual: result.datum, place: place)
    }
    let differences = differences(result, expected)
    return Summary.ProbeOutcome(
      name: probe.name, status: differences.isEmpty ? .passed : .failed, expected: expected.datum,
      actual: result.datum, differences: differences, place: place)
  }

  /// What differs, in words.
  static func differences(_ actual: ProbeResult, _ expected: ProbeExpectation) -> [String] {
    var found: [String] = []
    if let verdict = expected.verdict, verdict != actual.verdict {
      found.append("verdict is \(actual.verdict.rawValue), not \(verdict.rawValue)")
    }
    if let endpoints = expected.endpoints {
      let missing = endpoints.filter { !actual.endpoints.contains($0) }
      let extra = actual.endpoints.filter { !endpoints.contains($0) }
      if !missing.isEmpty { found.append("does not reach " + missing.joinedText) }
      if !extra.isEmpty { found.append("reaches " + extra.joinedText + " too") }
    }
    if let masquerade = expected.masquerade, masquerade != actual.masquerade {
      found.append(actual.masquerade ? "is masqueraded" : "is not masqueraded")
    }
    for wanted in expected.probabilities ?? [] {
      let chance = actual.probabilities.first { $0.endpoint == wanted.endpoint }?.probability ?? 0
      if (chance - wanted.probability).magnitude > tolerance {
        found.append("\(wanted.endpoint) has probability \(chance), not \(wanted.probability)")
      }
    }
    if let wanted = expected.probabilities {
      for (endpoint, chance) in actual.probabilities
      where chance > tolerance && !wanted.contains(where: { $0.endpoint == endpoint }) {
        found.append("\(endpoint) has probability \(chance), and none is expected")
      }
    }
    return found
  }
}

extension [SocketAddress] {
  fileprivate var joinedText: String { map(\.description).joined(separator: ", ") }
}

extension Run.ProbeAnswer {
  /// Why there is no answer, in words; nil when there is one.
  public var problem: String? {
    if case .failure(let problem) = outcome { problem.words } else { nil }
  }
}

extension ProbeProblem {
  /// The problem in one sentence.
  public var words: String {
    switch self {
    case .unknown(let kind, let name): "there is no \(kind) '\(name)'"
    case .noAddress(let name): "\(name) has no address"
    case .differentFamilies(let source, let destination):
      "\(source) is an \(source.family.name) address and \(destination) an \(destination.family.name) one"
    case .notModelled(let node, let table, let chain, let rule, let text):
      "\(node) \(table) \(chain) \(rule): '\(text)' is not modelled"
    }
  }
}
