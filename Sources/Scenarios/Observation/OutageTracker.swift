// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Finds the spans in which requests of one workload failed.
///
/// Failures come in the order in which they ended, so they are out of order by up to a time-out: a span grows at both
/// ends and may close the gap between two others. Memory follows the number of outages and of what happened in them, not
/// of failures.
struct OutageTracker: Sendable {
  /// How much had happened at some moment: changes of the cluster, and events of the scenario.
  struct Mark: Hashable, Comparable, Sendable {
    var changes: Int
    var events: Int

    /// Nothing had.
    static let none = Mark(changes: 0, events: 0)

    static func < (a: Mark, b: Mark) -> Bool { (a.changes, a.events) < (b.changes, b.events) }
  }

  /// Failures by how they ended.
  struct Failures: Hashable, Sendable {
    /// By `RequestOutcome`, those of them that a rule had sent to an endpoint.
    var routed = [Int](repeating: 0, count: RequestOutcome.allCases.count)
    /// By `RequestOutcome`, those that no rule had sent anywhere.
    var unrouted = [Int](repeating: 0, count: RequestOutcome.allCases.count)

    /// All of them.
    var total: Int { routed.reduce(0, +) + unrouted.reduce(0, +) }

    /// Those that ended in a way.
    func count(_ outcome: RequestOutcome) -> Int {
      routed[Int(outcome.rawValue)] + unrouted[Int(outcome.rawValue)]
    }

    mutating func add(_ more: Failures) {
      for at in routed.indices {
        routed[at] += more.routed[at]
        unrouted[at] += more.unrouted[at]
      }
    }
  }

  /// A span with failures closer together than the gap.
  struct Span: Sendable {
    /// When the first request that failed was sent.
    var start: SimTime
    /// When the last one was.
    var end: SimTime
    /// When a client first knew of a failure: what began the outage happened before.
    var noticed: SimTime
    /// Failures by what had happened when they were sent, in that order.
    var byMark: [(mark: Mark, failures: Failures)]

    /// All failures.
    var failures: Failures { byMark.reduce(into: Failures()) { $0.add($1.failures) } }
  }

  /// The outages so far, by their start.
  private(set) var spans: [Span] = []
  private let gap: SimDuration

  /// Takes failures at least `gap` apart for different outages.
  init(gap: SimDuration) { self.gap = gap }

  /// Adds a request that failed, and what had happened when it was sent.
  mutating func add(_ record: RequestRecord, after mark: Mark) {
    let sent = record.arrival
    // Nearly always the last span or a new one after it.
    var at = spans.count
    while at > 0, spans[at - 1].start > sent { at -= 1 }
    if at > 0, sent < spans[at - 1].end + gap || sent <= spans[at - 1].end {
      spans[at - 1].add(record, mark)
      if at < spans.count, spans[at].start < spans[at - 1].end + gap {
        let next = spans.remove(at: at)
        spans[at - 1].join(next)
      }
    } else if at < spans.count, spans[at].start < sent + gap {
      spans[at].add(record, mark)
    } else {
      var new = Span(start: sent, end: sent, noticed: record.end, byMark: [])
      new.add(record, mark)
      spans.insert(new, at: at)
    }
  }
}

extension OutageTracker.Span {
  fileprivate mutating func add(_ record: RequestRecord, _ mark: OutageTracker.Mark) {
    start = min(start, record.arrival)
    end = max(end, record.arrival)
    noticed = min(noticed, record.end)
    let row = row(mark)
    let outcome = Int(record.outcome.rawValue)
    if record.backend.isNone {
      byMark[row].failures.unrouted[outcome] += 1
    } else {
      byMark[row].failures.routed[outcome] += 1
    }
  }

  fileprivate mutating func join(_ other: OutageTracker.Span) {
    start = min(start, other.start)
    end = max(end, other.end)
    noticed = min(noticed, other.noticed)
    for (mark, failures) in other.byMark { byMark[row(mark)].failures.add(failures) }
  }

  /// The row of a mark, made where there is none.
  private mutating func row(_ mark: OutageTracker.Mark) -> Int {
    var at = byMark.count
    while at > 0, byMark[at - 1].mark > mark { at -= 1 }
    if at > 0, byMark[at - 1].mark == mark { return at - 1 }
    byMark.insert((mark, OutageTracker.Failures()), at: at)
    return at
  }
}
