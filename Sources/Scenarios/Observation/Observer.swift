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
  private let longestTimeout: SimDuration

  /// Observes a run: requests count that are sent in `counted`; `windows` are narrowed to it.
  public init(
    workloads: Int, counted: Range<SimTime>, duration: SimDuration, windows: [Range<SimTime>] = [],
    outageGap: SimDuration = .seconds(5), longestTimeout: SimDuration
  ) {
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
    timeline.close(before: cluster.now - longestTimeout)
  }

  /// Adds changes, in order of time.
  mutating func add(changes more: [ChangeRecord]) { changes += more }

  /// Adds requests that ended.
  mutating func add(requests: some Sequence<RequestRecord>) {
    for record in requests {
      let before = record.outcome == .succeeded ? 0 : changesBefore(record.arrival)
      timeline.add(record)
      for at in windows.indices { windows[at].add(record, changes: before) }
    }
  }

  /// Adds balancing decisions.
  mutating func add(connections: some Sequence<ConnectionRecord>) {
    for record in connections {
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

  /// How many changes happened up to an instant.
  private func changesBefore(_ time: SimTime) -> Int {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].at <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
