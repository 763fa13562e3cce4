// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import Testing

/// Values beyond all measure neither wrap nor trap.
@Suite struct ExtremeValuesTests {
  private func base() -> WorldSpecification { Httpenv.load(.clusterIP, from: .node("node-1"), rate: 50) }

  @Test func requestsThatComeOnceInAgesDoNotCome() throws {
    for rate in [1e-12, 1e-300, Double.leastNonzeroMagnitude] {
      for arrivals in [ArrivalProcess.poisson(perSecond: rate), .constant(perSecond: rate)] {
        var specification = base()
        specification.workloads[0].arrivals = arrivals
        let result = try WorldTests.run(specification)
        #expect(result.books.requestsSent <= 1)
      }
    }
  }

  @Test func linksTakeAnyNumber() throws {
    let longest = SimDuration(nanoseconds: .max)
    for link in [
      LinkParameters(latency: .zero, bitsPerSecond: 1_000_000, jitter: longest),
      LinkParameters(latency: longest, bitsPerSecond: 1_000_000),
      LinkParameters(latency: .zero, bitsPerSecond: 1, queueBytes: .max),
      LinkParameters(latency: .zero, bitsPerSecond: .max, queueBytes: .max),
      LinkParameters(latency: .zero, bitsPerSecond: 1_000_000, loss: 1, queueBytes: 0),
    ] {
      var specification = base()
      specification.network.node = link
      let result = try WorldTests.run(specification)
      #expect(result.books.balances)
      #expect(result.books.requestsInFlight == 0)
    }
  }

  @Test func backoffsStopDoublingAtAnHour() throws {
    var specification = base()
    specification.workloads[0].retryAttempts = .max
    specification.workloads[0].to = .node("node-2", port: 9)
    for backoff in [SimDuration.zero, .nanoseconds(1), .seconds(9_000_000_000)] {
      specification.workloads[0].retryBackoff = backoff
      specification.duration = .milliseconds(100)
      let result = try WorldTests.run(specification)
      #expect(result.books.balances)
      #expect(result.books.requestsSucceeded == 0)
    }
  }
}
