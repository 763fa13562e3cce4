// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The run second by second, by when requests were sent.
///
/// A second's latencies are kept until no request sent in it can still end, so percentiles are exact and memory
/// follows the rate and the longest time-out, not the length of the run.
struct TimelineTally: Sendable {
  /// The width of a bucket (scenario-format: timelines have buckets of 1 s).
  static let width: UInt64 = 1_000_000_000

  private struct Bucket: Sendable {
    var outcomes = [Int](repeating: 0, count: RequestOutcome.allCases.count)
    var attempts = 0
    var latencies: [UInt64] = []
    var latency = LatencyFigures()
    var endpoints: Int?
  }

  /// The buckets that something was noted in, and all before them.
  private var buckets: [Bucket] = []
  private var closed = 0
  private let duration: SimTime
  /// How many buckets the whole run has.
  private let count: Int

  /// Observes a run that sends requests until `duration`.
  init(duration: SimDuration) {
    self.duration = SimTime.zero + duration
    count = Int((self.duration.nanoseconds + TimelineTally.width - 1) / TimelineTally.width)
  }

  private mutating func reach(_ at: Int) {
    while buckets.count <= at { buckets.append(Bucket()) }
  }

  /// Adds a request that ended.
  mutating func add(_ record: RequestRecord) {
    guard record.arrival < duration else { return }
    let at = Int(record.arrival.nanoseconds / TimelineTally.width)
    reach(at)
    buckets[at].outcomes[Int(record.outcome.rawValue)] += 1
    buckets[at].attempts += Int(record.attempts)
    guard record.outcome == .succeeded, at >= closed else { return }
    buckets[at].latencies.append(UInt64(clamping: record.latency.nanoseconds))
  }

  /// Notes how many endpoints were ready when the bucket that holds `time` began.
  mutating func note(endpoints: Int, at time: SimTime) {
    let at = Int(time.nanoseconds / TimelineTally.width)
    guard at < count else { return }
    reach(at)
    buckets[at].endpoints = endpoints
  }

  /// Sums up buckets whose requests have all ended: those that end before `time`.
  mutating func close(before time: SimTime) {
    while closed < buckets.count, UInt64(closed + 1) * TimelineTally.width <= time.nanoseconds {
      buckets[closed].latency = LatencyFigures(nanoseconds: buckets[closed].latencies)
      buckets[closed].latencies = []
      closed += 1
    }
  }

  /// The buckets, all closed.
  mutating func finish() -> [Summary.TimelineBucket] {
    if count > 0 { reach(count - 1) }
    close(before: .never)
    return buckets.enumerated().map { at, bucket in
      var result = Summary.TimelineBucket(start: Double(at))
      result.requests = RequestFigures(outcomes: bucket.outcomes, attempts: bucket.attempts)
      result.latency = bucket.latency
      result.latency.relativeError = 0
      result.endpoints = bucket.endpoints.map(Double.init)
      return result
    }
  }
}

extension RequestFigures {
  /// Sums up counts by outcome.
  init(outcomes: [Int], attempts: Int, inFlight: Int = 0) {
    self.init()
    let ended = outcomes.reduce(0, +)
    succeeded = outcomes[Int(RequestOutcome.succeeded.rawValue)]
    failed = ended - succeeded
    self.inFlight = inFlight
    sent = ended + inFlight
    self.attempts = attempts
    failedBy = RequestFigures.causes.map { outcomes[Int($0.rawValue)] }
    successRatio = ended == 0 ? nil : Double(succeeded) / Double(ended)
  }
}
