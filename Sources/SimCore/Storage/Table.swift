// SPDX-License-Identifier: GPL-3.0-or-later

/// Rows that stay: appended once, addressed by typed id, behind one pointer.
///
/// Rows move when the table grows: never keep a pointer to one.
///
/// - Complexity: O(1) for everything, amortised for `append`.
public struct Table<Kind, Row: BitwiseCopyable>: ~Copyable {
  @usableFromInline var rows: UnsafeMutablePointer<Row>
  @usableFromInline var capacity: Int
  /// The number of rows.
  @inlinable public var count: Int { used }
  @usableFromInline var used = 0

  /// Makes an empty table with room for some rows.
  @inlinable public init(minimumCapacity: Int = 16) {
    capacity = max(minimumCapacity, 1)
    rows = .allocate(capacity: capacity)
  }

  @inlinable deinit { rows.deallocate() }

  /// Adds a row.
  @inlinable @discardableResult public mutating func append(_ row: Row) -> ID<Kind> {
    if used == capacity { grow() }
    rows[used] = row
    used += 1
    return ID(index: used - 1)
  }

  @inlinable @inline(never) mutating func grow() {
    let larger = UnsafeMutablePointer<Row>.allocate(capacity: capacity * 2)
    larger.update(from: rows, count: used)
    rows.deallocate()
    rows = larger
    capacity *= 2
  }

  /// The row behind an id.
  ///
  /// - Precondition: the id came from this table.
  @inlinable public subscript(id: ID<Kind>) -> Row {
    @inline(__always) unsafeAddress {
      precondition(id.index < used, "no such row")
      return UnsafePointer(rows + id.index)
    }
    @inline(__always) unsafeMutableAddress {
      precondition(id.index < used, "no such row")
      return rows + id.index
    }
  }

  /// The ids of all rows, first to last.
  @inlinable public var ids: [ID<Kind>] { (0..<used).map { ID(index: $0) } }
}
