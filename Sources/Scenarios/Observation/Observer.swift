// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Turns the records of a run into sums, batch by batch.
///
/// It keeps every change of the cluster, which are as many as its control plane makes, and of requests and connections
/// only sums: over the counted part of the run, over each further window that an expectation asks for, and by second.
public struct Observer: Sendable {
  /// The sums over the counted part of the run, then those over each further window, in the order asked for.
  private(set) var windows: [WindowTally]
  /// The run by seconds.
  private(set) var timeline: TimelineTally
  /// How busy servers were in each of the windows.
  private(set) var busyTimes: BusyTimes
  /// What happened to the cluster, in order.
  private(set) var changes: [ChangeRecord] = []
  /// Clients' first connections over the whole run.
  private(set) var firsts: FirstConnections
  /// Packets dropped, by when and why.
  private(set) var drops = DropTally()
  /// When the scenario made something happen, sorted.
  let eventTimes: [SimTime]
  private let longestTimeout: SimDuration

  /// Observes a run: requests count that are sent in `counted`; `windows` are narrowed to it; `events` are the times of
  /// the scenario's events, in any order.
  public init(
    workloads: Int, counted: Range<SimTime>, duration: SimDuration, windows: [Range<SimTime>] = [],
    events: [SimTime] = [], outageGap: SimDuration = .seconds(5), longestTimeout: SimDuration
  ) {
    eventTimes = events.sorted()
    firsts = FirstConnections(workloads: workloads)
    let spans = ([counted] + windows).map { $0.clamped(to: counted) }
    self.windows = spans.map { WindowTally(window: $0, workloads: workloads, outageGap: outageGap) }
    busyTimes = BusyTimes(spans)
    timeline = TimelineTally(duration: duration)
    self.longestTimeout = longestTimeout
  }

  /// Takes out what a cluster has recorded since the last call.
  public mutating func observe(_ cluster: SimulatedCluster) {
    // Changes first: a failure is set beside those that had happened when its request was sent.
    add(changes: cluster.drainChanges())
    cluster.drainRequests { add(requests: $0) }
    cluster.drainConnections { add(connections: $0) }
    note(
      drops: cluster.conservation.packetsDropped, conntrackFull: cluster.packetsRefusedByConntrack, at: cluster.now)
    timeline.close(before: cluster.now - longestTimeout)
  }

  /// Adds changes, in order of time.
  mutating func add(changes more: [ChangeRecord]) { changes += more }

  /// Adds requests that ended.
  mutating func add(requests: some Sequence<RequestRecord>) {
    for record in requests {
      let before = record.outcome == .succeeded ? OutageTracker.Mark.none : happened(before: record.arrival)
      timeline.add(record)
      for at in windows.indices { windows[at].add(record, after: before) }
    }
  }

  /// Adds balancing decisions.
  mutating func add(connections: some Sequence<ConnectionRecord>) {
    for record in connections {
      firsts.add(record)
      for at in windows.indices { windows[at].add(record) }
    }
  }

  /// When windows begin and end: the run stops there for `note(busyTimes:at:)`.
  var moments: [SimTime] { busyTimes.moments }

  /// Notes how busy each pod's server had been by a moment of `moments`.
  mutating func note(busyTimes times: [UInt64], at time: SimTime) { busyTimes.note(times, at: time) }

  /// Notes how many endpoints are ready at the start of a second.
  mutating func note(endpoints: Int, at time: SimTime) { timeline.note(endpoints: endpoints, at: time) }

  /// The timeline; call it once, at the end.
  mutating func finishTimeline() -> [Summary.TimelineBucket] { timeline.finish() }

  /// Adds packets dropped so far, as a cluster counts them.
  mutating func note(drops: [UInt64], conntrackFull: [UInt64], at time: SimTime) {
    self.drops.note(drops, conntrackFull: conntrackFull, at: time)
  }

  /// How much had happened up to an instant.
  private func happened(before time: SimTime) -> OutageTracker.Mark {
    OutageTracker.Mark(changes: changes.countUpTo(time, \.at), events: eventTimes.countUpTo(time, \.self))
  }
}

extension Array {
  /// How many elements have a time up to an instant; times rise.
  fileprivate func countUpTo(_ time: SimTime, _ at: KeyPath<Element, SimTime>) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle][keyPath: at] <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
