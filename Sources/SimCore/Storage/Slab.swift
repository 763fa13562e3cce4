// SPDX-License-Identifier: GPL-3.0-or-later

/// Rows that come and go: a free list gives a removed row's place to the next one.
///
/// A row's generation counts its removals, so that an event which outlived its row can be told from one that means the
/// row's successor. The first row begins at a cache line. Rows move when the slab grows: never keep a pointer to one.
///
/// - Complexity: O(1) for everything, amortised for `insert`.
public struct Slab<Kind, Row: BitwiseCopyable>: ~Copyable {
  @usableFromInline var rows: UnsafeMutablePointer<Row>
  @usableFromInline var generations: UnsafeMutablePointer<UInt32>
  @usableFromInline var free: UnsafeMutablePointer<UInt32>
  @usableFromInline var capacity: Int
  @usableFromInline var used = 0
  @usableFromInline var freeCount = 0

  /// Makes an empty slab with room for some rows.
  @inlinable public init(minimumCapacity: Int = 64) {
    capacity = max(minimumCapacity, 1)
    rows = allocateRows(capacity)
    generations = allocateRows(capacity)
    free = allocateRows(capacity)
  }

  @inlinable deinit {
    UnsafeMutableRawPointer(rows).deallocate()
    UnsafeMutableRawPointer(generations).deallocate()
    UnsafeMutableRawPointer(free).deallocate()
  }

  /// The number of live rows.
  @inlinable public var count: Int { used - freeCount }

  /// One more than the highest row number ever used: rows at and beyond it never lived.
  @inlinable public var extent: Int { used }

  /// Adds a row.
  @inlinable public mutating func insert(_ row: Row) -> ID<Kind> {
    if freeCount > 0 {
      freeCount -= 1
      let place = Int(free[freeCount])
      rows[place] = row
      generations[place] &+= 1
      return ID(index: place)
    }
    if used == capacity { grow() }
    rows[used] = row
    generations[used] = 1
    used += 1
    return ID(index: used - 1)
  }

  @inline(never) @inlinable mutating func grow() {
    capacity *= 2
    rows = moveRows(rows, count: used, capacity: capacity)
    generations = moveRows(generations, count: used, capacity: capacity)
    free = moveRows(free, count: freeCount, capacity: capacity)
  }

  /// Gives a live row's place back.
  ///
  /// - Precondition: the row lives.
  @inlinable public mutating func remove(_ id: ID<Kind>) {
    precondition(isLive(id), "the row is gone")
    generations[id.index] &+= 1
    free[freeCount] = id.rawValue
    freeCount += 1
  }

  /// Whether the row of this number lives: its generation is odd.
  @inlinable public func isLive(_ id: ID<Kind>) -> Bool {
    id.index < used && generations[id.index] & 1 == 1
  }

  /// The row's generation now, to be kept in events that mean this row.
  @inlinable public func generation(_ id: ID<Kind>) -> UInt32 {
    precondition(id.index < used, "no such row")
    return generations[id.index]
  }

  /// Whether the row that had this generation still lives.
  @inlinable public func isLive(_ id: ID<Kind>, generation: UInt32) -> Bool {
    id.index < used && generations[id.index] == generation && generation & 1 == 1
  }

  /// The row behind an id.
  ///
  /// - Precondition: the id came from this slab.
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

  /// Asks the processor to bring a row closer; changes nothing.
  @inlinable public func prefetch(_ id: ID<Kind>) {
    if id.index < used { prefetchLine(UnsafeRawPointer(rows + id.index)) }
  }
}

// One owner, and no reference to anything else: as sendable as its rows.
extension Slab: @unchecked Sendable where Row: Sendable {}
