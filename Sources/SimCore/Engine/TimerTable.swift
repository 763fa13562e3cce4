// SPDX-License-Identifier: GPL-3.0-or-later

/// A timer that can be cancelled: a slot and the generation it had when the timer was made.
public struct TimerID: Hashable, BitwiseCopyable, Sendable {
  /// Slot in the lower 20 bits, generation above; 0 is no timer.
  public let rawValue: UInt32

  /// Wraps the packed value.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// No timer: the event always fires.
  @inlinable public static var none: TimerID { TimerID(rawValue: 0) }
}

/// Which timers are live. A cancelled event stays in the queue and is dropped as it surfaces, which frees its slot.
///
/// - Complexity: O(1) for everything.
public struct TimerTable: ~Copyable {
  @usableFromInline var generations: [UInt32] = [0]
  @usableFromInline var free: [UInt32] = []

  /// Makes a table without timers.
  @inlinable public init() {}

  /// The number of live or cancelled timers whose events are still pending.
  public var pending: Int { generations.count - 1 - free.count }

  /// Makes a live timer.
  ///
  /// - Precondition: fewer than 2^20 are pending at once.
  @inlinable public mutating func make() -> TimerID {
    let slot: UInt32
    if let last = free.popLast() {
      slot = last
    } else {
      slot = UInt32(generations.count)
      precondition(slot < 1 << 20, "too many timers at once")
      generations.append(0)
    }
    generations[Int(slot)] &+= 1
    return TimerID(rawValue: (generations[Int(slot)] & 0xfff) << 20 | slot)
  }

  /// Cancels a timer; false when it has fired or was cancelled before.
  @inlinable @discardableResult public mutating func cancel(_ timer: TimerID) -> Bool {
    guard isLive(timer) else { return false }
    generations[Int(timer.rawValue & 0xfffff)] &+= 1
    return true
  }

  /// Whether a timer has neither fired nor been cancelled.
  @inlinable public func isLive(_ timer: TimerID) -> Bool {
    let generation = generations[Int(timer.rawValue & 0xfffff)]
    return timer.rawValue != 0 && generation & 1 == 1 && generation & 0xfff == timer.rawValue >> 20
  }

  /// Takes a surfaced event's timer; true when the event is to fire. Frees the slot either way.
  @inlinable public mutating func surface(_ timer: TimerID) -> Bool {
    let slot = Int(timer.rawValue & 0xfffff)
    let live = isLive(timer)
    if live { generations[slot] &+= 1 }
    free.append(UInt32(slot))
    return live
  }
}
