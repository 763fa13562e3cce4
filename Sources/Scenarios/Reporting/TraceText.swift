// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// A packet's walk for people: where it ends, then hop by hop and rule by rule.
public struct TraceText: Sendable {
  private let style: TextStyle

  /// Sets the style.
  public init(style: TextStyle = TextStyle()) { self.style = style }

  private var figures: FigureText { FigureText(style: style) }

  /// A walk with the verdict over all of its question's branches.
  public func render(_ trace: Trace, question: ProbeQuestion, next: [String] = []) -> String {
    var lines = verdict(trace.result, question)
    let margin = indent(verdictWord(trace.result))
    if trace.result.ways > 1 {
      let chance = figures.percent(trace.branch.probability)
      lines += TextLayout.wrap(
        "This walk is 1 of \(NumberText.grouped(trace.result.ways)), probability \(chance).", lead: margin)
    }
    if let end = TraceText.sentence(trace.end) { lines += TextLayout.wrap(end, lead: margin) }
    lines.append("")
    let longest = trace.steps.lazy.filter { TraceText.isHop($0) }.map(\.place.count).max() ?? 0
    for (at, step) in trace.steps.enumerated() {
      lines += text(step, after: at > 0 ? trace.steps[at - 1] : nil, places: min(max(longest, 8), 30))
    }
    return finish(lines, next: next)
  }

  /// What the client meets at a pod that does not answer; nil when there is nothing to say.
  private static func sentence(_ end: Trace.End) -> String? {
    switch end {
    case .open: nil
    case .podDown(let pod): "But \(pod), where this walk ends, is down: the client is refused."
    case .portClosed(let pod): "But \(pod), where this walk ends, does not listen there: the client is refused."
    case .podGone(let pod): "But \(pod), where this walk ends, is gone: the client is told that there is no route."
    case .podGoneSilently(let pod): "But \(pod), where this walk ends, is gone: nothing comes back."
    }
  }

  /// Every branch with its probability.
  public func render(branches result: ProbeResult, question: ProbeQuestion, next: [String] = []) -> String {
    var lines = verdict(result, question) + [""]
    let rows = result.branches.map { branch in
      [
        figures.percent(branch.probability), branch.verdict.rawValue, branch.endpoint?.description ?? style.unknown,
        branch.masquerade ? "masqueraded" : "not masqueraded",
      ]
    }
    lines += TextLayout.table([["PROBABILITY", "VERDICT", "ENDPOINT", "SOURCE"]] + rows, numeric: [0])
    if result.ways > result.branches.count {
      let ends = figures.count(result.branches.count, "row")
      lines += ["", "\(NumberText.grouped(result.ways)) walks, those that end alike in one row: \(ends)."]
    }
    return finish(lines, next: next)
  }

  private func finish(_ lines: [String], next: [String]) -> String {
    var lines = lines
    if !next.isEmpty {
      lines += [""] + next.enumerated().map { ($0.offset == 0 ? "next: " : "      ") + $0.element }
    }
    return style.finish(lines.map { $0.trimmedEnd + "\n" }.joined())
  }

  private func verdictWord(_ result: ProbeResult) -> String {
    if result.unreachable != nil { return "UNREACHABLE" }
    return switch result.verdict {
    case .deliver: "DELIVERED"
    case .accept: "ACCEPTED"
    case .drop: "DROPPED"
    case .reject: "REJECTED"
    case .unmatched: "UNMATCHED"
    case .mixed: "MIXED"
    }
  }

  private func indent(_ word: String) -> String { String(repeating: " ", count: word.count + 2) }

  private func verdict(_ result: ProbeResult, _ question: ProbeQuestion) -> [String] {
    let word = verdictWord(result)
    let ink: TextStyle.Ink = result.verdict == .deliver || result.verdict == .accept ? .good : .bad
    let via = question.via.map { " via \($0)" } ?? ""
    let asked = "\(question.from.text) \(style.arrow) \(question.to.text)\(via), \(question.protocol.name.uppercased())"
    var lines = TextLayout.wrap(sentence(result), lead: word + "  ")
    lines[0] = style.paint(word, ink) + lines[0].dropFirst(word.count)
    if result.masquerade, result.verdict == .deliver {
      lines += TextLayout.wrap("The endpoint does not see the client's address: it is masqueraded.", lead: indent(word))
    }
    if result.unexplored > 0 {
      lines += TextLayout.wrap(
        "There are too many ways to follow: those not followed have probability \(figures.percent(result.unexplored)).",
        lead: indent(word))
    }
    return lines + TextLayout.wrap("Asked: \(asked).", lead: indent(word))
  }

  private func sentence(_ result: ProbeResult) -> String {
    let chances = result.probabilities
    if let obstacle = result.unreachable { return TraceText.sentence(obstacle) }
    switch result.verdict {
    case .deliver:
      guard let first = chances.first else { return "to an endpoint (exact)." }
      if chances.count == 1 { return "to \(first.endpoint), always (exact)." }
      if chances.allSatisfy({ ($0.probability - first.probability).magnitude < 1e-6 }) {
        return "to one of \(chances.count) endpoints, each \(figures.percent(first.probability)) (exact)."
      }
      let shown = chances.prefix(6).map { "\($0.endpoint) \(figures.percent($0.probability))" }
      let more = chances.count > 6 ? " and \(chances.count - 6) more" : ""
      return "to one of \(chances.count) endpoints: " + shown.joined(separator: ", ") + more + " (exact)."
    case .accept: return "by a rule, unchanged, for a process of the node itself (exact)."
    case .drop: return "by a rule: nothing comes back (exact)." + reason(result)
    case .reject: return "by a rule: the client hears of it at once (exact)." + reason(result)
    case .unmatched: return "by any rule: it leaves as addressed (exact)."
    case .mixed:
      let parts = ProbeVerdict.allCases.compactMap { verdict -> String? in
        let chance = result.branches.reduce(0) { $1.verdict == verdict ? $0 + $1.probability : $0 }
        return chance > 0 ? "\(verdict.rawValue) \(figures.percent(chance))" : nil
      }
      return "in how it ends: " + parts.joined(separator: ", ") + " (exact)."
    }
  }

  /// What the rules that end it say of themselves.
  private func reason(_ result: ProbeResult) -> String {
    let reasons = result.branches.map(\.reason).filter { !$0.isEmpty }
    return reasons.first.map { " The rule says: \($0)." } ?? ""
  }

  private static func sentence(_ obstacle: ProbeResult.Obstacle) -> String {
    switch obstacle {
    case .clusterIP:
      "from outside: no route leads to a cluster IP. Use a Service of type NodePort or LoadBalancer."
    case .podAddress: "from outside: no route leads to a pod's address. Use a Service of type NodePort or LoadBalancer."
    case .noTarget: "from outside: the load balancer has no node to send it to."
    case .unknownAddress: "from outside: nobody in the cluster has this address."
    }
  }

  // MARK: Steps

  private static func isHop(_ step: TraceStep) -> Bool {
    step.kind == .hop || step.kind == .deliver || step.kind == .reply
  }

  /// - Parameter places: the width of the column of places.
  private func text(_ step: TraceStep, after previous: TraceStep?, places: Int) -> [String] {
    switch step.kind {
    case .hop, .deliver: return hop(style.arrow, step, places)
    case .reply: return hop(style.back, step, places)
    case .balance: return [line("    " + step.text, right: chance(step))]
    case .dnat: return note("DNAT", step)
    case .snat: return note("SNAT", step)
    case .route: return note("route", step)
    case .conntrack: return note("track", step)
    case .rule: return rule(step, after: previous)
    }
  }

  /// What is no rule: a word in the table's column, then the step's own text without that word.
  private func note(_ word: String, _ step: TraceStep) -> [String] {
    var text = [step.text, step.effect].filter { !$0.isEmpty }.joined(separator: "  ")
    for prefix in [word + " ", "conntrack: "] where text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
    return TextLayout.wrap(text, lead: "    " + TextLayout.left(word, 8))
  }

  private func hop(_ arrow: String, _ step: TraceStep, _ places: Int) -> [String] {
    let place = "\(arrow) " + TextLayout.left(TextLayout.fit(step.place, places, style), places) + "  "
    let what = [step.packet, step.text].filter { !$0.isEmpty }.joined(separator: "  ")
    let time = NumberText.fixed(Double(step.nanoseconds) / 1e6, 3) + " ms"
    let fits = place.count + what.count + 2 + time.count <= TextStyle.columns
    return last(fits ? [place + what] : TextLayout.wrap(what, lead: place), right: time)
  }

  /// Table and chain are named where they change, as in a listing.
  private func rule(_ step: TraceStep, after previous: TraceStep?) -> [String] {
    let isSameTable = previous?.kind == .rule && previous?.table == step.table && previous?.place == step.place
    let isSameChain = isSameTable && previous?.chain == step.chain
    var head = "    " + TextLayout.left(isSameTable ? "" : step.table, 8)
    head += TextLayout.left(isSameChain ? "" : TextLayout.fit(step.chain, 25, style), 25)
    head += TextLayout.right(String(step.ruleNumber), 4) + "  "
    var right = step.effect
    if step.probability < 1 { right += (right.isEmpty ? "" : "  ") + figures.percent(step.probability) }
    if step.passedBy > 0 { right += (right.isEmpty ? "" : "  ") + "\(NumberText.grouped(step.passedBy)) passed by" }
    let quoted = TraceText.shortened(step.text, chain: step.chain)
    return last(TextLayout.wrap(quoted, lead: head), right: right)
  }

  /// Lines with a text at the right edge of the last one, or under it where there is no room.
  private func last(_ lines: [String], right: String) -> [String] {
    guard let end = lines.last, !right.isEmpty else { return lines }
    if end.count + right.count + 2 <= TextStyle.columns { return lines.dropLast() + [line(end, right: right)] }
    return lines + [line("", right: right)]
  }

  /// A rule as `iptables-save` writes it, less the chain, which stands before it.
  static func shortened(_ rule: String, chain: String) -> String {
    let head = "-A \(chain) "
    return rule.hasPrefix(head) ? String(rule.dropFirst(head.count)) : rule
  }

  private func chance(_ step: TraceStep) -> String {
    let effect = step.effect.isEmpty ? "" : step.effect + "  "
    return effect + (step.probability < 1 ? figures.percent(step.probability) : "")
  }

  private func line(_ left: String, right: String) -> String {
    let room = TextStyle.columns - right.count - (right.isEmpty ? 0 : 2)
    return TextLayout.left(TextLayout.fit(left, room, style), right.isEmpty ? 0 : room + 2) + right
  }
}
