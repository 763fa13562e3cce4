// SPDX-License-Identifier: GPL-3.0-or-later

/// A summary's tables as CSV (RFC 4180, lines end in a line feed): seconds, bytes, fractions.
public enum CSVTables {
  /// Each table's file name and text.
  public static func tables(_ summary: Summary) -> [(name: String, text: String)] {
    [
      ("requests.csv", requests(summary)), ("services.csv", services(summary)), ("nodes.csv", nodes(summary)),
      ("timeline.csv", timeline(summary)), ("outages.csv", outages(summary)),
    ]
  }

  private static let requestHeads =
    ["sent", "attempts", "succeeded", "failed", "in_flight"] + causeHeads
  /// The causes as columns are spelled: `ports_exhausted`.
  private static let causeHeads = RequestFigures.causes.map { cause in
    cause.name.map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }.joined()
  }
  private static let latencyHeads = ["mean", "p50", "p90", "p99", "p999", "max"]

  private static func cells(_ requests: RequestFigures) -> [String] {
    [requests.sent, requests.attempts, requests.succeeded, requests.failed, requests.inFlight].map(String.init)
      + requests.failedBy.map(String.init)
  }

  private static func cells(_ latency: LatencyFigures) -> [String] {
    [latency.mean, latency.p50, latency.p90, latency.p99, latency.p999, latency.max].map(number)
  }

  private static func requests(_ summary: Summary) -> String {
    table(
      ["workload"] + requestHeads + latencyHeads + ["outages", "outage_total", "outage_longest"],
      summary.workloads.map {
        [$0.name] + cells($0.requests) + cells($0.latency)
          + [String($0.outage.count), number($0.outage.total), number($0.outage.longest)]
      })
  }

  private static func services(_ summary: Summary) -> String {
    let heads = [
      "namespace", "service", "pod", "node", "endpoint", "connections", "requests", "bytes", "share", "share_low",
      "share_high", "expected_share", "clients",
    ]
    let rows = summary.services.flatMap { service in
      service.backends.map { backend -> [String] in
        [service.namespace, service.name, backend.pod ?? "", backend.node ?? "", backend.endpoint]
          + [backend.connections, backend.requests, backend.bytes].map(String.init)
          + [
            backend.share, backend.shareInterval?.lowerBound, backend.shareInterval?.upperBound,
            backend.expectedShare,
          ].map(number) + [backend.clients.map(String.init) ?? ""]
      }
    }
    return table(heads, rows)
  }

  private static func nodes(_ summary: Summary) -> String {
    table(
      ["node", "connections", "requests", "bytes"],
      summary.nodes.map { [$0.name] + [$0.connections, $0.requests, $0.bytes].map(String.init) })
  }

  private static func timeline(_ summary: Summary) -> String {
    table(
      ["start"] + requestHeads + latencyHeads + ["endpoints"],
      summary.timeline.map { [number($0.start)] + cells($0.requests) + cells($0.latency) + [number($0.endpoints)] })
  }

  private static func outages(_ summary: Summary) -> String {
    table(
      ["replication", "workload", "start", "end", "failed"] + causeHeads + ["without_endpoint", "cause"],
      summary.outages.map {
        [String($0.replication), $0.workload, number($0.start), number($0.end), String($0.failed)]
          + $0.failedBy.map(String.init) + [String($0.withoutEndpoint), $0.cause ?? ""]
      })
  }

  /// A number with at most 9 significant digits; nothing when it is not known.
  private static func number(_ value: Double?) -> String { value.map { NumberText.significant($0, 9) } ?? "" }

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    ([head] + rows).map { $0.map(cell).joined(separator: ",") + "\n" }.joined()
  }

  private static func cell(_ text: String) -> String {
    guard text.contains(where: { "\",\r\n".contains($0) }) else { return text }
    var quoted = "\""
    for character in text { quoted += character == "\"" ? "\"\"" : String(character) }
    return quoted + "\""
  }
}
