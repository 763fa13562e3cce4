// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The records of a run since they were last taken out: append-only columns.
final class Recorder {
  private(set) var requests: [RequestRecord] = []
  private(set) var connections: [ConnectionRecord] = []
  private(set) var changes: [ChangeRecord] = []

  @inline(__always) func append(_ record: RequestRecord) { requests.append(record) }
  @inline(__always) func append(_ record: ConnectionRecord) { connections.append(record) }
  func append(_ record: ChangeRecord) { changes.append(record) }

  /// Forgets the request records, which somebody has read.
  func clearRequests() { requests.removeAll(keepingCapacity: true) }
  /// Forgets the connection records.
  func clearConnections() { connections.removeAll(keepingCapacity: true) }
  /// Takes the changes out.
  func takeChanges() -> [ChangeRecord] {
    defer { changes = [] }
    return changes
  }
}
