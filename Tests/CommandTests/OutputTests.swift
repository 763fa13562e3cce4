// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing

@Suite struct OutputTests {
  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func runWritesItsResults() throws {
    let (outcome, left) = try Command.run(["run", "a.yaml"], files: ["a.yaml": Inputs.scenario()])
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("DONE  small: all 100 requests were answered"))
    #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
    let names = ["nodes.csv", "outages.csv", "requests.csv", "services.csv", "summary.json", "timeline.csv"]
    #expect(left == ["results", "results/small"] + names.map { "results/small/\($0)" })
  }

  @Test func equalInputGivesEqualBytes() throws {
    let files = ["a.yaml": Inputs.scenario()]
    let arguments = ["run", "a.yaml", "--format", "json", "--replications", "3", "--seed", "7"]
    let first = try Command.run(arguments, files: files).outcome
    let second = try Command.run(arguments, files: files, environment: ["LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo"])
      .outcome
    #expect(first.output == second.output)
    let summary = try json(first.output)
    #expect(summary["schemaVersion"] as? Int == 1)
    #expect(summary["seed"] as? Int == 7)
    #expect(summary["replications"] as? Int == 3)
    #expect((summary["requests"] as? [String: Any])?["sent"] as? Int == 300)
    let other = try Command.run(["run", "a.yaml", "--format", "json", "--seed", "8"], files: files).outcome
    #expect(other.output != first.output)
  }

  @Test func testNamesEveryCheck() throws {
    let more = Inputs.probe(verdict: "drop") + "  expect:\n  - {metric: requests.successRatio, atLeast: 1}\n"
    let (outcome, left) = try Command.run(
      ["test", "a.yaml", "--format", "json", "--junit", "out/j.xml"], files: ["a.yaml": Inputs.scenario(more)])
    #expect(left == ["out", "out/j.xml"])
    let whole = try json(outcome.output)
    #expect(whole["passed"] as? Int == 1)
    #expect(whole["failed"] as? Int == 1)
    let scenario = try #require((whole["scenarios"] as? [[String: Any]])?.first)
    #expect(scenario["name"] as? String == "small")
    #expect(scenario["file"] as? String == "a.yaml")
    #expect(scenario["status"] as? String == "failed")
    let checks = try #require(scenario["checks"] as? [[String: Any]])
    #expect(checks.map { $0["kind"] as? String } == ["probe", "expectation"])
    #expect(checks.map { $0["status"] as? String } == ["failed", "passed"])
    #expect((checks[0]["actual"] as? [String: Any])?["verdict"] as? String == "deliver")
  }

  /// Two links that lead back would be walked for ever.
  @Test func directoriesThatLinkBackAreWalkedOnce() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("simrun-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    for name in ["a", "b"] {
      let below = directory.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: below.appendingPathComponent("up").path, withDestinationPath: "..")
    }
    let file = directory.appendingPathComponent("x.yaml")
    try Data(Inputs.scenario(Inputs.probe(verdict: "deliver")).utf8).write(to: file)
    let outcome = try Command.run(["test", directory.path, "--format", "json"]).outcome
    #expect(outcome.status == 0)
    #expect((try json(outcome.output)["scenarios"] as? [Any])?.count == 1)
  }

  @Test func directoriesAreWalkedInOrderAndFilesWithoutAScenarioSkipped() throws {
    let scenario = Inputs.scenario(Inputs.probe(verdict: "deliver"))
    func named(_ name: String) -> String {
      scenario.replacingOccurrences(of: "{name: small}", with: "{name: \(name)}")
    }
    let files = [
      "s/b.yaml": named("two"), "s/a/z.yml": named("one"), "s/c.yaml": Inputs.manifests, "s/.hidden.yaml": "[",
      "s/notes.txt": "no",
    ]
    let outcome = try Command.run(["test", "s"], files: files).outcome
    #expect(outcome.status == 0)
    #expect(outcome.output == "✓ one     1\n✓ two     1\n\n2 passed, 0 failed\n")
    #expect(outcome.errors == "note: s/c.yaml skipped: it holds no Scenario document\n")
    let ascii = try Command.run(["test", "s", "--ascii"], files: files).outcome
    #expect(ascii.output == "+ one     1\n+ two     1\n\n2 passed, 0 failed\n")
  }

  @Test func baselinesAreKeptAndCompared() throws {
    let files = ["a.yaml": Inputs.scenario()]
    let kept = try Command.run(["test", "a.yaml", "--baseline", "base", "--update-baseline"], files: files)
    #expect(kept.outcome.status == 0)
    #expect(kept.left == ["base", "base/small.json"])
    let missing = try Command.run(["test", "a.yaml", "--baseline", "base"], files: files).outcome
    #expect(missing.status == 1)
    let summary = try Command.run(["run", "a.yaml", "--format", "json"], files: files).outcome.output
    let same = try Command.run(
      ["test", "a.yaml", "--baseline", "base"], files: files.merging(["base/small.json": summary]) { $1 }
    ).outcome
    #expect(same.status == 0)
    #expect(same.output.hasSuffix("1 passed, 0 failed\n"))
    let other = try Command.run(
      ["test", "a.yaml", "--baseline", "base", "--seed", "9"],
      files: files.merging(["base/small.json": summary]) { $1 }
    ).outcome
    #expect(other.status == 1)
    #expect(other.output.contains("changed   seed 1 → 9"))
  }

  @Test func theCommandsOfAReportRunAndShowTheSameRun() throws {
    let files = ["a.yaml": Inputs.scenario("  events: [{at: 500ms, fail: pod, select: app=web}]\n")]
    let options = ["--seed", "7", "--set", "workloads.browse.timeout=1s"]
    let report = try Command.run(["run", "a.yaml"] + options, files: files).outcome.output
    let next = report.components(separatedBy: "\nnext: ").last ?? ""
    let commands = next.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      .filter { $0.first == "simrun" }
    #expect(commands.map { $0[1] } == ["trace", "get"])
    for command in commands {
      #expect(command.contains("7") && command.contains("workloads.browse.timeout=1s"))
      let outcome = try Command.run(Array(command.dropFirst()), files: files).outcome
      #expect(outcome.status == 0 && !outcome.output.isEmpty && outcome.errors.isEmpty)
    }
    #expect(next.hasSuffix("      results/small/summary.json\n"))
  }

  @Test func standardInputAndSeveralFilesAreOneInput() throws {
    let whole = Inputs.scenario()
    let piped = try Command.run(["run", "-", "--format", "json"], input: whole).outcome
    let file = try Command.run(["run", "a.yaml", "--format", "json"], files: ["a.yaml": whole]).outcome
    #expect(piped.status == 0)
    #expect(piped.output == file.output)
    let scenario = whole.components(separatedBy: "\n---\n").last ?? ""
    let split = try Command.run(
      ["run", "m.yaml", "s.yaml", "--format", "json"], files: ["m.yaml": Inputs.manifests, "s.yaml": scenario]
    ).outcome
    #expect(split.output == file.output)
  }

  @Test func getPrintsAsKubectlDoes() throws {
    let files = ["a.yaml": Inputs.scenario()]
    let services = try Command.run(["get", "svc", "a.yaml", "--at", "1s"], files: files).outcome
    #expect(
      services.output == """
        NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
        web    ClusterIP   10.96.0.41   <none>        80/TCP    1s

        """)
    let none = try Command.run(["get", "po", "a.yaml", "-n", "kube-system"], files: files).outcome
    #expect(none.status == 0)
    #expect(none.output.isEmpty)
    #expect(none.errors == "note: No resources found in kube-system namespace.\n")
    let list = try json(try Command.run(["get", "pods,ep", "a.yaml", "-o", "json"], files: files).outcome.output)
    #expect((list["items"] as? [Any])?.count == 3)
  }

  @Test func traceAndRules() throws {
    let files = ["a.yaml": Inputs.scenario()]
    let arguments = ["trace", "a.yaml", "--from", "client/inside", "--to", "service/default/web"]
    let walk = try Command.run(arguments, files: files).outcome
    #expect(walk.status == 0)
    #expect(walk.output.hasPrefix("DELIVERED  to one of 2 endpoints, each 50.00% (exact)."))
    #expect(walk.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
    let whole = try json(try Command.run(arguments + ["--format", "json"], files: files).outcome.output)
    #expect(whole["verdict"] as? String == "deliver")
    #expect((whole["branches"] as? [Any])?.count == 2)
    #expect((whole["walk"] as? [Any])?.isEmpty == false)
    let rules = try Command.run(["rules", "a.yaml", "--node", "node-1"], files: files).outcome
    #expect(rules.output.hasPrefix("*filter\n:KUBE-"))
    #expect(rules.output.hasSuffix("COMMIT\n"))
  }

  @Test func schemaIsJSON() throws {
    #expect(try !json(try Command.run(["schema"]).outcome.output).isEmpty)
  }
}
