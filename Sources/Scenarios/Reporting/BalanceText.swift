// SPDX-License-Identifier: GPL-3.0-or-later

/// What each Service's endpoints got, as a table with bars.
struct BalanceText {
  let summary: Summary
  let style: TextStyle

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
    let top = max(0.05, min(1, max(widest, backends.compactMap { $0?.expectedShare }.max() ?? 0)))
    let reach = deviation(backends.compactMap { $0 })
    lines.append(self.head(top: top, hasExact: reach != nil))
    for backend in backends {
      guard let backend else {
        lines.append("  " + style.ellipsis + " \(service.backends.count - BalanceText.rows) more in services.csv")
        continue
      }
      lines.append(row(backend, top: top, reach: reach))
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

  private func head(top: Double, hasExact: Bool) -> String {
    let scale = "0%" + TextLayout.right(NumberText.fixed(top * 100, 0) + "%", 14)
    let names = TextLayout.left("POD", 22) + "  " + TextLayout.left("NODE", 10) + "  "
    let counts = "CONNECTIONS    SHARE    EXACT  "
    return names + counts + scale + (hasExact ? "  " + style.either("SHARE − EXACT", ascii: "SHARE - EXACT") : "")
  }

  private func row(_ backend: BackendFigures, top: Double, reach: Double?) -> String {
    let pod = backend.pod.map { String($0.drop { $0 != "/" }.dropFirst()) } ?? backend.endpoint
    var text = TextLayout.left(TextLayout.fit(pod, 22, style), 22)
    text += "  " + TextLayout.left(TextLayout.fit(backend.node ?? style.unknown, 10, style), 10)
    text += "  " + TextLayout.right(NumberText.grouped(backend.connections), 11)
    text += "  " + TextLayout.right(figures.percent(backend.share), 7)
    text += "  " + TextLayout.right(figures.percent(backend.expectedShare), 7)
    text += "  " + bar(backend, top: top)
    if reach != nil { text += "  " + difference(backend) }
    return text.trimmedEnd
  }

  /// The share as a bar, the exact one as a mark on it.
  private func bar(_ backend: BackendFigures, top: Double) -> String {
    let width = 16
    var cells = [Character](repeating: " ", count: width)
    let filled = Int(((backend.share ?? 0) / top * Double(width)).rounded())
    for at in 0..<min(width, filled) { cells[at] = style.bar }
    if let expected = backend.expectedShare {
      cells[min(width - 1, max(0, Int((expected / top * Double(width)).rounded()) - 1))] = style.mark
    }
    return String(cells)
  }

  private func deviation(_ backends: [BackendFigures]) -> Double? {
    backends.compactMap { backend in
      backend.expectedShare.flatMap { expected in backend.share.map { ($0 - expected).magnitude } }
    }.max()
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

  private func fairness(_ service: ServiceFigures) -> [String] {
    let balance = service.balance
    var sentence = ""
    if let test = balance.chiSquare {
      let statistic = test.statistic.isFinite ? figures.three(test.statistic) : "infinite"
      let fits = test.pValue >= 0.01
      let fit = fits ? "fair: shares fit the exact ones" : "not as ruled: shares differ from the exact ones"
      sentence =
        "\(fit) (\(style.mark)), \(style.chiSquare) \(statistic) on "
        + "\(figures.plain(test.degreesOfFreedom)) degrees of freedom, \(figures.pValue(test.pValue)). "
    }
    if let jain = balance.jain, let busiest = balance.maxOverMean {
      sentence += "Jain \(figures.three(jain)), busiest/mean \(figures.three(busiest)). "
    }
    sentence +=
      summary.replications > 1
      ? "Means of \(summary.replications) runs; \(style.plusMinus) are their 95% limits (Student's t)."
      : "One run; \(style.plusMinus) is Wilson's 95% interval, in points."
    return TextLayout.wrap(sentence, lead: "  ")
  }
}
