// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// A run for people: the verdict, what it rests on, and what to do next. At most 100 columns wide.
public struct TerminalReport: Sendable {
  private let checked: CheckedRun
  private let style: TextStyle
  private let results: String?

  /// Reports a run; `results` is the directory that was written, if one was.
  public init(_ checked: CheckedRun, style: TextStyle = TextStyle(), results: String? = nil) {
    self.checked = checked
    self.style = style
    self.results = results
  }

  private var summary: Summary { checked.summary }
  private var figures: FigureText { FigureText(style: style) }

  /// The report.
  public func render() -> String {
    var lines = ReportVerdict(summary: summary, style: style).lines
    lines.append("")
    lines += setup
    if summary.requests.sent > 0 { lines += [""] + requests + latency }
    lines += BalanceText(summary: summary, style: style).lines
    lines += TimelineText(summary: summary, style: style).lines
    lines += OutageText(summary: summary, style: style).lines
    lines += ChecksText(summary: summary, style: style).lines
    lines += next
    return style.finish(lines.map { $0.trimmedEnd + "\n" }.joined())
  }

  private var setup: [String] {
    var parts = [
      "\(figures.count(summary.cluster.nodes, "node")), \(figures.count(summary.cluster.pods, "pod")), "
        + summary.cluster.proxyMode
    ]
    var run = "\(figures.count(summary.replications, "run")) of \(figures.seconds(summary.duration))"
    if summary.warmup > 0 { run += ", first \(figures.seconds(summary.warmup)) left out" }
    parts += [run, "seed \(summary.seed)", "digest \(summary.engine.digest)"]
    return TextLayout.wrap(parts.joined(separator: " \(style.dot) "), lead: "")
  }

  /// The books of the requests: what was sent is what became of it.
  private var requests: [String] {
    let requests = summary.requests
    var parts = ["\(NumberText.grouped(requests.succeeded)) answered"]
    for (cause, count) in zip(RequestFigures.causes, requests.failedBy) where count > 0 {
      parts.append("\(NumberText.grouped(count)) \(cause.words)")
    }
    if requests.failed == 0 { parts.append("0 failed") }
    parts.append("\(NumberText.grouped(requests.inFlight)) in flight")
    let text = "\(NumberText.grouped(requests.sent)) sent = " + parts.joined(separator: " + ")
    return TextLayout.wrap(text, lead: TextLayout.left("Requests", 11))
  }

  private var latency: [String] {
    let latency = summary.latency
    guard let median = latency.p50 else { return [TextLayout.left("Latency", 11) + style.unknown] }
    // One unit for the row: seconds once the median has them.
    let unit = median >= 1 ? (1.0, "s") : median >= 1e-3 ? (1e3, "ms") : (1e6, style.either("µs", ascii: "us"))
    func text(_ value: Double?) -> String { value.map { figures.three($0 * unit.0) } ?? style.unknown }
    let row =
      "p50 \(text(latency.p50))   p90 \(text(latency.p90))   p99 \(text(latency.p99))   "
      + "p99.9 \(text(latency.p999))   max \(text(latency.max)) \(unit.1)"
    var lines = [TextLayout.left("Latency", 11) + row]
    if let interval = summary.intervals.first(where: { $0.path == "latency.p99" }) {
      let limits = "p99 \(text(latency.p99)) with 95% limits \(text(interval.low)) to \(text(interval.high)) \(unit.1)"
      lines.append(TextLayout.left("", 11) + limits + " over \(summary.replications) runs")
    }
    return lines
  }

  /// Commands that go on from here.
  private var next: [String] {
    let file = checked.scenario.files.map(ShellText.word).joined(separator: " ")
    guard !file.isEmpty else { return results.map { ["", "next: \($0)"] } ?? [] }
    var commands: [String] = []
    if let failed = summary.probes.first(where: { $0.status == .failed }) {
      commands.append("simrun trace \(file) --probe \(ShellText.word(failed.name))")
    }
    let outage = summary.outages.first
    let name = outage?.workload ?? checked.scenario.world.workloads.first?.name
    if let workload = checked.scenario.world.workloads.first(where: { $0.name == name }) {
      let at = outage.map { " --at " + trimmed($0.start + ($0.end - $0.start) / 2) + "s" } ?? ""
      let from = ShellText.word("client/\(workload.from)")
      commands.append("simrun trace \(file) --from \(from) --to \(ShellText.word(workload.to.text))\(at)")
      if outage != nil, commands.count < 3 { commands.append("simrun get endpointslices \(file)\(at)") }
    }
    if let results, commands.count < 3 { commands.append("\(results)/summary.json") }
    guard !commands.isEmpty else { return [] }
    return [""] + commands.prefix(3).enumerated().map { ($0.offset == 0 ? "next: " : "      ") + $0.element }
  }

  private func trimmed(_ seconds: Double) -> String { NumberText.significant((seconds * 100).rounded() / 100, 12) }
}

extension RequestOutcome {
  /// After a number: `317 refused`.
  var words: String {
    switch self {
    case .succeeded: "answered"
    case .refused: "refused"
    case .reset: "reset"
    case .timeout: "timed out"
    case .unreachable: "unreachable"
    case .overloaded: "overloaded"
    case .portsExhausted: "out of ports"
    case .dns: "without a name"
    case .aborted: "aborted"
    }
  }
}
