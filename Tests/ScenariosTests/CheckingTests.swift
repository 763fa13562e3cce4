// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel
@testable import Scenarios

@Suite struct CheckingTests {
  private let first = SocketAddress(Address(ipv4: 0x0af4_0107), 80)
  private let second = SocketAddress(Address(ipv4: 0x0af4_0209), 80)

  private var shared: ProbeResult {
    ProbeResult(branches: [
      .init(probability: 0.5, verdict: .deliver, endpoint: second, masquerade: false),
      .init(probability: 0.5, verdict: .deliver, endpoint: first, masquerade: true),
    ])
  }

  private func judge(_ result: ProbeResult, _ change: (inout ProbeExpectation) -> Void) -> Summary.ProbeOutcome {
    var expected = ProbeExpectation()
    change(&expected)
    let question = ProbeQuestion(via: nil, from: .node("node-1"), to: .socket(first))
    return ProbeCheck.judge(
      Probe(name: "p", question: question, expected: expected), .init(outcome: .success(result), trace: nil))
  }

  @Test func whatIsLeftOutIsNotChecked() {
    #expect(judge(shared) { _ in }.status == .passed)
    #expect(judge(shared) { $0.verdict = .deliver }.status == .passed)
    #expect(judge(shared) { $0.masquerade = true }.status == .passed)
    #expect(judge(shared) { $0.masquerade = false }.differences == ["is masqueraded"])
    #expect(judge(shared) { $0.verdict = .drop }.differences == ["verdict is deliver, not drop"])
  }

  @Test func endpointsAreASet() {
    #expect(judge(shared) { $0.endpoints = [first, second] }.status == .passed)
    #expect(judge(shared) { $0.endpoints = [second, first] }.status == .passed)
    #expect(judge(shared) { $0.endpoints = [first] }.differences == ["reaches 10.244.2.9:80 too"])
    #expect(judge(shared) { $0.endpoints = [] }.status == .failed)
    let other = SocketAddress(Address(ipv4: 0x0af4_0307), 80)
    #expect(
      judge(shared) { $0.endpoints = [first, second, other] }.differences == ["does not reach 10.244.3.7:80"])
  }

  @Test func probabilitiesHoldWithinAMillionth() {
    func chances(_ a: Double, _ b: Double) -> [ProbeExpectation.EndpointProbability] {
      [.init(endpoint: first, probability: a), .init(endpoint: second, probability: b)]
    }
    #expect(judge(shared) { $0.probabilities = chances(0.5 + 9e-7, 0.5 - 9e-7) }.status == .passed)
    #expect(judge(shared) { $0.probabilities = chances(0.5 + 2e-6, 0.5) }.status == .failed)
    #expect(judge(shared) { $0.probabilities = [chances(0.5, 0)[0]] }.differences.count == 1)
  }

  @Test func anAnswerThatIsNoneFailsOnlyWhereSomethingWasExpected() {
    let question = ProbeQuestion(via: nil, from: .node("node-1"), to: .socket(first))
    let answer = Run.ProbeAnswer(outcome: .failure(.noAddress("service/default/web")), trace: nil)
    let observed = ProbeCheck.judge(Probe(name: "p", question: question), answer)
    #expect(observed.status == .observed)
    #expect(observed.actual["error"] == .text("service/default/web has no address"))
    let expected = ProbeCheck.judge(Probe(name: "p", question: question, expected: ProbeExpectation()), answer)
    #expect(expected.status == .failed)
  }

  @Test func aProbesDataHasTheKeysOfTheContract() {
    let text = JSONText.compact(shared.datum)
    #expect(
      text
        == "{\"verdict\": \"deliver\", \"endpoints\": [\"10.244.1.7:80\", \"10.244.2.9:80\"], \"masquerade\": true, "
        + "\"probabilities\": {\"10.244.1.7:80\": 0.5, \"10.244.2.9:80\": 0.5}, \"branches\": [{\"probability\": 0.5, "
        + "\"verdict\": \"deliver\", \"endpoint\": \"10.244.2.9:80\", \"masquerade\": false}, {\"probability\": 0.5, "
        + "\"verdict\": \"deliver\", \"endpoint\": \"10.244.1.7:80\", \"masquerade\": true}]}")
  }

  @Test func boundsAreInclusive() {
    let cases: [(Scenarios.Expectation.Bound.Kind, Double, Bool)] = [
      (.atLeast(0.999), 0.999, true), (.atLeast(0.999), 0.9989, false), (.atMost(12), 12, true),
      (.atMost(12), 12.1, false), (.equals(0.3), 0.1 + 0.2, true), (.equals(0), 0, true), (.equals(0), 1e-12, false),
      (.within(1, 2), 1, true), (.within(1, 2), 2, true), (.within(1, 2), 2.1, false),
    ]
    for (bound, value, holds) in cases { #expect(bound.holds(value) == holds, "\(bound) of \(value)") }
  }

  private func result(_ ratio: Double?, window: Double? = nil) -> Run.Result {
    var summary = Summary()
    summary.requests.successRatio = ratio
    var narrowed = Summary()
    narrowed.requests.successRatio = window
    return Run.Result(summary: summary, windows: [narrowed], answers: [])
  }

  private func expectation(_ metric: String, during: Range<SimTime>? = nil) -> Scenarios.Expectation {
    Scenarios.Expectation(
      metric: metric, subject: .run, during: during, bounds: [.init(kind: .atLeast(0.9), text: "0.9")],
      place: SourceText(name: "a.yaml", text: "x").place(0..<1))
  }

  @Test func anExpectationHoldsForTheMeanOfReplications() {
    let runs = [result(0.8), result(1)]
    let outcome = ExpectationCheck.judge(expectation("requests.successRatio"), runs, windows: [])
    #expect(outcome.actual == 0.9)
    #expect(outcome.status == .passed)
    #expect(outcome.place == "a.yaml:1")
  }

  @Test func aWindowHasItsOwnFigures() {
    let window = Made.time(0)..<Made.time(1000)
    let outcome = ExpectationCheck.judge(
      expectation("requests.successRatio", during: window), [result(1, window: 0.5)], windows: [window])
    #expect(outcome.actual == 0.5)
    #expect(outcome.status == .failed)
    #expect(outcome.name == "requests.successRatio during 0.0–1.0 s")
  }

  @Test func whatIsNotKnownDoesNotHold() {
    let unknown = ExpectationCheck.judge(expectation("requests.successRatio"), [result(nil)], windows: [])
    #expect(unknown.status == .failed)
    #expect(unknown.note == "there was nothing to measure")
    let misspelt = ExpectationCheck.judge(expectation("requests.sucessRatio"), [result(1)], windows: [])
    #expect(misspelt.note.hasPrefix("no such metric; known here: sent, attempts"))
  }

  @Test func aBaselineNamesWhatChanged() throws {
    var summary = Summary()
    summary.workloads = [WorkloadFigures(name: "browse")]
    let kept = Array(JSONReport.run(summary).utf8)
    #expect(try #require(Baseline.changes(kept: kept, now: summary)).isEmpty)
    summary.workloads[0].requests.failed = 3
    summary.requests.successRatio = 0.5
    let changes = try #require(Baseline.changes(kept: kept, now: summary))
    #expect(changes.map(\.words) == ["requests.successRatio null → 0.5", "workloads.browse.requests.failed 0 → 3"])
    #expect(Baseline.changes(kept: Array("{".utf8), now: summary) == nil)
  }

  @Test func aBaselineNamesFirstWhatMattersAndDigestsLast() throws {
    var summary = Summary()
    let service = ServiceFigures(
      name: "web", namespace: "default", type: nil, clusterIP: nil, ports: [], externalIPs: [])
    summary.services = [service]
    let kept = Array(JSONReport.run(summary).utf8)
    summary.engine.digest = "b"
    summary.engine.digests.events = "c"
    summary.engine.events = 7
    summary.services[0].balance.jain = 0.5
    summary.requests.failed = 1
    summary.seed = 9
    let changes = try #require(Baseline.changes(kept: kept, now: summary))
    #expect(
      changes.map(\.path) == ["seed", "requests.failed", "services.web.balance.jain", "engine.digest"])
  }

  // MARK: How failures are told

  /// A run with an expectation and a probe that fail.
  private func failing() -> ScenarioTest {
    var checked = ReportingTerminalTests.checked()
    checked.summary.expectations = [
      .init(
        metric: "latency.p99", of: "workload/browse", during: nil,
        bounds: [.init(key: "atMost", text: "50ms", values: [0.05])], actual: 0.411959296, status: .failed,
        place: "a.yaml:7")
    ]
    checked.summary.probes = [
      .init(
        name: "to the port", status: .failed, expected: .fields(["verdict": .text("deliver")]),
        actual: .fields(["verdict": .text("drop"), "endpoints": .texts(["10.0.0.1:80"])]),
        differences: ["verdict is drop, not deliver"], place: "a.yaml:5:3")
    ]
    var steps = [
      TraceStep(kind: .rule, place: "node-1", text: "-A INPUT -j KUBE-FIREWALL"),
      TraceStep(kind: .rule, place: "node-1", text: "-A KUBE-FIREWALL -p tcp --dport 80 -j DROP"),
      TraceStep(kind: .rule, place: "node-1", text: "-A KUBE-POSTROUTING -j RETURN"),
    ]
    for at in steps.indices {
      (steps[at].table, steps[at].hook, steps[at].ruleNumber) = ("filter", "INPUT", at + 1)
      steps[at].chain = ["INPUT", "KUBE-FIREWALL", "KUBE-POSTROUTING"][at]
    }
    let result = ProbeResult(branches: [.init(probability: 1, verdict: .drop, endpoint: nil, masquerade: false)])
    checked.answers = [
      .init(outcome: .success(result), trace: Trace(steps: steps, branch: result.branches[0], result: result))
    ]
    return ScenarioTest(checked, file: "a.yaml")
  }

  @Test func aFailureShowsBoundsWithUnitsAndTheRuleThatDecided() {
    let text = TestText(options: ["--seed", "7"]).render([failing()])
    #expect(text.contains("    expected  ≤ 50ms\n    actual    412 ms\n    next      simrun run a.yaml --seed 7\n"))
    #expect(text.contains("    walk      node-1 filter INPUT KUBE-FIREWALL 2 -p tcp --dport 80 -j DROP\n"))
    #expect(text.contains("    next      simrun trace a.yaml --seed 7 --probe 'to the port'\n"))
  }

  @Test func JUnitHasWhatTheTerminalHas() {
    let text = JUnitReport.render([failing()])
    #expect(
      text.contains("<failure message=\"latency.p99 of workload/browse is 412 ms, expected ≤ 50ms\">a.yaml:7\n"))
    #expect(text.contains("expected: deliver\nactual: drop to 10.0.0.1:80\nwalk: node-1 filter INPUT KUBE-FIREWALL 2"))
  }

  @Test func aBaselineThatDiffersTellsHowToSeeAllAndHowToKeepIt() {
    var test = failing()
    test.checks = []
    let changes = (0..<20).map { Baseline.Change(path: "requests.\($0)", before: "1", after: "2") }
    test.addBaseline(changes, path: "results/baseline/x.json")
    let text = TestText().render([test])
    #expect(text.contains("              and 8 more: the diff below has them all\n"))
    #expect(text.contains("    next      simrun run a.yaml --format json | diff results/baseline/x.json -\n"))
    #expect(text.contains("simrun test a.yaml --baseline results/baseline --update-baseline"))
  }
}
