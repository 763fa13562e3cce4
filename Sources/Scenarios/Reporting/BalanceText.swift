// SPDX-License-Identifier: GPL-3.0-or-later

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
  /// Of more Services than this those are shown whose shares are the least likely.
  static let services = 12

  private var figures: FigureText { FigureText(style: style) }

  /// A block a Service that got connections.
  var lines: [String] {
    let fairness = FairnessText(summary: summary, style: style)
    let all = summary.services.indices.filter { summary.services[$0].connections > 0 }
    let order = all.sorted { (fairness.adjusted[$0] ?? 2, $0) < (fairness.adjusted[$1] ?? 2, $1) }
    let shown = order.prefix(BalanceText.services).sorted()
    var lines = shown.flatMap { [""] + block(summary.services[$0]) + fairness.lines($0) }
    if all.count > shown.count {
      let rest = order.dropFirst(shown.count)
      let verdict =
        rest.allSatisfy { (fairness.adjusted[$0] ?? 1) >= FairnessText.doubtful } ? "none of them unfair, " : ""
      lines += ["", "\(figures.count(rest.count, "more Service")), \(verdict)in \(file)"]
    }
    return lines
  }

  private var file: String { (results.map { $0 + "/" } ?? "") + "services.csv" }

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
        lines.append("  " + style.ellipsis + " \(service.backends.count - BalanceText.rows) more in \(file)")
        continue
      }
      lines.append(row(backend, top: top, columns))
    }
    return lines
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
}
