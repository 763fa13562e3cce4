// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Packets that went nowhere, by when and why: what explains requests that nobody answered.
///
/// A row a slice of the run in which something was dropped, so that memory follows the length of the trouble.
struct DropTally: Sendable {
  /// What was dropped in one slice.
  private struct Row: Sendable {
    var from: SimTime
    var to: SimTime
    var counts: [UInt64]
    /// By node; empty when no table was full.
    var full: [UInt64]
  }

  private var rows: [Row] = []
  private var before = [UInt64](repeating: 0, count: DropCause.allCases.count)
  private var fullBefore: [UInt64] = []
  private var last = SimTime.zero

  /// Takes the totals so far: drops in the order of `DropCause.allCases`, and by node those of a full conntrack table.
  mutating func note(_ drops: [UInt64], conntrackFull: [UInt64], at now: SimTime) {
    if fullBefore.count < conntrackFull.count {
      fullBefore += [UInt64](repeating: 0, count: conntrackFull.count - fullBefore.count)
    }
    if drops != before {
      let counts = zip(drops, before).map { $0 &- $1 }
      let full = conntrackFull == fullBefore ? [] : zip(conntrackFull, fullBefore).map { $0 &- $1 }
      rows.append(Row(from: last, to: now, counts: counts, full: full))
      before = drops
      fullBefore = conntrackFull
    }
    last = now
  }

  /// What most packets in a span were dropped for: the cause, how many, and of a full conntrack table the nodes, the
  /// worst first. Late segments that nobody waited for explain nothing.
  func main(_ span: ClosedRange<SimTime>) -> (cause: DropCause, packets: UInt64, nodes: [NodeID])? {
    var counts = [UInt64](repeating: 0, count: DropCause.allCases.count)
    var full: [UInt64] = []
    for row in rows where row.to > span.lowerBound && row.from <= span.upperBound {
      for at in counts.indices { counts[at] &+= row.counts[at] }
      while full.count < row.full.count { full.append(0) }
      for at in row.full.indices { full[at] &+= row.full[at] }
    }
    let causes = DropCause.allCases.filter { $0 != .stale && counts[Int($0.rawValue)] > 0 }
    guard let cause = causes.max(by: { counts[Int($0.rawValue)] < counts[Int($1.rawValue)] }) else { return nil }
    let worst = full.indices.filter { full[$0] > 0 }.sorted { (full[$1], $0) < (full[$0], $1) }
    let nodes = cause == .conntrackFull ? worst.map { NodeID(index: $0) } : []
    return (cause, counts[Int(cause.rawValue)], nodes)
  }
}
