// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// One server with exponential arrivals and service of mean 1 ms, first come first served.
private struct SingleServer: Model {
  enum Event: BitwiseCopyable { case arrival, departure }

  let between: Double
  var random: RandomStream
  var waiting: [SimTime] = []
  var first = 0
  var sojourns: [Double] = []

  init(load: Double, seed: UInt64) {
    between = 1 / load
    random = RandomStream(seed: seed, name: "single server")
  }

  private mutating func span(mean: Double) -> SimDuration {
    SimDuration(seconds: random.exponential() * mean / 1000) ?? .zero
  }

  mutating func handle(_ event: Event, _ scheduler: inout Scheduler<Event>) {
    switch event {
    case .arrival:
      waiting.append(scheduler.now)
      if waiting.count - first == 1 { scheduler.schedule(.departure, after: span(mean: 1)) }
      scheduler.schedule(.arrival, after: span(mean: between))
    case .departure:
      sojourns.append((scheduler.now - waiting[first]).seconds * 1000)
      first += 1
      if first < waiting.count { scheduler.schedule(.departure, after: span(mean: 1)) }
    }
  }

  static func digestWord(_ event: Event) -> UInt64 { event == .arrival ? 1 : 2 }
}

/// The engine, its draws and its intervals together, against queueing theory.
@Suite struct SingleServerTests {
  /// The time in system is 1 / (1 - load) services. Source: Kleinrock, Queueing Systems I, 3.2.
  ///
  /// To 3%, which an unoptimised build reaches in seconds; conformance to 2% takes longer runs.
  @Test(arguments: [(0.5, 2.0, 20_000), (0.8, 5.0, 60_000)])
  func timeInSystem(_ load: Double, _ expected: Double, _ milliseconds: Int) throws {
    let means = try (1...30).map { seed in
      var simulation = Simulation(SingleServer(load: load, seed: UInt64(seed)))
      simulation.scheduler.schedule(.arrival, at: .zero)
      simulation.run(until: SimTime(nanoseconds: UInt64(milliseconds) * 1_000_000))
      return try #require(Moments.mean(Array(simulation.model.sojourns.dropFirst(2000))))
    }
    let interval = try #require(Intervals.mean(means, confidence: 0.999))
    #expect(interval.contains(expected), "\(interval)")
    #expect(interval.halfWidth < 0.03 * expected, "\(interval)")
  }

  /// A seed is a history.
  @Test func seedsAreHistories() {
    func digest(_ seed: UInt64) -> Digest {
      var simulation = Simulation(SingleServer(load: 0.8, seed: seed))
      simulation.scheduler.schedule(.arrival, at: .zero)
      simulation.run(until: SimTime(nanoseconds: 1_000_000_000))
      return simulation.scheduler.digest
    }
    #expect(digest(1) == digest(1))
    #expect(digest(1) != digest(2))
  }
}
