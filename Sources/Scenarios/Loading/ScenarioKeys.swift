// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The keys of a Scenario document and of its `spec`, from which both the reader and the JSON Schema are made.
enum ScenarioKeys {
  static let seed = Key(
    "seed", ValueKind<UInt64>.seed, default: "1", source: "chosen", "Names the experiment; all draws follow from it.")
  static let duration = Key(
    "duration", ValueKind<SimDuration>.positiveDuration, default: "60s", source: "chosen", "How long requests are sent."
  )
  static let warmup = Key(
    "warmup", ValueKind<Scenario.Warmup>.warmup, default: "0s", source: "chosen",
    "Requests sent before it are left out of the statistics; auto finds it.")
  static let replications = Key(
    "replications", ValueKind<Int>.count(1...10_000), default: "1", source: "chosen",
    "Independent runs; with several, statistics carry confidence intervals.")
  static let outageGap = Key(
    "outageGap", ValueKind<SimDuration>.positiveDuration, default: "5s", source: "chosen",
    "How long without a failure ends an outage.")
  static let manifests = Key(
    "manifests", ValueKind<[String]>.list(.string), "Further files, relative to this one; globs allowed.")

  static let spec = KeyTable(
    name: "Spec",
    keys: [
      seed.erased, duration.erased, warmup.erased, replications.erased, outageGap.erased, manifests.erased,
      Key("cluster", .object(ClusterKeys.table), "Nodes, address blocks, kube-proxy.").erased,
      Key("network", .object(NetworkKeys.table), "Latencies, bandwidths, losses.").erased,
      Key("loadBalancers", .object(LoadBalancerKeys.table), "What stands before Services of type LoadBalancer.").erased,
      Key("servers", .objects(ServerKeys.table), "How the pods that a selector matches answer.").erased,
      Key("clients", .objects(ClientKeys.table), "Who sends.").erased,
      Key("workloads", .objects(WorkloadKeys.table), "What they send.").erased,
      Key("events", .objects(EventKeys.table), "What happens.").erased,
      Key("probes", .objects(ProbeKeys.table), "Questions about routing, answered exactly.").erased,
      Key("expect", .objects(ExpectationKeys.table), "Bounds on outcomes.").erased,
    ])

  static let metadata = KeyTable(
    name: "Metadata",
    keys: [
      Key("name", .string, "The scenario's name.").erased,
      Key("description", .string, "One sentence that says what it shows.").erased,
    ],
    required: ["name"])

  static let document = KeyTable(
    name: "Scenario",
    keys: [
      Key("apiVersion", .word("apiVersion", ["simrun/v1"]), "The version of this format.").erased,
      Key("kind", .word("kind", ["Scenario"]), "What the document is.").erased,
      Key("metadata", .object(metadata), "Name and description.").erased,
      Key("spec", .object(spec), "What is simulated.").erased,
    ],
    required: ["apiVersion", "kind", "metadata"])
}

extension ValueKind where Value == Scenario.Warmup {
  /// A duration or `auto`.
  static var warmup: ValueKind {
    let duration = ValueKind<SimDuration>.duration
    return ValueKind(schema: .oneOf([.words(["auto"]), duration.schema])) { node, findings in
      if node.scalar?.text == "auto" { return .automatic }
      return duration.read(node, findings).map { .fixed($0) }
    }
  }
}
