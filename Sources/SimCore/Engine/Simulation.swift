// SPDX-License-Identifier: GPL-3.0-or-later

/// What a simulation is about: its state, and what an event does to it.
public protocol Model: ~Copyable {
  /// A small trivially copyable value: a kind and ids, 16 bytes at best.
  associatedtype Event: BitwiseCopyable

  /// Performs an event; may schedule further ones at or after the current instant.
  mutating func handle(_ event: Event, _ scheduler: inout Scheduler<Event>)

  /// The event's kind and ids in one word, for the digest of the event history.
  static func digestWord(_ event: Event) -> UInt64
}

/// A model, its clock and its pending events: schedule, peek, step, run.
///
/// Instantiate it in the module of the model, in a function that names the concrete types, so that the loop is
/// specialised there.
public struct Simulation<M: Model & ~Copyable>: ~Copyable {
  /// The model.
  public var model: M
  /// The clock and the pending events.
  public var scheduler: Scheduler<M.Event>

  /// Puts a model at time zero.
  @inlinable public init(_ model: consuming M) {
    self.model = model
    scheduler = Scheduler()
  }

  /// The current instant.
  @inlinable public var now: SimTime { scheduler.now }

  /// Events fired so far.
  @inlinable public var eventsFired: UInt64 { scheduler.eventsFired }

  /// The digest of all events fired, in order.
  @inlinable public var digest: Digest { scheduler.digest }

  /// Lets somebody set the model up and schedule its first events.
  @inlinable public mutating func prepare(_ body: (inout M, inout Scheduler<M.Event>) -> Void) {
    body(&model, &scheduler)
  }

  /// Fires every event of the half-open time [now, `time`), those they cause included, then sets the clock to `time`.
  ///
  /// A time in the past fires nothing and leaves the clock.
  @inlinable public mutating func run(until time: SimTime) {
    guard time > now else { return }
    while fire(limit: time.nanoseconds &- 1) {}
    scheduler.clock = min(time.nanoseconds, EventQueue<M.Event>.latest)
  }

  /// Fires events until none is pending; the clock stays at the last one.
  @inlinable public mutating func runToEnd() {
    while fire(limit: .max) {}
    scheduler.settle()
  }

  /// Fires the next event; false when none is pending.
  @discardableResult
  @inlinable public mutating func step() -> Bool {
    if fire(limit: .max) { return true }
    scheduler.settle()
    return false
  }

  /// The time of the next event, or nil.
  ///
  /// - Complexity: O(events in the nearest bucket, and cancelled ones before it).
  @inlinable public func peek() -> SimTime? { scheduler.peek() }

  @inlinable @inline(__always) mutating func fire(limit: UInt64) -> Bool {
    guard let event = scheduler.take(limit: limit) else { return false }
    scheduler.history.mix(scheduler.now, M.digestWord(event))
    model.handle(event, &scheduler)
    return true
  }
}
