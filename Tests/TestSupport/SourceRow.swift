// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

/// A row of a table-driven test that knows its own line, so that a failure points at the row.
public struct SourceRow<Value: Sendable>: Sendable {
  /// What the row holds.
  public let value: Value
  /// Where the row was written.
  public let at: SourceLocation

  /// Makes a row at the caller's line.
  public init(_ value: Value, at: SourceLocation = #_sourceLocation) {
    self.value = value
    self.at = at
  }
}
