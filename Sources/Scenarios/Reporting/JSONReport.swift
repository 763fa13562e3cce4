// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// The JSON that commands print under `--format json`.
public enum JSONReport {
  /// `run`: the whole summary.
  public static func run(_ summary: Summary) -> String { JSONText.pretty(summary.datum) }

  /// `test`: every scenario with its checks, and the totals.
  public static func test(_ tests: [ScenarioTest]) -> String {
    JSONText.pretty(
      .fields([
        "scenarios": .list(tests.map(\.datum)),
        "passed": .count(tests.reduce(0) { $0 + $1.count(.passed) }),
        "failed": .count(tests.reduce(0) { $0 + $1.count(.failed) }),
      ]))
  }

  /// `trace`: what the question came to, each branch, and the walk.
  public static func trace(_ trace: Trace) -> String {
    guard case .object(let fields) = trace.result.datum else { return "" }
    return JSONText.pretty(.object(fields + [Datum.Field("walk", .list(trace.steps.map(\.datum)))]))
  }

  /// `trace --enumerate`: what the question came to and each branch, without a walk.
  public static func branches(_ result: ProbeResult) -> String { JSONText.pretty(result.datum) }

  /// `matrix`: every door with its answers by source.
  public static func matrix(_ matrix: ReachabilityMatrix) -> String {
    JSONText.pretty(.fields(["doors": .list(matrix.doors.map(\.datum))]))
  }

  /// `diff`: every change, and how many flows were compared.
  public static func diff(_ diff: ReachabilityDiff) -> String {
    JSONText.pretty(
      .fields(["compared": .count(diff.compared), "changes": .list(diff.changes.map(\.datum))]))
  }
}

extension ReachabilityMatrix.Door {
  /// As data.
  public var datum: Datum {
    .fields([
      "service": .text(port.service.description), "port": .text(port.port),
      "protocol": .text(port.protocol.name.uppercased()), "door": .text(kind.rawValue),
      "address": .text(socket.description), "nodes": .texts(nodes),
      "from": .object(
        ReachabilityMatrix.Source.allCases.map { Datum.Field($0.rawValue, answers[$0]?.datum ?? .absent) }),
    ])
  }
}

extension ReachabilityDiff.Change {
  /// As data.
  public var datum: Datum {
    .fields([
      "service": .text(port.service.description), "port": .text(port.port),
      "protocol": .text(port.protocol.name.uppercased()), "door": .text(kind.rawValue),
      "address": .text(socket.description), "from": .text(source.rawValue), "nodes": .texts(nodes),
      "before": before?.datum ?? .absent, "after": after?.datum ?? .absent,
    ])
  }
}

extension ReachabilityDiff.Outcome {
  /// As data.
  public var datum: Datum {
    .fields([
      "verdict": .text(verdict.rawValue), "masquerade": .flag(masquerade),
      "probabilities": .object(
        endpoints.map { Datum.Field($0.name, .exact(Double($0.millionths) / 1e6)) }),
    ])
  }
}

extension TraceStep {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "kind": .text(kind.rawValue), "node": .text(place), "hook": hook.isEmpty ? .absent : .text(hook),
      "table": table.isEmpty ? .absent : .text(table), "chain": chain.isEmpty ? .absent : .text(chain),
      "rule": ruleNumber == 0 ? .absent : .count(ruleNumber), "text": .text(text), "effect": .text(effect),
      "probability": .exact(probability), "passedBy": .count(passedBy), "time": .exact(Double(nanoseconds) / 1e9),
      "packet": .text(packet),
    ])
  }
}
