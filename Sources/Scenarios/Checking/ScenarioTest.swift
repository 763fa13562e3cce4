// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// One scenario under `simrun test`: its checks and what became of them.
public struct ScenarioTest: Sendable {
  /// The scenario's name.
  public var name: String
  /// Its file, as given or found.
  public var file: String
  /// Its checks: probes, then expectations, then the comparison with a baseline.
  public var checks: [Check]
  /// The probes' answers, in order: for whoever explains a failure.
  public var answers: [Run.ProbeAnswer]
  /// The questions of the probes, in order.
  public var questions: [Probe]

  /// One check.
  public struct Check: Sendable {
    /// Its name.
    public var name: String
    /// What kind it is.
    public var kind: Kind
    /// What became of it.
    public var status: Summary.Status
    /// What was expected.
    public var expected: Datum
    /// What was found.
    public var actual: Datum
    /// What differs, in words.
    public var differences: [String]
    /// Where it stands; nil when it stands in no file.
    public var place: String?
    /// Of an expectation: its bounds as written, and what was found.
    public var outcome: Summary.ExpectationOutcome?

    /// The kinds of check.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      case probe
      case expectation
      case baseline
    }

    /// States a check.
    public init(
      name: String, kind: Kind, status: Summary.Status, expected: Datum, actual: Datum, differences: [String] = [],
      place: String? = nil, outcome: Summary.ExpectationOutcome? = nil
    ) {
      self.name = name
      self.kind = kind
      self.status = status
      self.expected = expected
      self.actual = actual
      self.differences = differences
      self.place = place
      self.outcome = outcome
    }
  }

  /// Takes the checks of a run.
  public init(_ checked: CheckedRun, file: String) {
    name = checked.scenario.name
    self.file = file
    answers = checked.answers
    questions = checked.scenario.probes
    checks = checked.summary.probes.map {
      Check(
        name: $0.name, kind: .probe, status: $0.status, expected: $0.expected ?? .absent, actual: $0.actual,
        differences: $0.differences, place: $0.place)
    }
    checks += checked.summary.expectations.map {
      Check(
        name: $0.name, kind: .expectation, status: $0.status, expected: $0.expected, actual: .sampled($0.actual),
        differences: $0.status == .failed ? [$0.difference] : [], place: $0.place, outcome: $0)
    }
  }

  /// Adds the comparison with a kept summary: `changes` is nil when there is none or it cannot be read.
  public mutating func addBaseline(_ changes: [Baseline.Change]?, path: String) {
    guard let changes else {
      checks.append(
        Check(
          name: "baseline", kind: .baseline, status: .failed, expected: .text(path), actual: .absent,
          differences: ["there is no readable baseline at \(path); --update-baseline keeps this run as one"]))
      return
    }
    checks.append(
      Check(
        name: "baseline", kind: .baseline, status: changes.isEmpty ? .passed : .failed, expected: .text(path),
        actual: .texts(changes.map(\.words)), differences: changes.map(\.words)))
  }

  /// How many checks ended so.
  public func count(_ status: Summary.Status) -> Int { checks.reduce(0) { $0 + ($1.status == status ? 1 : 0) } }

  /// `failed` when a check failed, `passed` when one passed, else `observed`.
  public var status: Summary.Status {
    count(.failed) > 0 ? .failed : count(.passed) > 0 ? .passed : .observed
  }

  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "name": .text(name), "file": .text(file), "status": .text(status.rawValue), "checks": .list(checks.map(\.datum)),
    ])
  }
}

extension ScenarioTest.Check {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "name": .text(name), "kind": .text(kind.rawValue), "status": .text(status.rawValue), "expected": expected,
      "actual": actual,
    ])
  }
}

extension Summary.ExpectationOutcome {
  /// What was found, in words.
  public var difference: String {
    guard let actual else { return note.isEmpty ? "not known" : "not known: \(note)" }
    return NumberText.significant(actual, 9)
  }
}
