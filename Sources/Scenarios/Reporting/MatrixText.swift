// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Who reaches what, for people: a table for each Service port, a row for each door.
public struct MatrixText: Sendable {
  private let style: TextStyle

  /// Sets the style.
  public init(style: TextStyle = TextStyle()) { self.style = style }

  /// How many nodes a row names before it only counts them.
  private static let mostNodes = 3
  /// How many rows a kind of door may have.
  private static let mostRows = 8

  /// All doors, with what to type next.
  public func render(_ matrix: ReachabilityMatrix, nodeCount: Int, next: [String] = []) -> String {
    var lines = verdict(matrix)
    var at = 0
    while at < matrix.doors.count {
      let port = matrix.doors[at].port
      let family = matrix.doors[at].socket.address.family
      var end = at
      while end < matrix.doors.count, matrix.doors[end].port == port,
        matrix.doors[end].socket.address.family == family
      { end += 1 }
      lines += [""] + table(Array(matrix.doors[at..<end]), nodeCount: nodeCount)
      at = end
    }
    if !next.isEmpty {
      lines += [""] + next.enumerated().map { ($0.offset == 0 ? "next: " : "      ") + $0.element }
    }
    return style.finish(lines.map { $0.trimmedEnd + "\n" }.joined())
  }

  private func verdict(_ matrix: ReachabilityMatrix) -> [String] {
    var counts: [ProbeVerdict: Int] = [:]
    var flows = 0
    for door in matrix.doors {
      for answer in door.answers.values {
        counts[answer.verdict, default: 0] += 1
        flows += 1
      }
    }
    guard flows > 0 else { return ["NOTHING TO REACH  no Service has a cluster IP."] }
    let arriving = counts[.deliver, default: 0] + counts[.accept, default: 0]
    let others = ProbeVerdict.allCases.filter { $0 != .deliver && $0 != .accept }
      .compactMap { verdict in counts[verdict].map { "\($0) \(verdict.rawValue)" } }
    let words = FigureText(style: style).count(Set(matrix.doors.map(\.port.service)).count, "Service")
    let sentence =
      others.isEmpty
      ? "All \(flows) flows to \(words) arrive (exact)."
      : "\(arriving) of \(flows) flows to \(words) arrive (exact): \(others.joined(separator: ", "))."
    return TextLayout.wrap(sentence, lead: "")
      + TextLayout.wrap(
        "A cell has how many of the Service's endpoints a first connection may reach; 'masq': they do not see its source.",
        lead: "")
  }

  private func table(_ doors: [ReachabilityMatrix.Door], nodeCount: Int) -> [String] {
    let all = Set(doors.flatMap { $0.answers.values.flatMap(\.endpoints) })
    let name = "\(doors[0].port) \(doors[0].port.protocol.name.uppercased())"
    let count = FigureText(style: style).count(all.count, "endpoint")
    var rows = [["DOOR", "ADDRESS", "AT"] + ReachabilityMatrix.Source.allCases.map { $0.rawValue.uppercased() }]
    var left = 0
    var shown: [ReachabilityMatrix.Kind: Int] = [:]
    for door in doors {
      shown[door.kind, default: 0] += 1
      guard shown[door.kind, default: 0] <= MatrixText.mostRows else {
        left += 1
        continue
      }
      rows.append(
        [
          door.kind.rawValue, TextLayout.fit(door.socket.description, 24, style), place(door, nodeCount: nodeCount),
        ] + ReachabilityMatrix.Source.allCases.map { cell(door.answers[$0], of: all.count) })
    }
    var lines = [style.paint(name, .strong) + "  " + count]
    lines += TextLayout.table(rows)
    if left > 0 { lines.append("  and \(left) more rows: --format json has all") }
    return lines
  }

  private func place(_ door: ReachabilityMatrix.Door, nodeCount: Int) -> String {
    if door.nodes.count == nodeCount { return nodeCount == 1 ? door.nodes[0] : "every node" }
    if door.nodes.count <= MatrixText.mostNodes {
      return TextLayout.fit(door.nodes.joined(separator: ","), 20, style)
    }
    return TextLayout.fit(door.nodes[0], 10, style) + ",+\(door.nodes.count - 1)"
  }

  private func cell(_ answer: ProbeResult?, of all: Int) -> String {
    guard let answer else { return style.unknown }
    switch answer.verdict {
    case .deliver: return "\(answer.endpoints.count) of \(all)" + (answer.masquerade ? " masq" : "")
    default: return answer.verdict.rawValue
    }
  }
}
