// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Where each client's first connection of each workload went.
///
/// Under ClientIP affinity the later ones follow it, so these alone are draws from the rules' probabilities. One row a
/// client and workload, in the order in which they are recorded.
struct FirstConnections: Sendable {
  /// A client's first connection.
  struct Row: Sendable {
    /// When it was opened.
    var at: SimTime
    /// Who opened it.
    var client: ClientID
    /// Where a rule sent it.
    var backend: BackendID
    /// Its span of exact probabilities.
    var epoch: EpochID
  }

  /// The first connections so far.
  private(set) var rows: [Row] = []
  /// By workload and client.
  private var seen: [[Bool]]

  /// Knows of no connection yet.
  init(workloads: Int) { seen = [[Bool]](repeating: [], count: workloads) }

  /// Adds a balancing decision.
  mutating func add(_ record: ConnectionRecord) {
    let (workload, client) = (record.workload.index, record.client.index)
    guard workload < seen.count, !record.backend.isNone else { return }
    if client >= seen[workload].count {
      seen[workload] += [Bool](repeating: false, count: client + 1 - seen[workload].count)
    }
    guard !seen[workload][client] else { return }
    seen[workload][client] = true
    rows.append(Row(at: record.at, client: record.client, backend: record.backend, epoch: record.epoch))
  }
}
