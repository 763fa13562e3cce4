// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// A run for people: the verdict, what it rests on, and what to do next. At most 100 columns wide.
public struct TerminalReport: Sendable {
  private let checked: CheckedRun
  private let style: TextStyle
  private let results: String?
  private let options: [String]

  /// Reports a run; `results` is the directory that was written, if one was, and `options` are those of the command line
  /// that changed the scenario, for the commands to go on with.
  public init(
    _ checked: CheckedRun, style: TextStyle = TextStyle(), results: String? = nil, options: [String] = []
  ) {
    self.checked = checked
    self.style = style
    self.results = results
    self.options = options
  }

  private var summary: Summary { checked.summary }
  private var figures: FigureText { FigureText(style: style) }

  /// The report.
  public func render() -> String {
    var lines = ReportVerdict(summary: summary, style: style).lines
    lines.append("")
    lines += setup
    if summary.requests.sent > 0 { lines += [""] + requests + latency }
    lines += WorkloadText(summary: summary, style: style, results: results).lines
    lines += BalanceText(summary: summary, style: style, results: results).lines
    lines += TimelineText(summary: summary, style: style).lines
    lines += OutageText(summary: summary, style: style, results: results).lines
    lines += ChecksText(summary: summary, style: style).lines
    lines += NextCommands(checked: checked, results: results, options: options).lines
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
    let all = summary.workloads.count > 1 ? "   all workloads together" : ""
    var lines = [TextLayout.left("Latency", 11) + row + all]
    if let interval = summary.intervals.first(where: { $0.path == "latency.p99" }) {
      let limits = "\(text(interval.low)) to \(text(interval.high)) \(unit.1)"
      let words = "95% limits of the mean p99 of \(summary.replications) runs: \(limits)"
      lines.append(TextLayout.left("", 11) + words)
    }
    return lines
  }
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
