// SPDX-License-Identifier: GPL-3.0-or-later

extension Summary {
  /// The whole summary as data: what `run --format json` and `summary.json` hold.
  public var datum: Datum {
    .fields([
      "schemaVersion": .count(Summary.schemaVersion), "scenario": .text(scenario), "seed": .unsigned(seed),
      "replications": .count(replications), "duration": .seconds(duration), "warmup": .seconds(warmup),
      "cluster": .fields([
        "nodes": .count(cluster.nodes), "pods": .count(cluster.pods), "proxyMode": .text(cluster.proxyMode),
      ]),
      "engine": engine.datum, "requests": requests.datum, "latency": latency.datum, "outage": outage.datum,
      "services": .list(services.map(\.datum)), "nodes": .list(nodes.map(\.datum)),
      "workloads": .list(workloads.map(\.datum)), "timeline": .list(timeline.map(\.datum)),
      "events": .list(events.map { .fields(["at": .seconds($0.at), "text": .text($0.text)]) }),
      "outages": .list(outages.map(\.datum)), "probes": .list(probes.map(\.datum)),
      "expectations": .list(expectations.map(\.datum)),
      "intervals": .object(
        intervals.map { Datum.Field($0.path, .list([.sampled($0.low), .sampled($0.high)])) }),
    ])
  }
}

extension Datum {
  /// A whole number that may need all 64 bits: a seed.
  static func unsigned(_ value: UInt64) -> Datum {
    Int(exactly: value).map { .count($0) } ?? .text(String(value))
  }
}

extension Summary.EngineFigures {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "events": .unsigned(events), "packets": .unsigned(packets), "simulatedSeconds": .sampled(simulatedSeconds),
      "digest": .text(digest),
      "digests": .fields([
        "events": .text(digests.events), "packets": .text(digests.packets), "results": .text(digests.results),
      ]),
    ])
  }
}

extension Summary.TimelineBucket {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "start": .seconds(start), "requests": requests.datum, "latency": latency.datum,
      "endpoints": endpoints.map { $0 == $0.rounded() ? .count(Int($0)) : .sampled($0) } ?? .absent,
    ])
  }
}

extension Summary.Outage {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "replication": .count(replication), "workload": .text(workload), "start": .seconds(start),
      "end": .seconds(end), "cause": .text(cause), "failed": .count(failed),
      "failedBy": .object(zip(RequestFigures.causes, failedBy).map { Datum.Field($0.name, .count($1)) }),
      "withoutEndpoint": .count(withoutEndpoint),
      "stages": .list(
        stages.map {
          .fields([
            "event": .count($0.event), "name": .text($0.name), "at": .seconds($0.at), "failed": .count($0.failed),
          ])
        }), "failedAfter": .count(failedAfter),
    ])
  }
}

extension Summary.ProbeOutcome {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "name": .text(name), "kind": .text("probe"), "status": .text(status.rawValue),
      "expected": expected ?? .absent, "actual": actual,
    ])
  }
}

extension Summary.ExpectationOutcome {
  /// What was expected, as data: the bounds by their keys.
  public var expected: Datum {
    .object(
      bounds.map { bound in
        Datum.Field(
          bound.key,
          bound.values.count == 1 ? .exact(bound.values[0]) : .list(bound.values.map { .exact($0) }))
      })
  }

  /// As data: like a probe, and the metric with what it is of.
  public var datum: Datum {
    .fields([
      "name": .text(name), "kind": .text("expectation"), "status": .text(status.rawValue), "metric": .text(metric),
      "of": of.isEmpty ? .absent : .text(of),
      "during": during.map { .list([.seconds($0.lowerBound), .seconds($0.upperBound)]) } ?? .absent,
      "expected": expected, "actual": .sampled(actual),
    ])
  }

  /// A name for it: the metric, and what it is of.
  public var name: String {
    var name = of.isEmpty ? metric : "\(metric) of \(of)"
    if let during { name += " during \(during.lowerBound)–\(during.upperBound) s" }
    return name
  }
}
