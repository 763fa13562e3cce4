// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Reads a Scenario document over the manifests beside it.
enum ScenarioReader {
  /// Reads the document; faults go to `findings`.
  static func read(_ document: YAMLNode, _ manifests: Manifests, _ findings: Findings) -> Scenario {
    let object = FieldReader(document, findings)
    object.allow(ScenarioKeys.document)
    var scenario = Scenario()
    object.require("metadata", of: "the Scenario")
    let metadata = object.mapping("metadata")
    metadata.allow(ScenarioKeys.metadata)
    if object["metadata"] != nil { scenario.name = metadata.requiredString("name", of: "metadata") ?? "" }
    // The name becomes a directory under results/.
    if scenario.name.contains("/") || scenario.name.hasPrefix(".") {
      findings.error(
        .refused("'\(scenario.name)' cannot name a directory", hint: "no '/', no '.' in front"),
        at: metadata.place("name"))
    }
    scenario.description = metadata.string("description") ?? ""
    scenario.places.scenario = metadata["name"]?.place
    let spec = object.mapping("spec")
    scenario.places.spec = spec.node
    readSpec(spec, manifests, &scenario)
    return scenario
  }

  /// Reads a `spec`.
  static func readSpec(_ spec: FieldReader, _ manifests: Manifests, _ scenario: inout Scenario) {
    spec.allow(ScenarioKeys.spec)
    if let seed = spec.read(ScenarioKeys.seed) { scenario.world.seed = seed }
    let duration = spec.read(ScenarioKeys.duration)
    if let duration { scenario.world.duration = duration }
    let isDurationKnown = duration != nil || spec["duration"] == nil
    if let warmup = spec.read(ScenarioKeys.warmup) { scenario.warmup = warmup }
    if case .fixed(let span) = scenario.warmup {
      scenario.world.warmup = span
      if span >= scenario.world.duration, span > .zero, isDurationKnown {
        spec.findings.error(
          .refused("the warm-up is not shorter than the duration", hint: "no request would count"),
          at: spec.place("warmup"))
      }
    }
    if let count = spec.read(ScenarioKeys.replications) { scenario.replications = count }
    if let gap = spec.read(ScenarioKeys.outageGap) { scenario.outageGap = gap }
    _ = spec.read(ScenarioKeys.manifests)
    ClusterReader.read(spec.mapping("cluster"), manifests, &scenario)
    scenario.world.network = NetworkReader.read(spec.mapping("network"))
    scenario.world.loadBalancers = LoadBalancerReader.read(spec.mapping("loadBalancers"))
    scenario.world.servers = LoadReader.servers(spec)
    scenario.world.clients = LoadReader.clients(spec, &scenario.places)
    scenario.world.workloads = LoadReader.workloads(spec, &scenario.places)
    scenario.world.events = EventReader.read(spec, &scenario.places)
    scenario.probes = ProbeReader.read(spec)
    scenario.expectations = ExpectationReader.read(spec)
    scenario.places.objects = manifests.objects
  }
}
