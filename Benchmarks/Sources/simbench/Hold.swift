// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import SimCore

/// The hold model: so many pending events, each of which schedules one more when it fires.
struct HoldModel: Model {
  var delays: RandomStream

  static func digestWord(_ event: UInt64) -> UInt64 { event }

  mutating func handle(_ event: UInt64, _ scheduler: inout Scheduler<UInt64>) {
    scheduler.schedule(event, at: scheduler.now.advanced(by: delay()))
  }

  /// Exponential with a mean of a second.
  @inline(__always) mutating func delay() -> Int64 { Int64(delays.exponential() * 1e9) }
}

/// Fires so many events through `Simulation`, one at a time, with clock, digest and all.
@inline(never) func hold(pending: Int, events: Int) -> UInt64 {
  var simulation = Simulation(HoldModel(delays: RandomStream(seed: 1, name: "hold")))
  simulation.prepare { model, scheduler in
    for number in 0..<pending {
      scheduler.schedule(UInt64(number), at: SimTime.zero.advanced(by: model.delay()))
    }
  }
  // `pending` events a second: most of the way in one run, then step by step to the exact number.
  let share = Double(events) / Double(pending) * 0.99
  simulation.run(until: SimTime.zero.advanced(by: Int64(share * 1e9)))
  while simulation.eventsFired < events { simulation.step() }
  return simulation.digest.value
}

/// Times the event queue.
struct Hold: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Pop one event, push one at now + exponential, through the engine's loop.")
  @Option(help: "Events pending.") var pending: Amount
  @Option(help: "Events fired.") var events: Amount

  func run() {
    let report = Report("hold", [("pending", pending.value), ("events", events.value)])
    let digest = hold(pending: pending.value, events: events.value)
    report.finish(events.value, digest: digest)
  }
}
