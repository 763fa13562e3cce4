// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc
import Scenarios
import Synchronization

/// The line that tells on a terminal how far a run is, once it has taken a second.
///
/// The only place that reads the wall clock; nothing of it reaches a result.
final class ProgressLine: Sendable {
  private struct State {
    var shown = ContinuousClock.Instant?.none
    var done: [Int: Double] = [:]
    var events: [Int: UInt64] = [:]
  }

  private let isShown: Bool
  private let style: TextStyle
  private let replications: Int
  private let started = ContinuousClock.now
  private let state = Mutex(State())

  /// Starts the clock.
  init(style: TextStyle, replications: Int = 1) {
    isShown = Terminal.showsProgress
    self.style = style
    self.replications = max(1, replications)
  }

  /// Shows how far a run is, at most ten times a second.
  func update(_ name: String, _ progress: Run.Progress) {
    guard isShown else { return }
    let now = ContinuousClock.now
    guard now - started > .seconds(1) else { return }
    state.withLock { state in
      let total = max(1e-9, progress.duration.seconds)
      state.done[progress.replication] = min(1, progress.now.seconds / total)
      state.events[progress.replication] = progress.events
      if let shown = state.shown, now - shown < .milliseconds(100) { return }
      state.shown = now
      let share = state.done.values.reduce(0, +) / Double(replications)
      let events = state.events.values.reduce(0, +)
      let elapsed = started.duration(to: now)
      let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
      _ = Terminal.write("\r" + line(name, share, total, events, seconds) + "\u{1b}[K", to: STDERR_FILENO)
    }
  }

  /// Takes the line away.
  func finish() {
    let wasShown = state.withLock { $0.shown != nil }
    if wasShown { _ = Terminal.write("\r\u{1b}[K", to: STDERR_FILENO) }
  }

  private func line(_ name: String, _ share: Double, _ total: Double, _ events: UInt64, _ seconds: Double) -> String {
    let width = 16
    let filled = Int(share * Double(width))
    let bar =
      String(repeating: style.isASCII ? "#" : "█", count: filled)
      + String(repeating: style.isASCII ? "-" : "░", count: width - filled)
    let rate = NumberText.fixed(Double(events) / seconds / 1e6, 1)
    let left = share > 0 ? NumberText.fixed(seconds / share - seconds, 0) : "?"
    return "\(name.prefix(30))  \(bar)  \(NumberText.fixed(share * 100, 0))%  "
      + "\(NumberText.fixed(share * total, 1)) of \(NumberText.fixed(total, 0)) s simulated   \(rate)M events/s   \(left) s left"
  }
}
