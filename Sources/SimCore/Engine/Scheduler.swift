// SPDX-License-Identifier: GPL-3.0-or-later

/// The clock and the pending events, as a model sees them.
///
/// Order is total: by time, and at equal times in the order scheduled, whether an event can be cancelled or not.
public struct Scheduler<Event: BitwiseCopyable>: ~Copyable {
  @usableFromInline var queue: EventQueue<Event>
  @usableFromInline var timers = TimerTable<Event>()
  @usableFromInline var clock: UInt64 = 0
  @usableFromInline var fired: UInt64 = 0
  @usableFromInline var history = Digest()

  /// Makes a scheduler at time zero.
  @inlinable public init() { queue = EventQueue() }

  /// The current instant.
  @inlinable public var now: SimTime { SimTime(nanoseconds: clock) }
  /// Events fired so far.
  @inlinable public var eventsFired: UInt64 { fired }
  /// Events pending, cancelled ones not included.
  @inlinable public var pendingCount: Int { queue.count &- timers.cancelled }
  /// The digest of all events fired.
  @inlinable public var digest: Digest { history }

  /// Adds an event. It cannot be cancelled, and costs nothing for it.
  ///
  /// Times after 2⁶³ - 1 ns, some 292 years, count as that.
  ///
  /// - Precondition: `time` is not in the past; checked in every build.
  @inlinable @inline(__always) public mutating func schedule(_ event: Event, at time: SimTime) {
    precondition(time.nanoseconds >= clock, "an event was scheduled in the past")
    queue.push(time.nanoseconds, event)
  }

  /// Adds an event so long from now.
  ///
  /// - Precondition: `delay` is not negative; checked in every build.
  @inlinable @inline(__always) public mutating func schedule(_ event: Event, after delay: SimDuration) {
    precondition(delay.nanoseconds >= 0, "an event was scheduled in the past")
    queue.push(clock &+ UInt64(bitPattern: delay.nanoseconds), event)
  }

  /// Adds an event that can be cancelled.
  ///
  /// Dearer than a plain one, and its memory is freed only when its time comes, cancelled or not. What moves with every
  /// packet is better a deadline in its row, which an early event finds and follows.
  ///
  /// - Precondition: `time` is not in the past; checked in every build.
  @inlinable public mutating func scheduleCancellable(_ event: Event, at time: SimTime) -> TimerID {
    precondition(time.nanoseconds >= clock, "an event was scheduled in the past")
    let timer = timers.make(event)
    queue.push(time.nanoseconds, slot: UInt32(truncatingIfNeeded: timer.slot))
    return timer
  }

  /// Adds an event that can be cancelled, so long from now.
  ///
  /// - Precondition: `delay` is not negative; checked in every build.
  @inlinable public mutating func scheduleCancellable(_ event: Event, after delay: SimDuration) -> TimerID {
    precondition(delay.nanoseconds >= 0, "an event was scheduled in the past")
    return scheduleCancellable(event, at: SimTime(nanoseconds: clock &+ UInt64(bitPattern: delay.nanoseconds)))
  }

  /// Cancels an event.
  ///
  /// - Returns: false when it has fired or was cancelled before.
  /// - Complexity: O(1).
  @discardableResult
  @inlinable public mutating func cancel(_ timer: TimerID) -> Bool { timers.cancel(timer) }

  /// Whether an event that can be cancelled is still to fire.
  ///
  /// - Complexity: O(1).
  @inlinable public func isPending(_ timer: TimerID) -> Bool { timers.isLive(timer) }

  /// The time of the next event that will fire, or nil.
  @inlinable func peek() -> SimTime? {
    queue.peek(where: { timers.isLive(slot: $0) }).map { SimTime(nanoseconds: $0) }
  }

  /// Takes the next event that was not cancelled, if its time is at most `limit`, and sets the clock to it.
  @inlinable @inline(__always) mutating func take(limit: UInt64) -> Event? {
    while let node = queue.popNode(limit: limit) {
      let key = EventQueue<Event>.key(node)
      if key & 1 == 0 {
        clock = key &>> 1
        fired &+= 1
        return node.load(fromByteOffset: 16, as: Event.self)
      }
      if let event = timers.surface(node.load(fromByteOffset: 16, as: UInt32.self)) {
        clock = key &>> 1
        fired &+= 1
        return event
      }
    }
    return nil
  }

  /// After the last event: if cancelled ones were dropped later than the clock, the queue goes back to it.
  @inlinable mutating func settle() {
    if queue.count == 0 { queue.restart(at: clock) }
  }
}
