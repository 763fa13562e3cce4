// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The records of a run since they were last taken out: append-only columns.
final class Recorder {
  private let cell = Cell(State())
  private(set) var changes: [ChangeRecord] = []

  private struct State: ~Copyable {
    var requests: [RequestRecord] = []
    var connections: [ConnectionRecord] = []
  }

  /// The requests that ended.
  var requests: [RequestRecord] { cell.state.requests }
  /// The balancing decisions.
  var connections: [ConnectionRecord] { cell.state.connections }

  @inline(__always) func append(_ record: RequestRecord) { cell.state.requests.append(record) }
  @inline(__always) func append(_ record: ConnectionRecord) { cell.state.connections.append(record) }
  func append(_ record: ChangeRecord) { changes.append(record) }

  /// Forgets the request records, which somebody has read.
  func clearRequests() { cell.state.requests.removeAll(keepingCapacity: true) }
  /// Forgets the connection records.
  func clearConnections() { cell.state.connections.removeAll(keepingCapacity: true) }
  /// Takes the changes out.
  func takeChanges() -> [ChangeRecord] {
    defer { changes = [] }
    return changes
  }
}
