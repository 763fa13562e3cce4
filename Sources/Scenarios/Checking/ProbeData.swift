// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

extension ProbeResult {
  /// As data, with the keys of the contract: what `expect` holds, then each branch; `unexplored` where there is some.
  public var datum: Datum {
    var fields = [
      Datum.Field("verdict", .text(verdict.rawValue)),
      Datum.Field("endpoints", .texts(endpoints.map(\.description))),
      Datum.Field("masquerade", .flag(masquerade)),
      Datum.Field(
        "probabilities",
        .object(probabilities.map { Datum.Field($0.endpoint.description, .exact($0.probability)) })),
      Datum.Field("branches", .list(branches.map(\.datum))),
    ]
    if unexplored > 0 { fields.append(Datum.Field("unexplored", .exact(unexplored))) }
    return .object(fields)
  }
}

extension ProbeResult.Branch {
  /// As data, with the keys of the contract.
  public var datum: Datum {
    .fields([
      "probability": .exact(probability), "verdict": .text(verdict.rawValue),
      "endpoint": .text(endpoint?.description), "masquerade": .flag(masquerade),
    ])
  }
}

extension ProbeExpectation {
  /// As data: the keys that are given.
  public var datum: Datum {
    var fields: [Datum.Field] = []
    if let verdict { fields.append(Datum.Field("verdict", .text(verdict.rawValue))) }
    if let endpoints { fields.append(Datum.Field("endpoints", .texts(endpoints.map(\.description)))) }
    if let masquerade { fields.append(Datum.Field("masquerade", .flag(masquerade))) }
    if let probabilities {
      fields.append(
        Datum.Field(
          "probabilities",
          .object(probabilities.map { Datum.Field($0.endpoint.description, .exact($0.probability)) })))
    }
    return .object(fields)
  }
}
