// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The records of a run since they were last taken out: append-only columns.
final class Recorder {
  private let cell = Cell(State())
  private(set) var changes: [ChangeRecord] = []

  private struct State: ~Copyable {
    var requests = Table<RequestRow, RequestRecord>()
    var connections = Table<ConnectionRecord, ConnectionRecord>()
  }

  @inline(__always) func append(_ record: RequestRecord) { cell.state.requests.append(record) }
  @inline(__always) func append(_ record: ConnectionRecord) { cell.state.connections.append(record) }
  func append(_ record: ChangeRecord) { changes.append(record) }

  /// Lets somebody read the request records, then forgets them.
  func drainRequests(_ body: (UnsafeBufferPointer<RequestRecord>) -> Void) {
    cell.state.requests.withRows(body)
    cell.state.requests.removeAll()
  }

  /// Lets somebody read the connection records, then forgets them.
  func drainConnections(_ body: (UnsafeBufferPointer<ConnectionRecord>) -> Void) {
    cell.state.connections.withRows(body)
    cell.state.connections.removeAll()
  }

  /// Takes the changes out.
  func takeChanges() -> [ChangeRecord] {
    defer { changes = [] }
    return changes
  }
}
