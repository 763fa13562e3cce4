// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// One simulated run of a scenario, from assembly to figures.
public struct Run {
  /// What a run leaves: figures without checks, and answers to be checked.
  public struct Result: Sendable {
    /// The figures of the counted part.
    public var summary: Summary
    /// The figures of each further window, in the order of `Run.windows`.
    public var windows: [Summary]
    /// The probes' answers, in the scenario's order.
    public var answers: [ProbeAnswer]
  }

  /// What a probe answered: a result, or why there is none.
  public struct ProbeAnswer: Sendable {
    /// The answer.
    public var outcome: Swift.Result<ProbeResult, ProbeProblem>
    /// The walk of its likeliest branch; nil when none was asked for or there is none.
    public var trace: Trace?
  }

  /// How far a run is.
  public struct Progress: Sendable {
    /// Which replication, from 0.
    public var replication: Int
    /// The clock.
    public var now: SimTime
    /// When the run stops sending.
    public var duration: SimTime
    /// Events fired so far.
    public var events: UInt64
  }

  /// The books of a run do not balance: a bug of ours.
  public struct Unbalanced: Error, Sendable {
    /// The scenario.
    public var scenario: String
    /// The books.
    public var books: Conservation
  }

  private let scenario: Scenario
  private let replication: Int
  private let progress: (Progress) -> Void

  /// Prepares a replication of a scenario whose warm-up is settled.
  public init(_ scenario: Scenario, replication: Int = 0, progress: @escaping (Progress) -> Void = { _ in }) {
    self.scenario = scenario
    self.replication = replication
    self.progress = progress
  }

  /// The windows that expectations ask for, each once.
  public static func windows(_ scenario: Scenario) -> [Range<SimTime>] {
    var windows: [Range<SimTime>] = []
    for window in scenario.expectations.compactMap(\.during) where !windows.contains(window) {
      windows.append(window)
    }
    return windows
  }

  /// Runs in slices of a second, stopping where a probe asks, then until no request is under way.
  ///
  /// - Throws: `AssemblyProblems` for a cluster that cannot be put together, `ProbeProblem` where a packet
  ///   met a rule that is not modelled, `Unbalanced` for a bug of ours.
  public func perform() throws -> Result {
    var world = scenario.world
    world.replication = UInt32(replication)
    let cluster = try SimulatedCluster(world)
    let end = SimTime.zero + world.duration
    let warmup = min(SimTime.zero + world.warmup, end)
    let longestTimeout = world.workloads.map(\.timeout).max() ?? .zero
    var observer = Observer(
      workloads: world.workloads.count, counted: warmup..<end, duration: world.duration,
      windows: Run.windows(scenario), events: world.events.map(\.at), outageGap: scenario.outageGap,
      longestTimeout: longestTimeout)
    var questions = ProbeSchedule(scenario.probes)
    var endpoints = EndpointWatch(world.workloads)

    for stop in stops(until: end, moments: observer.moments) {
      try advance(cluster, to: stop, asking: &questions)
      observer.observe(cluster)
      if observer.moments.contains(stop) { observer.note(busyTimes: cluster.busyTimes, at: stop) }
      guard isWholeSecond(stop) || stop == end else { continue }
      endpoints.look(at: cluster, observer: &observer)
      progress(Progress(replication: replication, now: stop, duration: end, events: cluster.eventsFired))
    }
    try drain(cluster, until: end + longestTimeout, asking: &questions, observer: &observer)
    while let late = questions.next { try advance(cluster, to: late, asking: &questions) }

    guard cluster.conservation.balances else {
      throw Unbalanced(scenario: scenario.name, books: cluster.conservation)
    }
    return result(cluster, observer, questions.answers)
  }

  /// Each whole second, the ends of windows, and the end.
  private func stops(until end: SimTime, moments: [SimTime]) -> [SimTime] {
    let width = TimelineTally.width
    let whole = (0...(end.nanoseconds / width)).map { SimTime(nanoseconds: $0 * width) }
    var others: [SimTime] = []
    for moment in moments + [end] where !isWholeSecond(moment) && moment <= end && !others.contains(moment) {
      others.append(moment)
    }
    return others.isEmpty ? whole : (whole + others).sorted()
  }

  private func isWholeSecond(_ time: SimTime) -> Bool { time.nanoseconds % TimelineTally.width == 0 }

  private func advance(_ cluster: SimulatedCluster, to time: SimTime, asking questions: inout ProbeSchedule) throws {
    while let next = questions.next, next <= time {
      try cluster.run(until: next)
      questions.ask(cluster)
    }
    try cluster.run(until: time)
  }

  /// Lets requests end that were sent in time; one nanosecond more, since a run stops before its limit.
  private func drain(
    _ cluster: SimulatedCluster, until limit: SimTime, asking questions: inout ProbeSchedule,
    observer: inout Observer
  ) throws {
    let limit = limit.advanced(by: 1)
    let slice = SimDuration.milliseconds(100)
    while cluster.hasRequestsInFlight, cluster.now < limit {
      try advance(cluster, to: min(cluster.now + slice, limit), asking: &questions)
      observer.observe(cluster)
    }
    observer.observe(cluster)
  }

  private func result(_ cluster: SimulatedCluster, _ observer: Observer, _ answers: [ProbeAnswer]) -> Result {
    let books = cluster.conservation
    let builder = SummaryBuilder(
      observer: observer, inventory: cluster.inventory(), epochs: cluster.epochs,
      workloads: scenario.world.workloads.map(\.name), inFlight: cluster.openRequests,
      eventTimes: scenario.world.events.map(\.at), servers: scenario.world.servers)
    var observer = observer
    var summary = builder.summary(window: 0)
    describe(&summary)
    summary.timeline = scenario.world.workloads.isEmpty ? [] : observer.finishTimeline()
    summary.engine.events = cluster.eventsFired
    summary.engine.packets = books.packetsSent
    summary.engine.simulatedSeconds = cluster.now.seconds
    let digests = cluster.digests
    summary.engine.digests.events = DigestText.text(digests.events)
    summary.engine.digests.packets = DigestText.text(digests.packets)
    summary.engine.digests.results = DigestText.text(digests.results)
    summary.engine.digest = DigestText.joined([
      summary.engine.digests.events, summary.engine.digests.packets, summary.engine.digests.results,
    ])
    let windows = Run.windows(scenario).indices.map { builder.summary(window: $0 + 1) }
    return Result(summary: summary, windows: windows, answers: answers)
  }

  private func describe(_ summary: inout Summary) {
    summary.scenario = scenario.name
    summary.seed = scenario.world.seed
    summary.duration = scenario.world.duration.seconds
    summary.warmup = scenario.world.warmup.seconds
    summary.cluster.proxyMode = scenario.world.cluster.proxy.mode.rawValue
    summary.events = scenario.world.events.map { Summary.EventMark(at: $0.at.seconds, text: $0.action.words) }
  }
}
