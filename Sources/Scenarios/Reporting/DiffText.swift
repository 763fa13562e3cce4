// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// What changed between two clusters, for people.
public struct DiffText: Sendable {
  private let style: TextStyle

  /// Sets the style.
  public init(style: TextStyle = TextStyle()) { self.style = style }

  private var figures: FigureText { FigureText(style: style) }

  /// How many endpoints one side lists.
  private static let mostEndpoints = 6

  /// The changes, by Service port; `first` and `second` are what the two are called.
  public func render(_ diff: ReachabilityDiff, first: String, second: String) -> String {
    let flows = figures.count(diff.compared, "flow")
    guard !diff.changes.isEmpty else {
      return style.finish("SAME  \(flows) compared, none differs (exact).\n")
    }
    let changed = diff.changes.reduce(0) { $0 + $1.nodes.count }
    let services = Set(diff.changes.map(\.port.service)).count
    var lines = TextLayout.wrap(
      "\(changed) of \(flows) differ (exact), of \(figures.count(services, "Service")).",
      lead: "CHANGED  ")
    lines += ["", "before: \(first)", "after:  \(second)"]
    var at = 0
    while at < diff.changes.count {
      let port = diff.changes[at].port
      let end = diff.changes[at...].firstIndex { $0.port != port } ?? diff.changes.count
      lines += ["", style.paint("\(port) \(port.protocol.name.uppercased())", .strong)]
      for group in groups(diff.changes[at..<end]) {
        for line in doors(group) { lines += TextLayout.wrap(line, lead: "  ") }
        lines += TextLayout.wrap(words(group[0].before), lead: "    before  ")
        lines += TextLayout.wrap(words(group[0].after), lead: "    after   ")
      }
      at = end
    }
    return style.finish(lines.map { $0.trimmedEnd + "\n" }.joined())
  }

  /// Changes that are one and the same, in the order in which the first of each was met.
  private func groups(_ changes: ArraySlice<ReachabilityDiff.Change>) -> [[ReachabilityDiff.Change]] {
    var groups: [[ReachabilityDiff.Change]] = []
    for change in changes {
      if let known = groups.firstIndex(where: { $0[0].before == change.before && $0[0].after == change.after }) {
        groups[known].append(change)
      } else {
        groups.append([change])
      }
    }
    return groups
  }

  /// A line a door: from which sources, at which nodes.
  private func doors(_ group: [ReachabilityDiff.Change]) -> [String] {
    var doors: [(door: String, nodes: [String], sources: [String])] = []
    for change in group {
      let door = "\(change.kind.rawValue) \(change.socket)"
      if let known = doors.firstIndex(where: { $0.door == door && $0.nodes == change.nodes }) {
        doors[known].sources.append(change.source.rawValue)
      } else {
        doors.append((door, change.nodes, [change.source.rawValue]))
      }
    }
    return doors.map { "\($0.door) from \($0.sources.joined(separator: ", ")), at \(nodes($0.nodes))" }
  }

  private func nodes(_ names: [String]) -> String {
    names.count <= 3 ? names.joined(separator: ", ") : "\(names[0]), \(names[1]) and \(names.count - 2) more nodes"
  }

  private func words(_ outcome: ReachabilityDiff.Outcome?) -> String {
    guard let outcome else { return "there is none" }
    guard outcome.verdict == .deliver || outcome.verdict == .mixed else { return outcome.verdict.rawValue }
    let shown = outcome.endpoints.prefix(DiffText.mostEndpoints)
      .map { "\($0.name) \(figures.percent(Double($0.millionths) / 1e6))" }
    let left = outcome.endpoints.count - shown.count
    let more = left > 0 ? [" and \(left) more"] : []
    return "\(outcome.verdict.rawValue), \(outcome.masquerade ? "masqueraded" : "not masqueraded"), to "
      + shown.joined(separator: ", ") + more.joined()
  }
}
