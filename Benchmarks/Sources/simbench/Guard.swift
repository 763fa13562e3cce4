// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import SimCore

/// The same loop written by hand over the bare queue: no model, no scheduler, no digest.
@inline(never) private func bareHold(pending: Int, events: Int) -> UInt64 {
  var delays = RandomStream(seed: 1, name: "hold")
  var queue = EventQueue<UInt64>()
  for number in 0..<pending { queue.push(UInt64(delays.exponential() * 1e9), UInt64(number)) }
  var sum: UInt64 = 0
  for _ in 0..<events {
    guard let (time, event) = queue.pop(limit: .max) else { break }
    sum &+= time
    queue.push(time &+ UInt64(delays.exponential() * 1e9), event)
  }
  return sum
}

/// Fails when the engine's loop is no longer specialised.
struct Guard: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fails when the engine's loop costs much more than one written by hand: specialisation is lost.")
  @Option(help: "The ratio that fails. Unspecialised it is about ten.") var limit = 2.0

  func run() throws {
    let clock = ContinuousClock()
    // The least of some turns: what else the machine does only adds.
    var engine = Duration.seconds(1000)
    var bare = engine
    var sum: UInt64 = 0
    for _ in 0..<7 {
      engine = min(engine, clock.measure { sum ^= hold(pending: 10_000, events: 1_000_000) })
      bare = min(bare, clock.measure { sum ^= bareHold(pending: 10_000, events: 1_000_000) })
    }
    let ratio = engine / bare
    print("{\"name\":\"guard\",\"ratio\":\((ratio * 100).rounded() / 100),\"digest\":\"\(Report.hex(sum))\"}")
    guard ratio < limit else { throw ExitCode.failure }
  }
}
