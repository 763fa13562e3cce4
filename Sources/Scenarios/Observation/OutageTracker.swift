// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Finds the spans in which requests of one workload failed.
///
/// Failures come in the order in which they ended, so they are out of order by up to a time-out: a span grows at both
/// ends and may close the gap between two others. Memory follows the number of outages, not of failures.
struct OutageTracker: Sendable {
  /// A span with failures closer together than the gap.
  struct Span: Sendable {
    /// When the first request that failed was sent.
    var start: SimTime
    /// When the last one was.
    var end: SimTime
    /// When a client first knew of a failure: what began the outage happened before.
    var noticed: SimTime
    /// How many failed.
    var failed: Int
    /// Failures by the number of changes that had happened when they were sent, sorted by that number.
    var byChange: [(changes: Int, failed: Int)]
  }

  /// The outages so far, by their start.
  private(set) var spans: [Span] = []
  private let gap: SimDuration

  /// Takes failures at least `gap` apart for different outages.
  init(gap: SimDuration) { self.gap = gap }

  /// Adds a request that failed: when it was sent, when it ended, and how many changes had happened when it was sent.
  mutating func add(sent: SimTime, ended: SimTime, changes: Int) {
    // Nearly always the last span or a new one after it.
    var at = spans.count
    while at > 0, spans[at - 1].start > sent { at -= 1 }
    if at > 0, sent < spans[at - 1].end + gap || sent <= spans[at - 1].end {
      spans[at - 1].add(sent, ended, changes)
      if at < spans.count, spans[at].start < spans[at - 1].end + gap { join(at - 1) }
    } else if at < spans.count, spans[at].start < sent + gap {
      spans[at].add(sent, ended, changes)
    } else {
      spans.insert(Span(start: sent, end: sent, noticed: ended, failed: 1, byChange: [(changes, 1)]), at: at)
    }
  }

  /// Joins a span with the next one.
  private mutating func join(_ at: Int) {
    let next = spans.remove(at: at + 1)
    spans[at].end = max(spans[at].end, next.end)
    spans[at].noticed = min(spans[at].noticed, next.noticed)
    spans[at].failed += next.failed
    for (changes, failed) in next.byChange { spans[at].count(changes, failed) }
  }
}

extension OutageTracker.Span {
  fileprivate mutating func add(_ sent: SimTime, _ ended: SimTime, _ changes: Int) {
    start = min(start, sent)
    end = max(end, sent)
    noticed = min(noticed, ended)
    failed += 1
    count(changes, 1)
  }

  fileprivate mutating func count(_ changes: Int, _ more: Int) {
    var at = byChange.count
    while at > 0, byChange[at - 1].changes > changes { at -= 1 }
    if at > 0, byChange[at - 1].changes == changes {
      byChange[at - 1].failed += more
    } else {
      byChange.insert((changes, more), at: at)
    }
  }
}
