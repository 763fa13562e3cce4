// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// What `simrun validate` says of files without a mistake.
public enum ValidationText {
  /// One line: what the files hold.
  public static func render(_ scenario: Scenario, style: TextStyle = TextStyle()) -> String {
    let figures = FigureText(style: style)
    let cluster = scenario.world.cluster
    let nodes = cluster.nodes.isEmpty ? cluster.nodeCount : cluster.nodes.count
    let parts = [
      figures.count(nodes, "node"), figures.count(cluster.pods.count, "given pod"),
      figures.count(cluster.controllers.count, "controller"), figures.count(cluster.services.count, "Service"),
      figures.count(scenario.world.workloads.count, "workload"), figures.count(scenario.world.events.count, "event"),
      figures.count(scenario.probes.count, "probe"), figures.count(scenario.expectations.count, "expectation"),
    ]
    let name = TextLayout.fit(scenario.name, 60, style)
    let lines = TextLayout.wrap("\(name): " + parts.joined(separator: ", ") + "; no mistake found.", lead: "")
    return style.finish(lines.map { $0 + "\n" }.joined())
  }
}
