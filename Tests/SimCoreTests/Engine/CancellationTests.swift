// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// Notes what fires and when; each event may be asked to do something as it fires.
private struct Notes: Model, ~Copyable {
  var fired: [(time: UInt64, number: UInt32)] = []
  /// Cancelled as an event of this number fires.
  var victim: (by: UInt32, timer: TimerID)?

  mutating func handle(_ event: UInt32, _ scheduler: inout Scheduler<UInt32>) {
    fired.append((scheduler.now.nanoseconds, event))
    if let victim, victim.by == event { scheduler.cancel(victim.timer) }
  }
  static func digestWord(_ event: UInt32) -> UInt64 { UInt64(event) }
}

@Suite struct CancellationTests {
  private static func at(_ time: UInt64) -> SimTime { SimTime(nanoseconds: time) }

  @Test func firesOnceOrIsCancelledOnce() {
    var simulation = Simulation(Notes())
    let kept = simulation.scheduler.scheduleCancellable(1, at: Self.at(10))
    let dropped = simulation.scheduler.scheduleCancellable(2, after: .nanoseconds(20))
    #expect(simulation.scheduler.pendingCount == 2)
    let first = simulation.scheduler.cancel(dropped)
    let second = simulation.scheduler.cancel(dropped)
    #expect(first && !second)
    #expect(simulation.scheduler.pendingCount == 1)
    #expect(simulation.scheduler.isPending(kept) == true && simulation.scheduler.isPending(dropped) == false)
    simulation.runToEnd()
    #expect(simulation.model.fired.map(\.number) == [1])
    #expect(simulation.now == Self.at(10), "a cancelled event does not move the clock")
    let late = simulation.scheduler.cancel(kept)
    #expect(!late)
    let none = simulation.scheduler.cancel(.none)
    #expect(!none && TimerID.none.isNone && !kept.isNone)
    #expect(simulation.scheduler.pendingCount == 0 && simulation.eventsFired == 1)
  }

  /// Whether an event can be cancelled makes no difference to the order.
  @Test func equalTimesAreFirstInFirstOut() {
    var simulation = Simulation(Notes())
    for number in 0..<40 as Range<UInt32> {
      if number % 3 == 0 {
        _ = simulation.scheduler.scheduleCancellable(number, at: Self.at(7_000_000))
      } else {
        simulation.scheduler.schedule(number, at: Self.at(7_000_000))
      }
    }
    simulation.runToEnd()
    #expect(simulation.model.fired.map(\.number) == Array(0..<40))
  }

  /// After cancelled events were dropped, the queue still takes events before them.
  @Test func theClockStaysBehindWhatWasDropped() {
    var simulation = Simulation(Notes())
    simulation.scheduler.schedule(1, at: Self.at(100))
    let timer = simulation.scheduler.scheduleCancellable(2, at: Self.at(5_000_000_000))
    simulation.scheduler.cancel(timer)
    #expect(simulation.peek() == Self.at(100))
    simulation.step()
    #expect(simulation.peek() == nil, "nothing will fire")
    let more = simulation.step()
    #expect(!more)
    #expect(simulation.now == Self.at(100))
    for time in [100, 130, 4_000_000_000, 5_000_000_001] as [UInt64] {
      simulation.scheduler.schedule(3, at: Self.at(time))
    }
    #expect(simulation.peek() == Self.at(100))
    simulation.runToEnd()
    #expect(simulation.model.fired.map(\.time) == [100, 100, 130, 4_000_000_000, 5_000_000_001])
  }

  @Test func anEventCancelsAnotherOfItsInstant() {
    var simulation = Simulation(Notes())
    simulation.scheduler.schedule(1, at: Self.at(50))
    simulation.model.victim = (by: 1, timer: simulation.scheduler.scheduleCancellable(2, at: Self.at(50)))
    simulation.scheduler.schedule(3, at: Self.at(50))
    simulation.runToEnd()
    #expect(simulation.model.fired.map(\.number) == [1, 3])
  }

  /// A slot's next timer is another one: the old name cancels nothing.
  @Test func slotsAreReused() {
    var simulation = Simulation(Notes())
    var old: [TimerID] = []
    for number in 0..<3000 as Range<UInt32> {
      let timer = simulation.scheduler.scheduleCancellable(number, after: .nanoseconds(1))
      if let earlier = old.last {
        let cancelled = simulation.scheduler.cancel(earlier)
        #expect(!cancelled)
      }
      if number % 5 == 0 { simulation.scheduler.cancel(timer) }
      simulation.step()
      old.append(timer)
    }
    #expect(Set(old).count == old.count)
    #expect(simulation.eventsFired == 2400)
  }

  /// Plain and cancellable events, cancellations and runs in any order, against a sorted list.
  @Test(arguments: 1...8) func againstAList(_ seed: Int) {
    var random = RandomStream(seed: UInt64(seed), name: "cancellation")
    var simulation = Simulation(Notes())
    var list: [(time: UInt64, number: UInt32)] = []
    var timers: [(number: UInt32, timer: TimerID)] = []
    var expected: [(time: UInt64, number: UInt32)] = []
    func fire(before limit: UInt64) {
      let due = list.filter { $0.time < limit }.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
      expected += due
      list.removeAll { $0.time < limit }
    }
    for number in 0..<4000 as Range<UInt32> {
      let now = simulation.now.nanoseconds
      let time = now + random.next() >> (24 + random.below(40))
      list.append((time, number))
      if random.below(2) == 0 {
        timers.append((number, simulation.scheduler.scheduleCancellable(number, at: Self.at(time))))
      } else {
        simulation.scheduler.schedule(number, at: Self.at(time))
      }
      if random.below(3) == 0, !timers.isEmpty {
        let chosen = timers.remove(at: Int(random.below(UInt64(timers.count))))
        let isListed = list.contains { $0.number == chosen.number }
        let cancelled = simulation.scheduler.cancel(chosen.timer)
        #expect(cancelled == isListed, "seed \(seed), event \(chosen.number)")
        list.removeAll { $0.number == chosen.number }
      }
      switch random.below(20) {
      case 0:
        let limit = now + random.next() >> (24 + random.below(40))
        simulation.run(until: Self.at(limit))
        fire(before: limit)
        #expect(simulation.now.nanoseconds == max(limit, now))
      case 1...4:
        let next = list.map(\.time).min()
        #expect(simulation.peek()?.nanoseconds == next, "seed \(seed), event \(number)")
        let stepped = simulation.step()
        #expect(stepped == (next != nil))
        if let first = list.min(by: { ($0.time, $0.number) < ($1.time, $1.number) }) {
          expected.append(first)
          list.removeAll { $0.number == first.number }
        }
      default: break
      }
      #expect(simulation.scheduler.pendingCount == list.count, "seed \(seed), event \(number)")
    }
    simulation.runToEnd()
    fire(before: .max)
    #expect(simulation.model.fired.map(\.number) == expected.map(\.number), "seed \(seed)")
    #expect(simulation.model.fired.map(\.time) == expected.map(\.time), "seed \(seed)")
    #expect(simulation.eventsFired == UInt64(expected.count))
  }
}
