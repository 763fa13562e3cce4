// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How busy servers were in windows of a run, from what they had been by their ends.
struct BusyTimes: Sendable {
  private struct Span: Sendable {
    var window: Range<SimTime>
    var before: [UInt64] = []
    var after: [UInt64] = []
  }

  private var spans: [Span]

  /// Observes windows.
  init(_ windows: [Range<SimTime>]) { spans = windows.map { Span(window: $0) } }

  /// When windows begin and end.
  var moments: [SimTime] { spans.flatMap { [$0.window.lowerBound, $0.window.upperBound] } }

  /// Notes how busy each pod's server had been by a moment, in nanoseconds, by `PodID`.
  mutating func note(_ times: [UInt64], at time: SimTime) {
    for at in spans.indices {
      if spans[at].window.lowerBound == time { spans[at].before = times }
      if spans[at].window.upperBound == time { spans[at].after = times }
    }
  }

  /// What a pod's server took up in a window, in nanoseconds; nil for what is no pod.
  func nanoseconds(of pod: Int, window: Int) -> Int? {
    let span = spans[window]
    guard pod < span.after.count else { return nil }
    return Int(clamping: span.after[pod] &- (pod < span.before.count ? span.before[pod] : 0))
  }
}
