// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Scenarios

@Suite struct LoadingTextTests {
  private static let manifest = """
    apiVersion: v1
    kind: Service
    metadata: {name: httpenv}
    spec:
      type: NodePort
      selector: {app: httpenv}
      ports:
      - port: 8888
        nodePort: 8080
    ---
    {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: httpenv}}}

    """
  private static let scenario = """
    apiVersion: simrun/v1
    kind: Scenario
    metadata: {name: lb-failover}
    spec:
      clients: [{name: internet}]
      workloads:
      - name: browse
        from: internet
        to: service/default/httpenv:8888
    \tarivals: {rate: 5/s}
      events:
      - {at: 30s, fail: pod, select: app=httpenf}

    """

  private static func render(_ texts: [(String, String)], _ style: DiagnosticText = DiagnosticText()) -> String {
    let sources = texts.enumerated().map { SourceText(name: $1.0, order: $0, text: $1.1) }
    switch ScenarioLoader().load(texts: sources) {
    case .success(let loaded): return style.render(loaded.warnings)
    case .failure(let failure): return style.render(failure.diagnostics)
    }
  }

  @Test func rendersEveryMistakeAtOnce() {
    let scenario = Self.scenario.replacing("\t", with: "    ")
    #expect(
      Self.render([("lb-failover.yaml", scenario), ("httpenv.yaml", Self.manifest)]) == """
        error: unknown key 'arivals'
          ┌ lb-failover.yaml:10:5
        10│     arivals: {rate: 5/s}
          │     ^^^^^^^ did you mean 'arrivals'?
        error: 'app=httpenf' selects no pod
          ┌ lb-failover.yaml:12:34
        12│   - {at: 30s, fail: pod, select: app=httpenf}
          │                                  ^^^^^^^^^^^ pods carry app=httpenv
        error: nodePort 8080 is outside 30000-32767
          ┌ httpenv.yaml:9:15
         9│     nodePort: 8080
          │               ^^^^ leave it out to have one allocated, or set cluster.nodePortRange

        3 errors in 2 files; nothing was run. `simrun schema` gives your editor the allowed keys.

        """)
  }

  @Test func rendersASCIIAndTabs() {
    let text = Self.render([("a.yaml", Self.scenario)], DiagnosticText(isASCII: true))
    #expect(
      text == """
        error: expected spaces, found a tab
          - a.yaml:10:1
        10|  arivals: {rate: 5/s}
          | ^ YAML is indented by spaces

        1 error; nothing was run.

        """)
    let isASCII = text.allSatisfy(\.isASCII)
    #expect(isASCII)
  }

  @Test func cutsLongLines() {
    let long = LoadingFixtures.scenario("  x: {" + String(repeating: "a, ", count: 200) + "}")
    let lines = Self.render([("a.yaml", long)]).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 })
    let late = LoadingFixtures.scenario("  network: {" + String(repeating: " ", count: 300) + "pood: 1}")
    #expect(
      Self.render([("a.yaml", late)]).split(separator: "\n").dropFirst(2).prefix(2).map(String.init) == [
        " 5│ …" + String(repeating: " ", count: 87) + "pood: 1}",
        "  │ " + String(repeating: " ", count: 88) + "^^^^",
      ])
  }

  @Test func countsBeyondTheLimit() {
    let text = LoadingFixtures.scenario((0..<80).map { "  k\($0): 1\n" }.joined())
    let rendered = Self.render([("a.yaml", text)])
    #expect(rendered.contains("\nand 30 more\n"))
    #expect(rendered.contains("80 errors in 1 file; nothing was run."))
  }
}

@Suite struct LoadingOverrideTests {
  private static let text =
    "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b}}}\n---\n"
    + LoadingFixtures.scenario(
      """
        duration: 10s
        clients: [{name: c}]
        workloads:
        - {name: browse, from: c, to: "a.b:80"}
        - {name: dotted.name, from: c, to: "a.b:80"}
        servers: [{concurrency: 2}]
      """)

  private static func load(_ assignments: String...) -> Result<ScenarioLoader.Loaded, ScenarioLoader.Failure> {
    let overrides = assignments.compactMap { ScenarioLoader.Override(option: "--set", assignment: $0) }
    return LoadingFixtures.load(text, overrides: overrides)
  }

  @Test func setsValues() throws {
    let world = try Self.load(
      "duration=20s", "workloads.browse.arrivals.rate=7/s", "workloads.dotted.name.timeout=3s", "seed=9",
      "cluster.proxy.iptables.masqueradeAll=true", "servers.0.queue=5", "network.node={latency: 1ms, loss: 0.5}",
      "cluster.proxy.clusterCIDR="
    ).get().scenario.world
    #expect(world.duration == .seconds(20) && world.seed == 9)
    #expect(world.workloads[0].arrivals == .poisson(perSecond: 7))
    #expect(world.workloads[1].timeout == .seconds(3))
    #expect(world.cluster.proxy.masqueradeAll && world.servers[0].queue == 5 && world.servers[0].concurrency == 2)
    #expect(world.network.node.loss == 0.5)
    #expect(world.cluster.proxy.clusterCIDRs.isEmpty)
  }

  @Test func namesTheOption() {
    let said = { (result: Result<ScenarioLoader.Loaded, ScenarioLoader.Failure>) -> [String] in
      guard case .failure(let failure) = result else { return [] }
      return failure.diagnostics.map { "\($0.place?.description ?? "") \($0.message) | \($0.hint)" }
    }
    #expect(said(Self.load("durration=5s")) == ["--set:1:1 unknown key 'durration' | did you mean 'duration'?"])
    #expect(said(Self.load("duration=-5s")) == ["--set:1:10 expected a duration that is not negative, found '-5s' | "])
    #expect(
      said(Self.load("workloads.brows.timeout=1s")) == [
        "--set:1:11 there is no element 'brows' | did you mean 'browse'?"
      ])
    #expect(said(Self.load("duration.x=1")) == ["--set:1:10 nothing lies under this key | it holds a string"])
    #expect(
      said(Self.load("workloads.browse.arrivals.rte=1/s")) == ["--set:1:27 unknown key 'rte' | did you mean 'rate'?"])
    #expect(said(Self.load("seed=[1")).count == 1)
    #expect(said(Self.load("a..b=1")) == ["--set:1:1 'a..b' is no key | such as workloads.browse.arrivals.rate"])
  }

  @Test func worksWithoutAScenario() throws {
    let overrides = [ScenarioLoader.Override(option: "--duration", key: "duration", value: "5s")]
    let scenario = try LoadingFixtures.load(
      "{apiVersion: v1, kind: Pod, metadata: {name: p}}", overrides: overrides
    ).get().scenario
    #expect(scenario.isImplied && scenario.world.duration == .seconds(5))
  }
}
