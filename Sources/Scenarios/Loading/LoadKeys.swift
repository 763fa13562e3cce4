// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The keys of an element of `spec.servers`.
enum ServerKeys {
  static let selector = Key("selector", ValueKind<Labels>.selector, "Which pods; all when left out.")
  static let namespace = Key("namespace", ValueKind<String>.string, "Only in this namespace.")
  static let service = Key(
    "service", ValueKind<Distribution>.drawnTime, default: "{distribution: exponential, mean: 20ms}", source: "chosen",
    "How long a request takes to serve.")
  static let concurrency = Key(
    "concurrency", ValueKind<Int>.positive, default: "8", source: "chosen", "Requests served at once.")
  static let queue = Key("queue", ValueKind<Int>.count, default: "128", source: "chosen", "Requests that may wait.")

  static let table = KeyTable(
    name: "Server",
    keys: [selector.erased, namespace.erased, service.erased, concurrency.erased, queue.erased])
}

/// The keys of an element of `spec.clients`.
enum ClientKeys {
  static let name = Key("name", ValueKind<String>.string, "The group's name.")
  static let count = Key(
    "count", ValueKind<Int>.count(1...10_000_000), default: "200", source: "chosen", "How many clients.")
  static let at = Key(
    "at", ValueKind<String>.string, default: "external", source: "chosen",
    "external, node/NAME, pod/NS/NAME or a selector.")
  static let namespace = Key("namespace", ValueKind<String>.string, "With a selector: only in this namespace.")

  static let table = KeyTable(
    name: "Client", keys: [name.erased, count.erased, at.erased, namespace.erased], required: ["name"])
}

/// The keys of an element of `spec.workloads`.
enum WorkloadKeys {
  static let rate = Key(
    "rate", ValueKind<Double>.rate, default: "500/s", source: "chosen", "poisson, constant: the workload's total.")
  static let process = Key(
    "process", ValueKind<String>.word("process", ["poisson", "constant", "closed", "trace"]), default: "poisson",
    source: "chosen", "When requests come.")
  static let think = Key(
    "think", ValueKind<Distribution>.drawnTime, default: "1s", source: "chosen",
    "closed: each client's pause between answer and next request.")
  static let arrivals = KeyTable(
    name: "Arrivals",
    keys: [
      process.erased, rate.erased, think.erased, Key("file", .string, "trace: a CSV of times.").erased,
    ])

  static let bytes = Key(
    "bytes", ValueKind<Distribution>.drawnSize, default: "500", source: "chosen", "The request's size.")
  static let response = Key(
    "response", ValueKind<Distribution>.drawnSize, default: "4Ki", source: "chosen", "The response's size.")
  static let request = KeyTable(name: "Request", keys: [bytes.erased, response.erased])

  static let connections = KeyTable(
    name: "Connections",
    keys: [
      Key(
        "reuse", .word("reuse", ["none", "keep-alive", "pool"]), default: "none", source: "chosen",
        "How connections are used again."
      ).erased,
      Key(
        "maxRequests", .positive, default: "1000", source: "ingress-nginx keep-alive-requests",
        "keep-alive: requests of a connection."
      ).erased,
      Key("idle", .positiveDuration, default: "60s", source: "ingress-nginx upstream", "keep-alive, pool: idle time.")
        .erased,
      Key("size", .positive, default: "8", source: "chosen", "pool: connections a client.").erased,
      Key("maxAge", .positiveDuration, default: "5m", source: "chosen", "pool: a connection's greatest age.").erased,
    ])

  static let retries = KeyTable(
    name: "Retries",
    keys: [
      Key("attempts", .count(0...1000), default: "0", source: "chosen", "Further tries after a failed one.").erased,
      Key(
        "backoff", .duration(atMost: .seconds(3600)), default: "100ms", source: "chosen",
        "The wait before the first; it doubles."
      ).erased,
    ])

  static let name = Key("name", ValueKind<String>.string, "The workload's name.")
  static let from = Key("from", ValueKind<String>.string, "The client group that sends.")
  static let to = Key("to", ValueKind<Destination>.destination, "Where to: \(References.destinationForms).")
  static let transport = Key(
    "protocol", ValueKind<IPProtocol>.transport(among: ["TCP", "UDP"]), default: "TCP", source: "chosen", "TCP or UDP.")
  static let timeout = Key(
    "timeout", ValueKind<SimDuration>.positiveDuration, default: "2s", source: "chosen",
    "For the whole request, connect and retries included.")

  static let table = KeyTable(
    name: "Workload",
    keys: [
      name.erased, from.erased, to.erased, transport.erased,
      Key("arrivals", .object(arrivals), "When requests come.").erased,
      Key("request", .object(request), "Sizes.").erased,
      Key("connections", .object(connections), "How connections are used again.").erased, timeout.erased,
      Key("retries", .object(retries), "Further tries.").erased,
    ],
    required: ["name", "from", "to"])
}
