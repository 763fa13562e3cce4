// SPDX-License-Identifier: GPL-3.0-or-later

/// Rows that stay: appended once, addressed by typed id, behind one pointer.
///
/// The first row begins at a cache line. Rows move when the table grows: never keep a pointer to one.
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
    rows = allocateRows(capacity)
  }

  @inlinable deinit { UnsafeMutableRawPointer(rows).deallocate() }

  /// Adds a row.
  @inlinable @discardableResult public mutating func append(_ row: Row) -> ID<Kind> {
    if used == capacity { grow() }
    rows[used] = row
    used += 1
    return ID(index: used - 1)
  }

  @inline(never) @inlinable mutating func grow() {
    capacity *= 2
    rows = moveRows(rows, count: used, capacity: capacity)
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

  /// Lets somebody read all rows, first to last.
  @inlinable public func withRows(_ body: (UnsafeBufferPointer<Row>) -> Void) {
    body(UnsafeBufferPointer(start: rows, count: used))
  }

  /// Forgets all rows and keeps their memory.
  @inlinable public mutating func removeAll() { used = 0 }

  /// The ids of all rows, first to last.
  @inlinable public var ids: [ID<Kind>] { (0..<used).map { ID(index: $0) } }
}

// One owner, and no reference to anything else: as sendable as its rows.
extension Table: @unchecked Sendable where Row: Sendable {}

/// Memory for rows that begins at a cache line, so that a row of 64 bytes is one line.
@inlinable func allocateRows<Row: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<Row> {
  UnsafeMutableRawPointer.allocate(
    byteCount: count * MemoryLayout<Row>.stride, alignment: max(64, MemoryLayout<Row>.alignment)
  ).bindMemory(to: Row.self, capacity: count)
}

/// Moves rows to other memory and frees the old.
@inlinable func moveRows<Row: BitwiseCopyable>(
  _ rows: UnsafeMutablePointer<Row>, count: Int, capacity: Int
) -> UnsafeMutablePointer<Row> {
  let moved: UnsafeMutablePointer<Row> = allocateRows(capacity)
  moved.update(from: rows, count: count)
  UnsafeMutableRawPointer(rows).deallocate()
  return moved
}
