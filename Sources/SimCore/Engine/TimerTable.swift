// SPDX-License-Identifier: GPL-3.0-or-later

/// An event that can be cancelled: its slot, and the generation that the slot had.
public struct TimerID: RawRepresentable, Hashable, BitwiseCopyable, Sendable {
  /// The slot in the lower half, the generation above.
  public let rawValue: UInt64

  /// Wraps the packed value.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  @inlinable init(slot: UInt32, generation: UInt32) { rawValue = UInt64(generation) << 32 | UInt64(slot) }

  /// No timer; cancelling it does nothing.
  @inlinable public static var none: TimerID { TimerID(rawValue: 0) }

  /// Whether this is `none`.
  @inlinable public var isNone: Bool { rawValue == 0 }

  @inlinable var slot: Int { Int(truncatingIfNeeded: rawValue & 0xffff_ffff) }
  @inlinable var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
}

/// The events that can be cancelled, each in a slot whose number lies in the queue in its place.
///
/// A slot's generation is odd while its timer is live; cancelling adds one. The number stays in the queue and is
/// dropped when its time comes, which frees the slot: no slot is ever in the queue twice.
///
/// - Complexity: O(1) for everything.
@usableFromInline struct TimerTable<Event: BitwiseCopyable>: ~Copyable {
  @usableFromInline struct Row: BitwiseCopyable {
    @usableFromInline var generation: UInt32 = 0
    @usableFromInline var nextFree: UInt32 = .max
    @usableFromInline var event: Event
    @inlinable init(_ event: Event) { self.event = event }
  }

  @usableFromInline var rows = Table<Row, Row>()
  @usableFromInline var firstFree = UInt32.max
  /// Timers cancelled whose time has not come.
  @usableFromInline var cancelled = 0

  @inlinable init() {}

  /// Keeps an event.
  @inlinable mutating func make(_ event: Event) -> TimerID {
    let id: ID<Row>
    if firstFree != .max {
      id = ID(rawValue: firstFree)
      firstFree = rows[id].nextFree
      rows[id].event = event
    } else {
      id = rows.append(Row(event))
    }
    rows[id].generation &+= 1
    return TimerID(slot: id.rawValue, generation: rows[id].generation)
  }

  /// Whether a timer has neither fired nor been cancelled.
  @inlinable func isLive(_ timer: TimerID) -> Bool {
    timer.slot < rows.count && timer.generation & 1 == 1
      && rows[ID(index: timer.slot)].generation == timer.generation
  }

  /// Whether the slot's timer has not been cancelled.
  @inlinable func isLive(slot: UInt32) -> Bool { rows[ID(rawValue: slot)].generation & 1 == 1 }

  /// Cancels a timer; false when it is not live.
  @inlinable mutating func cancel(_ timer: TimerID) -> Bool {
    guard isLive(timer) else { return false }
    rows[ID(index: timer.slot)].generation &+= 1
    cancelled &+= 1
    return true
  }

  /// Frees a slot whose time has come.
  ///
  /// - Returns: the event, or nil if it was cancelled.
  @inlinable mutating func surface(_ slot: UInt32) -> Event? {
    let id = ID<Row>(rawValue: slot)
    let isLive = rows[id].generation & 1 == 1
    if isLive { rows[id].generation &+= 1 } else { cancelled &-= 1 }
    rows[id].nextFree = firstFree
    firstFree = slot
    return isLive ? rows[id].event : nil
  }
}
