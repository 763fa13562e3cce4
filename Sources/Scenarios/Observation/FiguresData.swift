// SPDX-License-Identifier: GPL-3.0-or-later

extension RequestFigures {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "sent": .count(sent), "attempts": .count(attempts), "succeeded": .count(succeeded), "failed": .count(failed),
      "inFlight": .count(inFlight), "successRatio": .sampled(successRatio),
      "failedBy": .object(zip(RequestFigures.causes, failedBy).map { Datum.Field($0.name, .count($1)) }),
    ])
  }
}

extension LatencyFigures {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "mean": .seconds(mean), "p50": .seconds(p50), "p90": .seconds(p90), "p99": .seconds(p99),
      "p999": .seconds(p999), "max": .seconds(max), "relativeError": .exact(relativeError),
    ])
  }
}

extension OutageFigures {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields(["count": .count(count), "total": .seconds(total), "longest": .seconds(longest)])
  }
}

extension BalanceFigures {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "jain": .sampled(jain), "gini": .sampled(gini), "coefficientOfVariation": .sampled(coefficientOfVariation),
      "maxOverMean": .sampled(maxOverMean),
      "chiSquare": chiSquare.map {
        .fields([
          "statistic": .sampled($0.statistic), "degreesOfFreedom": .exact($0.degreesOfFreedom),
          "pValue": .sampled($0.pValue),
        ])
      } ?? .absent,
    ])
  }
}

extension BackendFigures {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "pod": .text(pod), "node": .text(node), "endpoint": .text(endpoint), "connections": .count(connections),
      "requests": .count(requests), "bytes": .count(bytes), "busyTime": .seconds(busyTime), "share": .sampled(share),
      "shareInterval": shareInterval.map { .list([.sampled($0.lowerBound), .sampled($0.upperBound)]) } ?? .absent,
      "expectedShare": .sampled(expectedShare), "clients": clients.map { .count($0) } ?? .absent,
    ])
  }
}

extension ServiceFigures {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "name": .text(name), "namespace": .text(namespace), "type": .text(type), "clusterIP": .text(clusterIP),
      "ports": .texts(ports), "externalIPs": .texts(externalIPs),
      "sessionAffinity": .text(hasClientIPAffinity ? "ClientIP" : "None"), "connections": .count(connections),
      "requests": requests.datum, "bytes": .count(backends.reduce(0) { $0 + $1.bytes }),
      "backends": .list(backends.map(\.datum)),
      "balance": balance.datum.adding([
        "requests": requestBalance.datum, "bytes": byteBalance.datum, "busyTime": busyBalance.datum,
      ]),
    ])
  }
}

extension NodeFigures {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "name": .text(name), "connections": .count(connections), "requests": .count(requests), "bytes": .count(bytes),
    ])
  }
}

extension WorkloadFigures {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "name": .text(name), "requests": requests.datum, "latency": latency.datum, "outage": outage.datum,
    ])
  }
}
