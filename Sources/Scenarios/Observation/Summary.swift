// SPDX-License-Identifier: GPL-3.0-or-later

/// Everything that a run comes to: what `run --format json` writes, typed.
///
/// Times and lengths of time are seconds. Requests count by when they were sent, from `warmup` to `duration`; the
/// timeline alone shows the whole run. With replications counts are totals, latencies and tests are of all counts
/// together, other figures are means, and `intervals` has the 95 % limits of the means over replications.
public struct Summary: Hashable, Sendable {
  /// The version of this layout.
  public static let schemaVersion = 1

  /// The scenario's name.
  public var scenario = ""
  /// The seed.
  public var seed: UInt64 = 0
  /// How many independent runs this is the sum of.
  public var replications = 1
  /// How long requests were sent.
  public var duration = 0.0
  /// From when requests count.
  public var warmup = 0.0
  /// What ran.
  public var cluster = ClusterFigures()
  /// What the engine did.
  public var engine = EngineFigures()
  /// All requests.
  public var requests = RequestFigures()
  /// All latencies.
  public var latency = LatencyFigures()
  /// Outages of all workloads.
  public var outage = OutageFigures()
  /// Services, by namespace and name.
  public var services: [ServiceFigures] = []
  /// Nodes, in the cluster's order.
  public var nodes: [NodeFigures] = []
  /// Workloads, in the scenario's order.
  public var workloads: [WorkloadFigures] = []
  /// Seconds of the run.
  public var timeline: [TimelineBucket] = []
  /// What the scenario made happen.
  public var events: [EventMark] = []
  /// Outages, by their start.
  public var outages: [Outage] = []
  /// What probes answered.
  public var probes: [ProbeOutcome] = []
  /// What expectations found.
  public var expectations: [ExpectationOutcome] = []
  /// 95 % limits of the means over replications, by path.
  public var intervals: [Interval] = []

  /// Makes an empty summary.
  public init() {}

  /// The size of what ran.
  public struct ClusterFigures: Hashable, Sendable {
    /// How many nodes there were at the end.
    public var nodes = 0
    /// How many pods existed at the end.
    public var pods = 0
    /// kube-proxy's mode.
    public var proxyMode = ""

    /// Knows nothing yet.
    public init() {}
  }

  /// What the engine did.
  public struct EngineFigures: Hashable, Sendable {
    /// Events fired.
    public var events: UInt64 = 0
    /// Packets sent.
    public var packets: UInt64 = 0
    /// Simulated seconds.
    public var simulatedSeconds = 0.0
    /// The digest of all that follows, in hex.
    public var digest = ""
    /// Digests of events, of packets and of results.
    public var digests = Digests()

    /// Digests by what they are of.
    public struct Digests: Hashable, Sendable {
      /// Of all events.
      public var events = ""
      /// Of packets on links.
      public var packets = ""
      /// Of results.
      public var results = ""

      /// Knows nothing yet.
      public init() {}
    }

    /// Knows nothing yet.
    public init() {}
  }

  /// One second of the run.
  public struct TimelineBucket: Hashable, Sendable {
    /// When it starts.
    public var start: Double
    /// Requests sent in it.
    public var requests = RequestFigures()
    /// Latency of those, from the values themselves.
    public var latency = LatencyFigures()
    /// Ready endpoints of the Services that workloads address, at its start; nil when unknown.
    public var endpoints: Double?

    /// Starts a bucket.
    public init(start: Double) { self.start = start }
  }

  /// Something that the scenario made happen.
  public struct EventMark: Hashable, Sendable {
    /// When.
    public var at: Double
    /// What, as in the scenario: `fail pod default/httpenv-…`.
    public var text: String

    /// Marks an event.
    public init(at: Double, text: String) {
      self.at = at
      self.text = text
    }
  }

  /// A span in which requests of one workload failed.
  public struct Outage: Hashable, Sendable {
    /// Which replication, from 1.
    public var replication = 1
    /// The workload.
    public var workload: String
    /// When the first request that failed was sent.
    public var start: Double
    /// When the last one was sent.
    public var end: Double
    /// What began it and what came into it, `pod default/… crashed`; nil when nothing that happened explains it.
    public var cause: String?
    /// How many requests failed in it.
    public var failed: Int
    /// Those by cause, in the order of `RequestFigures.causes`.
    public var failedBy = [Int](repeating: 0, count: RequestFigures.causes.count)
    /// Those of them that no rule gave an endpoint: refused or unanswered because none was left, or stopped on the way to
    /// the rules.
    public var withoutEndpoint = 0
    /// From the cause to the last node's rules, and from what came into the outage or ended it, in order of time.
    public var stages: [Stage] = []

    /// Requests of the outage that were sent after the last stage.
    public var failedAfter: Int { failed - stages.reduce(0) { $0 + $1.failed } }

    /// Describes an outage.
    public init(workload: String, start: Double, end: Double, cause: String?, failed: Int) {
      self.workload = workload
      self.start = start
      self.end = end
      self.cause = cause
      self.failed = failed
    }

    /// One step from the cause to the rules.
    public struct Stage: Hashable, Sendable {
      /// `crash`, `kubelet`, `EndpointSlice`, `restore`, `start`, or a node's name.
      public var name: String
      /// When it happened.
      public var at: Double
      /// Requests of the outage that were sent after the step before and before this one: they failed waiting for it.
      public var failed: Int
      /// Which of the outage's events it belongs to, from 0 in order of time.
      public var event: Int

      /// Describes a step.
      public init(name: String, at: Double, failed: Int, event: Int = 0) {
        self.name = name
        self.at = at
        self.failed = failed
        self.event = event
      }
    }
  }

  /// What became of a check.
  public enum Status: String, Hashable, Sendable, CaseIterable {
    case passed
    case failed
    case observed
  }

  /// What a probe answered.
  public struct ProbeOutcome: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Whether it is as expected.
    public var status: Status
    /// What was expected; nil when it is only observed.
    public var expected: Datum?
    /// What is: `verdict`, `endpoints`, `masquerade`, `probabilities`, `branches`; or `error`.
    public var actual: Datum
    /// What differs, in words; empty when nothing does.
    public var differences: [String]
    /// Where it stands, `file:line:column`; nil for a question that no file asks.
    public var place: String?

    /// States an outcome.
    public init(
      name: String, status: Status, expected: Datum?, actual: Datum, differences: [String] = [], place: String? = nil
    ) {
      self.name = name
      self.status = status
      self.expected = expected
      self.actual = actual
      self.differences = differences
      self.place = place
    }
  }

  /// What an expectation found.
  public struct ExpectationOutcome: Hashable, Sendable {
    /// The metric's path.
    public var metric: String
    /// What it is of, as written; empty for the whole run.
    public var of: String
    /// The window, in seconds; nil for the whole run.
    public var during: Range<Double>?
    /// The bounds as written, `≥ 0.999`.
    public var bounds: [Bound]
    /// What was found; nil when it is not known.
    public var actual: Double?
    /// Whether it holds.
    public var status: Status
    /// Where it stands, `file:line`.
    public var place: String
    /// Why nothing was found; empty when something was.
    public var note = ""

    /// One bound.
    public struct Bound: Hashable, Sendable {
      /// `atLeast`, `atMost`, `equals` or `within`.
      public var key: String
      /// The value as written.
      public var text: String
      /// The value; `within` has two.
      public var values: [Double]

      /// States a bound.
      public init(key: String, text: String, values: [Double]) {
        self.key = key
        self.text = text
        self.values = values
      }
    }

    /// States an outcome.
    public init(
      metric: String, of: String, during: Range<Double>?, bounds: [Bound], actual: Double?, status: Status,
      place: String
    ) {
      self.metric = metric
      self.of = of
      self.during = during
      self.bounds = bounds
      self.actual = actual
      self.status = status
      self.place = place
    }
  }

  /// The 95 % limits of a mean.
  public struct Interval: Hashable, Sendable {
    /// The figure's path.
    public var path: String
    /// The lower limit.
    public var low: Double
    /// The upper limit.
    public var high: Double

    /// States limits.
    public init(path: String, low: Double, high: Double) {
      self.path = path
      self.low = low
      self.high = high
    }
  }
}
