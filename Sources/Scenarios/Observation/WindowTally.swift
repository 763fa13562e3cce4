// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Sums over the requests sent, and the connections opened, in one window of time.
///
/// Rows stand at the ids that records carry. Everything in it can be added up without keeping a record.
struct WindowTally: Sendable {
  /// What one workload's requests came to.
  struct WorkloadRow: Sendable {
    var outcomes = [Int](repeating: 0, count: RequestOutcome.allCases.count)
    var attempts = 0
    var latency = LatencyHistogram()
    var outages: OutageTracker
  }

  /// What one backend or one node got.
  struct TargetRow: Sendable {
    var connections = 0
    var bytes = 0
    var attempts = 0
    var outcomes = [Int](repeating: 0, count: RequestOutcome.allCases.count)

    /// Requests whose last attempt went there.
    var requests: Int { outcomes.reduce(0, +) }

    mutating func add(_ record: RequestRecord) {
      outcomes[Int(record.outcome.rawValue)] += 1
      attempts += Int(record.attempts)
      bytes += Int(record.bytes)
    }
  }

  /// Which requests count: those sent in it.
  let window: Range<SimTime>
  /// By `WorkloadID`.
  private(set) var workloads: [WorkloadRow]
  /// By `BackendID`.
  private(set) var backends: [TargetRow] = []
  /// By `NodeID`.
  private(set) var nodes: [TargetRow] = []
  /// Connections by `EpochID`.
  private(set) var epochs: [Int] = []

  /// Starts sums over a window.
  init(window: Range<SimTime>, workloads: Int, outageGap: SimDuration) {
    self.window = window
    self.workloads = (0..<workloads).map { _ in WorkloadRow(outages: OutageTracker(gap: outageGap)) }
  }

  /// Adds a request that ended; `mark` says what had happened when it was sent.
  mutating func add(_ record: RequestRecord, after mark: OutageTracker.Mark) {
    guard window.contains(record.arrival) else { return }
    let workload = record.workload.index
    if workload < workloads.count {
      workloads[workload].outcomes[Int(record.outcome.rawValue)] += 1
      workloads[workload].attempts += Int(record.attempts)
      if record.outcome == .succeeded {
        workloads[workload].latency.record(UInt64(clamping: record.latency.nanoseconds))
      } else {
        workloads[workload].outages.add(record, after: mark)
      }
    }
    if !record.backend.isNone {
      backends.grow(to: record.backend.index, TargetRow())
      backends[record.backend.index].add(record)
    }
    if !record.node.isNone {
      nodes.grow(to: record.node.index, TargetRow())
      nodes[record.node.index].add(record)
    }
  }

  /// Adds a balancing decision.
  mutating func add(_ record: ConnectionRecord) {
    guard window.contains(record.at), !record.backend.isNone else { return }
    backends.grow(to: record.backend.index, TargetRow())
    backends[record.backend.index].connections += 1
    if !record.node.isNone {
      nodes.grow(to: record.node.index, TargetRow())
      nodes[record.node.index].connections += 1
    }
    if !record.epoch.isNone {
      epochs.grow(to: record.epoch.index, 0)
      epochs[record.epoch.index] += 1
    }
  }
}

extension Array {
  /// Fills up until `index` is one of its own.
  fileprivate mutating func grow(to index: Int, _ element: @autoclosure () -> Element) {
    while count <= index { append(element()) }
  }
}
