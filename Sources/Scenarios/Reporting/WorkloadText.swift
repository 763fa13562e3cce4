// SPDX-License-Identifier: GPL-3.0-or-later

/// A row a workload, where there are several: what is pooled above mixes unlike traffic.
struct WorkloadText {
  let summary: Summary
  let style: TextStyle
  /// The directory of the CSV tables; nil when none was written.
  var results: String?

  /// Of more workloads than this those with the most failures are shown.
  static let shown = 20

  private var figures: FigureText { FigureText(style: style) }

  /// The table; none for a single workload.
  var lines: [String] {
    guard summary.workloads.count > 1, summary.requests.sent > 0 else { return [] }
    let worst = summary.workloads.enumerated().sorted {
      ($1.element.requests.failed, $0.offset) < ($0.element.requests.failed, $1.offset)
    }
    let rows = worst.prefix(WorkloadText.shown).sorted { $0.offset < $1.offset }.map(\.element)
    let medians = rows.compactMap(\.latency.p50)
    // One unit for the table, so that columns compare.
    let isSlow = !medians.isEmpty && medians.allSatisfy { $0 >= 1 }
    let (factor, unit) = isSlow ? (1.0, "s") : (1e3, "ms")
    func time(_ value: Double?) -> String { value.map { figures.three($0 * factor) } ?? style.unknown }
    let head = ["WORKLOAD", "SENT", "FAILED", "FAILED, %", "IN FLIGHT", "p50, \(unit)", "p99, \(unit)"]
    let table = TextLayout.table(
      [head]
        + rows.map { row in
          let requests = row.requests
          let share = requests.sent == 0 ? nil : Double(requests.failed) / Double(requests.sent)
          return [
            TextLayout.fit(row.name, 32, style), NumberText.grouped(requests.sent),
            NumberText.grouped(requests.failed), figures.percent(share), NumberText.grouped(requests.inFlight),
            time(row.latency.p50), time(row.latency.p99),
          ]
        }, numeric: [1, 2, 3, 4, 5, 6])
    let more = summary.workloads.count - rows.count
    let file = (results.map { $0 + "/" } ?? "") + "requests.csv"
    return [""] + table + (more > 0 ? ["\(figures.count(more, "more workload")) in \(file)"] : [])
  }
}
