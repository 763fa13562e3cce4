// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import NetModel
import SimCore
import Testing

@testable import Scenarios

@Suite struct LoadingAcceptanceTests {
  /// Every file of `bad` is refused with an error at the line and the word that its first lines name.
  @Test(arguments: try LoadingFixtures.names(in: "bad"))
  func refuses(_ name: String) throws {
    let path = LoadingFixtures.path("bad/" + name)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    guard case .failure(let failure) = ScenarioLoader().load([path]) else {
      Issue.record("\(name) was taken")
      return
    }
    let lines = DiagnosticText().render(failure.diagnostics).split(separator: "\n", omittingEmptySubsequences: false)
    for row in text.split(separator: "\n") where row.hasPrefix("# error: ") {
      let words = row.dropFirst("# error: ".count).split(separator: " ", maxSplits: 1)
      let line = try #require(Int(words[0]))
      let places = lines.indices.filter { index in
        guard let range = lines[index].range(of: name + ":") else { return false }
        return line == 0 || lines[index][range.upperBound...].hasPrefix("\(line):")
      }
      let near = places.map { lines[max(0, $0 - 2)..<min(lines.count, $0 + 5)].joined(separator: " ").lowercased() }
      #expect(
        near.contains { $0.contains(words[1].lowercased()) },
        "\(name):\(line) does not say '\(words[1])':\n\(lines.joined(separator: "\n"))")
    }
  }

  /// The files of kube-proxy's own tests load; nftables waits for its mode.
  @Test(arguments: try LoadingFixtures.names(in: "flows"))
  func loadsFlows(_ name: String) throws {
    switch ScenarioLoader().load([LoadingFixtures.path("flows/" + name)]) {
    case .success(let loaded):
      #expect(loaded.warnings.isEmpty)
      #expect(!loaded.scenario.probes.isEmpty)
      #expect(loaded.scenario.world.cluster.nodePortRange == 1...65535)
      #expect(loaded.scenario.world.cluster.proxy.clusterCIDRs.map(\.description) == ["10.0.0.0/8"])
    case .failure(let failure):
      #expect(name.hasPrefix("nftables"))
      #expect(failure.diagnostics.map(\.message) == ["proxy mode nftables is not modelled yet"])
    }
  }

  /// Everything in the contract's block is read; what the engine lacks is named, nothing else.
  @Test func readsTheContract() throws {
    guard case .failure(let failure) = ScenarioLoader().load([LoadingFixtures.path("contract.yaml")]) else {
      Issue.record("the contract holds events that are not modelled yet")
      return
    }
    #expect(
      failure.diagnostics.map(\.message) == [
        "event 'rollout' of deployment is not modelled yet", "event 'fail' of node is not modelled yet",
        "event 'degrade' of node is not modelled yet", "event 'apply' of canary.yaml is not modelled yet",
      ])
  }

  /// What the contract's block says is what the reader makes of it.
  @Test func readsTheContractsValues() throws {
    let path = LoadingFixtures.path("contract.yaml")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let waiting = ["rollout:", "fail: node", "degrade:", "apply:"]
    let kept = lines.filter { line in !waiting.contains { line.contains("- {at") && line.contains($0) } }
    let source = SourceText(name: path, text: kept.joined(separator: "\n"))
    let loaded = try ScenarioLoader().load(texts: [source]).get()
    let scenario = loaded.scenario
    #expect(loaded.warnings.isEmpty)
    #expect(scenario.name == "lb-failover")
    #expect(scenario.world.seed == 42)
    #expect(scenario.world.duration == .seconds(120))
    #expect(scenario.warmup == .fixed(.seconds(5)))
    #expect(scenario.world.cluster.localAddresses.map(\.node) == ["node-1"])
    #expect(scenario.world.cluster.localAddresses[0].addresses.map(\.description) == ["192.168.1.2", "2001:db8::1"])
    #expect(scenario.world.cluster.rulesFrom.map(\.node) == ["node-1"])
    #expect(scenario.world.network == NetworkParameters())
    #expect(scenario.world.loadBalancers.provisioning == .seconds(30))
    #expect(scenario.world.servers.count == 1)
    #expect(scenario.world.clients == [ClientGroup(name: "internet", count: 200, placement: .external)])
    var workload = Workload(
      name: "browse", from: "internet", to: .service(NamespacedName("default", "httpenv"), port: .number(8888)))
    workload.arrivals = .poisson(perSecond: 500)
    #expect(scenario.world.workloads == [workload])
    #expect(scenario.world.events.map(\.at.seconds) == [30, 60, 70])
    #expect(scenario.files.count == 2)
    #expect(scenario.world.cluster.services.count == 1)
  }

  /// A file that is not there is told apart from a bad one.
  @Test func tellsMissingFiles() {
    guard case .failure(let failure) = ScenarioLoader().load(["no-such-file.yaml"]) else {
      Issue.record("a missing file was taken")
      return
    }
    #expect(failure.isUnreadable)
    #expect(failure.diagnostics.map(\.message) == ["cannot read 'no-such-file.yaml': no such file"])
  }
}
