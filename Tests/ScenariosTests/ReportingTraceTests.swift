// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import Testing

@testable import Scenarios

@Suite struct ReportingTraceTests {
  private let question = ProbeQuestion(
    via: nil, from: .node("node-1"), to: .service(NamespacedName("default", "web"), port: .number(80)))

  private func step(_ kind: TraceStep.Kind, _ place: String, _ text: String, packet: String = "") -> TraceStep {
    var step = TraceStep(kind: kind, place: place, text: text)
    step.packet = packet
    return step
  }

  private func branch(_ verdict: ProbeVerdict, _ endpoint: String? = nil, _ reason: String = "") -> ProbeResult.Branch {
    var branch = ProbeResult.Branch(
      probability: 1, verdict: verdict, endpoint: endpoint.flatMap { SocketAddress($0) }, masquerade: false)
    branch.reason = reason
    return branch
  }

  private func text(
    _ branch: ProbeResult.Branch, _ steps: [TraceStep] = [], end: Trace.End = .open,
    _ change: (inout ProbeResult) -> Void = { _ in }
  ) -> String {
    var result = ProbeResult(branches: [branch])
    change(&result)
    return TraceText().render(Trace(steps: steps, branch: branch, result: result, end: end), question: question)
  }

  @Test func aPodThatDoesNotAnswerIsNamedAtTheTop() {
    let delivered = branch(.deliver, "10.244.1.2:80")
    let down = text(delivered, end: .podDown("default/web-0"))
    #expect(down.hasPrefix("DELIVERED  to 10.244.1.2:80, always (exact).\n"))
    #expect(down.contains("\n           But default/web-0, where this walk ends, is down: the client is refused.\n"))
    #expect(text(delivered, end: .podGoneSilently("default/web-0")).contains("is gone: nothing comes back."))
    #expect(!text(delivered).contains("But "))
  }

  @Test func aWalkIsOneOfSoMany() {
    let walk = text(branch(.deliver, "10.244.1.2:80")) { $0.ways = 9 }
    #expect(walk.contains("\n           This walk is 1 of 9, probability 100.00%.\n"))
    let cut = text(branch(.drop)) { $0.unexplored = 0.25 }
    #expect(cut.contains("those not followed have probability 25.00%."))
  }

  @Test func aRuleThatEndsItSaysWhy() {
    let text = text(branch(.reject, nil, "default/web has no endpoints"))
    #expect(
      text.hasPrefix("REJECTED  by a rule: the client hears of it at once (exact). The rule says: default/web has no"))
  }

  @Test func whatNoRouteLeadsToIsUnreachable() {
    let text = text(branch(.unmatched)) { $0.unreachable = .clusterIP }
    #expect(text.hasPrefix("UNREACHABLE  from outside: no route leads to a cluster IP."))
    #expect(!text.contains("UNMATCHED"))
  }

  @Test func columnsHoldHoweverLongTheNamesAre() {
    let packet = "10.244.1.2:40000 → 10.96.0.9:80"
    let lines = text(
      branch(.deliver, "10.244.1.2:80"),
      [
        step(.hop, "pod/default/shop", "TCP SYN leaves", packet: packet),
        step(.hop, "node-1", "in PREROUTING", packet: packet),
        step(.reply, "pod", "SYN,ACK", packet: packet),
      ]
    ).split(separator: "\n").filter { $0.contains(packet) }
    #expect(lines.count == 3)
    // What stands before the packet is as wide everywhere.
    let widths = lines.map { line in line.firstRange(of: packet).map { line[..<$0.lowerBound].count } }
    #expect(Set(widths).count == 1)
    #expect(lines.allSatisfy { $0.hasSuffix("ms") && $0.count <= 100 })
  }

  @Test func aRuleIsQuotedWithItsComment() {
    var rule = step(
      .rule, "node-1",
      "-A KUBE-SEP-X -p tcp -m comment --comment \"default/web\" -m tcp -j DNAT --to-destination 10.0.0.1:80")
    rule.table = "nat"
    rule.chain = "KUBE-SEP-X"
    rule.ruleNumber = 2
    let words = text(branch(.deliver, "10.244.1.2:80"), [rule]).split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(
      words.contains("nat KUBE-SEP-X 2 -p tcp -m comment --comment \"default/web\" -m tcp -j DNAT --to-destination"))
  }
}
