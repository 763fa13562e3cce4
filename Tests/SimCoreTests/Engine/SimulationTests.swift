// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// Writes down what fires, and schedules what it is told to.
private struct Recorder: Model {
  struct Event: BitwiseCopyable {
    var number: UInt32
    /// How many events to schedule at the same instant.
    var children: UInt32 = 0
  }
  var fired: [UInt32] = []
  var times: [UInt64] = []

  mutating func handle(_ event: Event, _ scheduler: inout Scheduler<Event>) {
    fired.append(event.number)
    times.append(scheduler.now.nanoseconds)
    for child in 0..<event.children {
      scheduler.schedule(Event(number: event.number * 10 + child), after: .zero)
    }
  }
  static func digestWord(_ event: Event) -> UInt64 { UInt64(event.number) }
}

@Suite struct SimulationTests {
  private static func at(_ time: UInt64) -> SimTime { SimTime(nanoseconds: time) }

  @Test func runsAreHalfOpen() {
    var simulation = Simulation(Recorder())
    for time in [10, 20, 30] as [UInt64] {
      simulation.scheduler.schedule(.init(number: UInt32(time)), at: Self.at(time))
    }
    simulation.run(until: Self.at(20))
    #expect(simulation.model.fired == [10])
    #expect(simulation.now == Self.at(20))
    #expect(simulation.peek() == Self.at(20))
    simulation.run(until: Self.at(21))
    #expect(simulation.model.fired == [10, 20])
    simulation.run(until: .zero)
    #expect(simulation.now == Self.at(21), "the clock never goes back")
    simulation.runToEnd()
    #expect(simulation.model.fired == [10, 20, 30])
    #expect(simulation.now == Self.at(30))
    #expect(simulation.scheduler.eventsFired == 3 && simulation.scheduler.pendingCount == 0)
    #expect(simulation.peek() == nil)
    let more = simulation.step()
    #expect(!more)
  }

  /// Equal times fire in the order scheduled, and what they schedule for the same instant fires after them.
  @Test func equalTimesAreFirstInFirstOut() {
    var simulation = Simulation(Recorder())
    for number in 1...5 as ClosedRange<UInt32> {
      simulation.scheduler.schedule(.init(number: number, children: 2), at: Self.at(1_000_000))
    }
    simulation.scheduler.schedule(.init(number: 9), at: Self.at(999_999))
    simulation.runToEnd()
    #expect(simulation.model.fired == [9, 1, 2, 3, 4, 5, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51])
    #expect(simulation.model.times.last == 1_000_000)
  }

  private static func digest(_ history: [(UInt64, UInt32)], stops: [UInt64] = []) -> Digest {
    var simulation = Simulation(Recorder())
    for (time, number) in history { simulation.scheduler.schedule(.init(number: number), at: at(time)) }
    for stop in stops { simulation.run(until: at(stop)) }
    simulation.runToEnd()
    return simulation.scheduler.digest
  }

  @Test func digestsTellHistoriesApart() {
    let history: [(UInt64, UInt32)] = [(5, 1), (7, 2), (7, 3), (400, 4)]
    let digest = Self.digest(history)
    #expect(Self.digest(history) == digest)
    #expect(Self.digest(history, stops: [6, 7, 300]) == digest, "stopping on the way changes nothing")
    #expect(Self.digest(history.reversed()) != digest, "order at equal times")
    #expect(Self.digest([(5, 1), (7, 2), (7, 3), (401, 4)]) != digest, "a time")
    #expect(Self.digest([(5, 1), (7, 2), (7, 3), (400, 5)]) != digest, "an event")
    #expect(Self.digest(history.dropLast()) != digest, "one event fewer")
    #expect(digest.description.count == 16)
  }

  /// The same in steps as in one go.
  @Test func stepsAreRuns() {
    var simulation = Simulation(Recorder())
    for number in 1...4 as ClosedRange<UInt32> {
      simulation.scheduler.schedule(.init(number: number, children: number), at: Self.at(UInt64(50 - number)))
    }
    var steps = 0
    while simulation.step() { steps += 1 }
    #expect(steps == 14)
    #expect(UInt64(steps) == simulation.scheduler.eventsFired)
  }
}
