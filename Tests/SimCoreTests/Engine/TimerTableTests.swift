// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// Timers: live until they fire or are cancelled, once.
@Suite struct TimerTableTests {
  @Test func firesOnce() {
    var timers = TimerTable()
    let timer = timers.make()
    #expect(timer != .none)
    #expect(timers.isLive(timer) == true)
    let fires = timers.surface(timer)
    #expect(fires)
    #expect(timers.isLive(timer) == false)
    let cancelled = timers.cancel(timer)
    #expect(!cancelled)
    #expect(timers.pending == 0)
  }

  @Test func cancelledOnce() {
    var timers = TimerTable()
    let timer = timers.make()
    let first = timers.cancel(timer)
    let second = timers.cancel(timer)
    #expect(first && !second)
    #expect(timers.pending == 1, "its event is still in the queue")
    let fires = timers.surface(timer)
    #expect(!fires)
    #expect(timers.pending == 0)
  }

  @Test func noneIsNeverLive() {
    var timers = TimerTable()
    #expect(timers.isLive(.none) == false)
    let cancelled = timers.cancel(.none)
    #expect(!cancelled)
  }

  /// A slot's next timer is another one.
  @Test func slotsAreReused() {
    var timers = TimerTable()
    var old: [TimerID] = []
    for step in 0..<1000 {
      let timer = timers.make()
      for earlier in old { #expect(timers.isLive(earlier) == false, "step \(step)") }
      if step % 2 == 0 { timers.cancel(timer) }
      let fires = timers.surface(timer)
      #expect(fires == (step % 2 == 1))
      old.append(timer)
    }
    #expect(timers.pending == 0)
  }
}
