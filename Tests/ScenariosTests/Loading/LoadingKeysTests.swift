// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import NetModel
import SimCore
import Testing

@testable import Scenarios

/// Reader, table and JSON Schema must say the same of every key.
@Suite struct LoadingKeysTests {
  /// Every table of the format with a way to write a mapping of it into a scenario.
  static let tables: [(table: KeyTable, wrap: @Sendable (String) -> String)] = [
    (ScenarioKeys.document, { "apiVersion: simrun/v1\nkind: Scenario\nmetadata: {name: t}\n\($0)" }),
    (ScenarioKeys.metadata, { "apiVersion: simrun/v1\nkind: Scenario\nmetadata:\n  name: t\n  \($0)" }),
    (ScenarioKeys.spec, { LoadingFixtures.scenario("  \($0)") }),
    (ClusterKeys.table, { LoadingFixtures.scenario("  cluster: {\($0)}") }),
    (ProxyReader.table, { LoadingFixtures.scenario("  cluster: {proxy: {\($0)}}") }),
    (ProxyReader.iptables, { LoadingFixtures.scenario("  cluster: {proxy: {iptables: {\($0)}}}") }),
    (ProxyReader.nftables, { LoadingFixtures.scenario("  cluster: {proxy: {nftables: {\($0)}}}") }),
    (ProxyReader.ipvs, { LoadingFixtures.scenario("  cluster: {proxy: {ipvs: {\($0)}}}") }),
    (ProxyReader.conntrack, { LoadingFixtures.scenario("  cluster: {proxy: {conntrack: {\($0)}}}") }),
    (ProxyReader.detectLocal, { LoadingFixtures.scenario("  cluster: {proxy: {detectLocal: {\($0)}}}") }),
    (NetworkKeys.table, { LoadingFixtures.scenario("  network: {\($0)}") }),
    (NetworkKeys.pod, { LoadingFixtures.scenario("  network: {pod: {\($0)}}") }),
    (NetworkKeys.node, { LoadingFixtures.scenario("  network: {node: {\($0)}}") }),
    (NetworkKeys.external, { LoadingFixtures.scenario("  network: {external: {\($0)}}") }),
    (LoadBalancerKeys.table, { LoadingFixtures.scenario("  loadBalancers: {\($0)}") }),
    (LoadBalancerKeys.healthCheck, { LoadingFixtures.scenario("  loadBalancers: {healthCheck: {\($0)}}") }),
    (ServerKeys.table, { LoadingFixtures.scenario("  servers: [{\($0)}]") }),
    (ClientKeys.table, { LoadingFixtures.scenario("  clients: [{\($0)}]") }),
    (WorkloadKeys.table, { LoadingFixtures.scenario("  workloads: [{\($0)}]") }),
    (WorkloadKeys.arrivals, { LoadingFixtures.scenario("  workloads: [{arrivals: {\($0)}}]") }),
    (WorkloadKeys.request, { LoadingFixtures.scenario("  workloads: [{request: {\($0)}}]") }),
    (WorkloadKeys.connections, { LoadingFixtures.scenario("  workloads: [{connections: {\($0)}}]") }),
    (WorkloadKeys.retries, { LoadingFixtures.scenario("  workloads: [{retries: {\($0)}}]") }),
    (EventKeys.table, { LoadingFixtures.scenario("  events: [{\($0)}]") }),
    (ProbeKeys.table, { LoadingFixtures.scenario("  probes: [{\($0)}]") }),
    (ProbeKeys.expect, { LoadingFixtures.scenario("  probes: [{expect: {\($0)}}]") }),
    (ExpectationKeys.table, { LoadingFixtures.scenario("  expect: [{\($0)}]") }),
    (
      DistributionReader.table(.seconds),
      { LoadingFixtures.scenario("  servers: [{service: {distribution: constant, mean: 1s, \($0)}}]") }
    ),
  ]

  /// Whether a text is refused for this key's name.
  private static func isUnknown(_ key: String, in text: String) -> Bool {
    LoadingFixtures.diagnostics(text).contains {
      if case .unknownKey(key, _, _) = $0.problem { true } else { false }
    }
  }

  @Test(arguments: tables.indices)
  func findsUnknownKeysAtEveryLevel(_ index: Int) {
    let (table, wrap) = Self.tables[index]
    #expect(Self.isUnknown("wrongg", in: wrap("wrongg: 1")), "\(table.name)")
    for key in table.keys where !(table.name == "Metadata" && key.name == "name") {
      let text = wrap("\(key.name): null")
      #expect(!Self.isUnknown(key.name, in: text), "\(table.name).\(key.name)")
    }
  }

  /// A value of the wrong type under any key is found: the reader looks at every key of the table.
  @Test(arguments: tables.indices)
  func readsEveryKey(_ index: Int) {
    let (table, wrap) = Self.tables[index]
    // These are judged by names, not by types, or need another process, reuse or family to be read.
    let others =
      [
        "apiVersion", "kind", "metadata", "name", "distribution", "mean", "low", "high", "stddev", "sigma", "shape",
        "max",
      ]
      + ["file", "column", "think", "maxRequests", "idle", "size", "maxAge", "probabilities"]
    for key in table.keys where !others.contains(key.name) {
      if table.name.hasPrefix("Proxy"), table.name != "Proxy" || key.name == "ipvs" { continue }
      let wrong = if case .map = key.schema { "5" } else { "{x: [1]}" }
      let options = table.name == "Event" && !EventKeys.verbs.contains(key.name) && key.name != "at"
      let verb = ["replicas": "scale: deployment/a/b, ", "factor": "slow: pod, ", "for": "degrade: node/node-1, "]
      let degrade = ["loss", "latency", "jitter", "bandwidth"].contains(key.name) ? "degrade: node/node-1, " : nil
      let before =
        options
        ? verb[key.name] ?? degrade ?? "fail: pod, "
          + (key.name == "pod" || key.name == "select" ? "" : "select: a=b, ") : ""
      let text = wrap("\(before)\(key.name): \(wrong)")
      let found = LoadingFixtures.diagnostics(text)
      let line = text.split(separator: "\n").count
      #expect(
        found.contains { diagnostic in
          switch diagnostic.problem {
          case .wrongType, .unknownKey("x", _, _), .badValue: diagnostic.place?.line == line
          default: false
          }
        }, "\(table.name).\(key.name): \(found.map(\.brief))")
    }
  }

  /// A default written out changes nothing.
  @Test(arguments: tables.indices)
  func defaultsAreTheReaders(_ index: Int) {
    let (table, wrap) = Self.tables[index]
    for key in table.keys {
      guard let value = key.default else { continue }
      let findings = Findings()
      let node = YAMLReader.read(SourceText(name: "default", text: value), findings: findings).first
      #expect(node.map { key.accepts($0, findings) } == true, "\(table.name).\(key.name): \(value)")
      let plain = Self.outcome(wrap("unrelated: 1"))
      let other = Self.outcome(
        wrap("\(key.name): \(value), unrelated: 1".replacing(", unrelated", with: Self.separator(table))))
      #expect(plain == other, "\(table.name).\(key.name)")
    }
  }

  private static func separator(_ table: KeyTable) -> String {
    switch table.name {
    case "Spec": "\n  unrelated"
    case "Scenario", "Metadata": "\n  unrelated"
    default: ", unrelated"
    }
  }

  /// What a text is read as, unknown keys and broken references overlooked.
  private static func outcome(_ text: String) -> String {
    let findings = Findings()
    let documents = YAMLReader.read(SourceText(name: "t", text: text), findings: findings)
    guard let document = documents.first else { return "nothing" }
    var scenario = ScenarioReader.read(document, Manifests(), Findings())
    scenario.places = ScenarioPlaces()
    return
      "\(scenario.world) \(scenario.warmup) \(scenario.replications) \(scenario.outageGap) \(scenario.probes.count)"
  }

  /// The schema is JSON, holds every table, and gives each default its source.
  @Test func schemaIsComplete() throws {
    let json = try JSONSerialization.jsonObject(with: Data(ScenarioSchema.text.utf8))
    let root = try #require(json as? [String: Any])
    let definitions = try #require(root["$defs"] as? [String: [String: Any]])
    for (table, _) in Self.tables where table.name != "Scenario" {
      let properties = try #require(definitions[table.name]?["properties"] as? [String: [String: Any]], "\(table.name)")
      #expect(Set(properties.keys) == Set(table.keys.map(\.name)))
      for key in table.keys {
        #expect((properties[key.name]?["default"] != nil) == (key.default != nil), "\(table.name).\(key.name)")
        #expect((key.default == nil) || key.source != nil, "\(table.name).\(key.name) has no source")
      }
    }
    let references = ScenarioSchema.text.matches(of: /#\/\$defs\/(\w+)/).map { String($0.1) }
    for name in references { #expect(definitions[name] != nil, "\(name)") }
  }
}
