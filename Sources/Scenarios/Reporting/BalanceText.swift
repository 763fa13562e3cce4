// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What each Service's endpoints got, as a table with bars.
struct BalanceText {
  let summary: Summary
  let style: TextStyle
  /// The directory of the CSV tables; nil when none was written.
  var results: String?

  /// What stands beside a pod's share.
  private enum Columns {
    /// The exact share and the difference.
    case exact
    /// Nothing: the exact share is not known.
    case shares
    /// The clients whose first connection it got, under ClientIP affinity.
    case clients
  }

  /// More endpoints than this are shown as the busiest and the idlest ones.
  static let rows = 24

  private var figures: FigureText { FigureText(style: style) }

  /// A block a Service that got connections.
  var lines: [String] {
    var lines: [String] = []
    for service in summary.services where service.connections > 0 { lines += [""] + block(service) }
    return lines
  }

  private func block(_ service: ServiceFigures) -> [String] {
    let title = "Service " + TextLayout.fit("\(service.namespace)/\(service.name)", 64, style)
    let head = title + "   " + way(service)
    var lines = head.count <= TextStyle.columns ? [head] : TextLayout.wrap(head, lead: "")
    lines[0] = style.paint(title, .strong) + lines[0].dropFirst(title.count)
    let backends = shown(service.backends)
    let widest = backends.compactMap { $0?.share }.max() ?? 1
    let exact = service.hasClientIPAffinity ? 0 : backends.compactMap { $0?.expectedShare }.max() ?? 0
    let top = max(0.05, min(1, max(widest, exact)))
    let columns: Columns =
      service.hasClientIPAffinity
      ? .clients : backends.contains { $0?.expectedShare != nil && $0?.share != nil } ? .exact : .shares
    lines.append(self.head(top: top, columns))
    for backend in backends {
      guard let backend else {
        let file = (results.map { $0 + "/" } ?? "") + "services.csv"
        lines.append("  " + style.ellipsis + " \(service.backends.count - BalanceText.rows) more in \(file)")
        continue
      }
      lines.append(row(backend, top: top, columns))
    }
    return lines + fairness(service)
  }

  /// The endpoints to show, nil where some are left out.
  private func shown(_ backends: [BackendFigures]) -> [BackendFigures?] {
    guard backends.count > BalanceText.rows else { return backends }
    let order = backends.enumerated()
      .sorted { ($1.element.connections, $0.offset) < ($0.element.connections, $1.offset) }.map(\.element)
    let half = BalanceText.rows / 2
    return order.prefix(half).map { $0 } + [nil] + order.suffix(half).map { $0 }
  }

  /// How connections come in: `LB 198.51.100.20:8888 → NodePort 31888 → ClusterIP 10.96.41.7:8888`.
  private func way(_ service: ServiceFigures) -> String {
    let only = service.ports.count == 1 ? service.ports[0] : nil
    let numbers = only?.split(separator: "/").first?.split(separator: ":").map(String.init) ?? []
    let port = numbers.first.map { ":\($0)" } ?? ""
    var steps: [String] = []
    if service.type == "LoadBalancer", let address = service.externalIPs.first { steps.append("LB \(address)\(port)") }
    if numbers.count > 1 { steps.append("NodePort \(numbers[1])") }
    if let address = service.clusterIP {
      steps.append(address == "None" ? "headless" : "ClusterIP \(address)\(port)")
    }
    let more = only == nil && !service.ports.isEmpty ? "   " + service.ports.joined(separator: ",") : ""
    return steps.joined(separator: " \(style.arrow) ") + more
  }

  private func head(top: Double, _ columns: Columns) -> String {
    let scale = "0%" + TextLayout.right(NumberText.fixed(top * 100, 0) + "%", 14)
    let names = TextLayout.left("POD", 22) + "  " + TextLayout.left("NODE", 10) + "  "
    let counts = "CONNECTIONS    SHARE  " + (columns == .clients ? "CLIENTS  " : "  EXACT  ")
    let difference = style.either("SHARE − EXACT", ascii: "SHARE - EXACT")
    return names + counts + scale + (columns == .exact ? "  " + difference : "")
  }

  private func row(_ backend: BackendFigures, top: Double, _ columns: Columns) -> String {
    let pod = backend.pod.map { String($0.drop { $0 != "/" }.dropFirst()) } ?? backend.endpoint
    var text = TextLayout.left(TextLayout.fit(pod, 22, style), 22)
    text += "  " + TextLayout.left(TextLayout.fit(backend.node ?? style.unknown, 10, style), 10)
    text += "  " + TextLayout.right(NumberText.grouped(backend.connections), 11)
    text += "  " + TextLayout.right(figures.percent(backend.share), 7)
    let beside = columns == .clients ? NumberText.grouped(backend.clients ?? 0) : figures.percent(backend.expectedShare)
    text += "  " + TextLayout.right(beside, 7)
    text += "  " + bar(backend, top: top, columns)
    if columns == .exact { text += "  " + difference(backend) }
    return text.trimmedEnd
  }

  /// The share as a bar, the exact one as a mark on it.
  private func bar(_ backend: BackendFigures, top: Double, _ columns: Columns) -> String {
    let width = 16
    var cells = [Character](repeating: " ", count: width)
    let filled = Int(((backend.share ?? 0) / top * Double(width)).rounded())
    for at in 0..<min(width, filled) { cells[at] = style.bar }
    if columns == .exact, let expected = backend.expectedShare {
      cells[min(width - 1, max(0, Int((expected / top * Double(width)).rounded()) - 1))] = style.mark
    }
    return String(cells)
  }

  /// Share less exact share in points, with the half width of its 95 % interval.
  private func difference(_ backend: BackendFigures) -> String {
    guard let share = backend.share, let expected = backend.expectedShare else { return style.unknown }
    let points = NumberText.fixed((share - expected) * 100, 2)
    let sign = points.hasPrefix("-") || points.allSatisfy({ "0.".contains($0) }) ? points : "+" + points
    guard let interval = backend.shareInterval else { return TextLayout.right(sign, 6) }
    let half = NumberText.fixed((interval.upperBound - interval.lowerBound) * 50, 2)
    return TextLayout.right(sign, 6) + " \(style.plusMinus) " + half
  }

  // MARK: The sentence below

  private func fairness(_ service: ServiceFigures) -> [String] {
    var sentences: [String] = []
    if service.hasClientIPAffinity {
      let clients = service.backends.reduce(0) { $0 + ($1.clients ?? 0) }
      sentences.append(
        "ClientIP affinity: \(figures.count(clients, "client")), each stays with the pod of its first connection, so "
          + "connections follow the clients.")
    }
    sentences.append(fit(service))
    if let jain = service.balance.jain, let busiest = service.balance.maxOverMean {
      var words = "Jain \(figures.three(jain)), busiest/mean \(figures.three(busiest))"
      if service.podsChanged > 0, jain < 0.99, !service.hasClientIPAffinity {
        words += ": \(service.podsChanged) of \(figures.count(service.backends.count, "pod")) came, went or failed"
      }
      sentences.append(words + ".")
    }
    sentences.append(
      summary.replications > 1
        ? "Shares are means of \(summary.replications) runs; \(style.plusMinus) are their 95% limits (Student's t)."
        : service.hasClientIPAffinity ? "" : "One run; \(style.plusMinus) is Wilson's 95% interval, in points.")
    return TextLayout.wrap(sentences.filter { !$0.isEmpty }.joined(separator: " "), lead: "  ")
  }

  /// Whether what was left to chance agrees with the exact probabilities, in words that say what to do.
  private func fit(_ service: ServiceFigures) -> String {
    let what = service.hasClientIPAffinity ? "first connections" : "shares"
    guard let test = service.balance.chiSquare else {
      let few = service.hasClientIPAffinity ? "Too few clients" : "Too few connections"
      return "\(few) to judge whether \(what) fit the exact probabilities."
    }
    let tests = summary.services.compactMap { $0.balance.chiSquare?.pValue }
    let adjusted = BalanceText.adjusted(test.pValue, among: tests)
    let statistic = test.statistic.isFinite ? figures.three(test.statistic) : "infinite"
    let degrees = Int(test.degreesOfFreedom)
    var evidence =
      "\(style.chiSquare) \(statistic) on \(degrees) degree\(degrees == 1 ? "" : "s") of freedom, "
      + figures.pValue(test.pValue)
    if tests.count > 1 { evidence += ", \(figures.pValue(adjusted)) over \(tests.count) tests (Holm)" }
    let mark = service.hasClientIPAffinity ? "" : " (\(style.mark))"
    switch adjusted {
    case 0.05...:
      return "fair: \(what) fit the exact ones\(mark), \(evidence).\(outside(service, isFair: true))"
    case 0.001..<0.05:
      let runs = NumberText.grouped(Int((1 / adjusted).rounded()))
      return "not settled: \(what) stray from the exact ones\(mark) as far as in 1 of \(runs) fair runs, \(evidence); "
        + "another --seed or more --replications tell chance from fault.\(outside(service, isFair: false))"
    default:
      return
        "unlikely by chance: \(what) differ from the exact ones\(mark), \(evidence).\(outside(service, isFair: false))"
    }
  }

  /// How many rows disagree by their own intervals: the sentence and the table are to say the same.
  private func outside(_ service: ServiceFigures, isFair: Bool) -> String {
    guard !service.hasClientIPAffinity else { return "" }
    let judged = service.backends.filter { $0.expectedShare != nil && $0.shareInterval != nil }
    let outside = judged.filter { backend in
      backend.expectedShare.flatMap { expected in backend.shareInterval.map { !$0.contains(expected) } } ?? false
    }
    guard !outside.isEmpty else { return "" }
    let verb = outside.count == 1 ? "lies outside its own" : "lie outside their own"
    let tail = isFair ? ", within chance when all rows are judged together" : ""
    let interval = outside.count == 1 ? "interval" : "intervals"
    return " \(outside.count) of \(figures.count(judged.count, "row")) \(verb) 95% \(interval)\(tail)."
  }

  /// A p-value among all that the report has, by Holm's correction: of many fair Services some look unfair.
  static func adjusted(_ p: Double, among all: [Double]) -> Double {
    guard let place = all.firstIndex(of: p), let adjusted = Holm.adjust(all) else { return p }
    return adjusted[place]
  }
}
