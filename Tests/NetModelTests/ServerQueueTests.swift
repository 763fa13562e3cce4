// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import Testing

/// Servers against queueing theory (Kleinrock I; Erlang 1917): waiting times, with nothing else in the way.
@Suite struct ServerQueueTests {
  /// One pod behind a Service, a network without delays, service of mean 1 s.
  private func world(concurrency: Int, load: Double, seed: UInt64, queue: Int = 100_000) -> WorldSpecification {
    var specification = Httpenv.load(
      .clusterIP, from: .node("node-1"), rate: load * Double(concurrency), protocol: .udp)
    specification.seed = seed
    // Some 6,000 requests.
    specification.duration = .seconds(Int64(6000 / (load * Double(concurrency))))
    specification.cluster.controllers[0].replicas = 1
    specification.cluster.ruleCost = .zero
    var profile = ServerProfile()
    profile.service = .exponential(mean: 1)
    profile.concurrency = concurrency
    profile.queue = queue
    specification.servers = [profile]
    let instant = LinkParameters(latency: .zero, bitsPerSecond: 1_000_000_000_000_000, queueBytes: 1 << 30)
    specification.network.pod = instant
    specification.network.node = instant
    specification.workloads[0].timeout = .seconds(10_000)
    return specification
  }

  private func meanLatency(_ specification: WorldSpecification) throws -> Double {
    let cluster = try SimulatedCluster(specification)
    try cluster.run(until: .zero + specification.duration)
    var sum = 0.0
    var count = 0.0
    cluster.drainRequests { records in
      for record in records where record.arrival.seconds > 200 && record.outcome == .succeeded {
        sum += record.latency.seconds
        count += 1
      }
    }
    return sum / count
  }

  /// (servers, load, mean time in the system): W = Wq + 1, Wq = C / (c (1 - rho)).
  @Test(arguments: [(1, 0.5, 2.0), (1, 0.8, 5.0), (2, 0.8, 2.777777778), (8, 0.8, 1.2860280784)])
  func waitingFollowsErlangC(_ servers: Int, _ load: Double, _ expected: Double) throws {
    var means: [Double] = []
    for seed in 1...6 as ClosedRange<UInt64> {
      means.append(try meanLatency(world(concurrency: servers, load: load, seed: seed)))
    }
    let interval = try #require(Intervals.mean(means, confidence: 0.999))
    #expect(interval.low <= expected && expected <= interval.high, "\(interval) for \(expected)")
    #expect(interval.high - interval.low < expected)
  }

  @Test func lossFollowsErlangB() throws {
    // (c, load) = (8, 8): .2355702611 of the requests meet a full server without a queue.
    var shares: [Double] = []
    for seed in 1...6 as ClosedRange<UInt64> {
      let cluster = try SimulatedCluster(world(concurrency: 8, load: 1, seed: seed, queue: 0))
      try cluster.run(until: .zero + .seconds(700))
      var lost = 0.0
      var all = 0.0
      cluster.drainRequests { records in
        for record in records where record.arrival.seconds > 100 {
          all += 1
          if record.outcome == .overloaded { lost += 1 }
        }
      }
      shares.append(lost / all)
    }
    let interval = try #require(Intervals.mean(shares, confidence: 0.999))
    #expect(interval.low <= 0.2355702611 && 0.2355702611 <= interval.high, "\(interval)")
  }
}
