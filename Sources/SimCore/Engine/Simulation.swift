// SPDX-License-Identifier: GPL-3.0-or-later

/// What a simulation is about: its state, and what an event does to it.
public protocol Model: ~Copyable {
  /// A small trivially copyable value: a kind and ids.
  associatedtype Event: BitwiseCopyable

  /// Performs an event; may schedule further ones at or after the current instant.
  mutating func handle(_ event: Event, _ scheduler: inout Scheduler<Event>)

  /// The event's kind and ids in one word, for the digest of the event history.
  static func digestWord(_ event: Event) -> UInt64

  /// The timer by which the event may have been cancelled, or `none`.
  static func timer(of event: Event) -> TimerID
}

extension Model where Self: ~Copyable {
  /// No event of the model can be cancelled.
  @inlinable @inline(__always) public static func timer(of event: Event) -> TimerID { .none }
}

/// The clock and the pending events, as a model sees them.
///
/// Order is total: by time, and at equal times in the order scheduled.
public struct Scheduler<Event: BitwiseCopyable>: ~Copyable {
  @usableFromInline var queue: EventQueue<Event>
  @usableFromInline var clock: UInt64 = 0
  @usableFromInline var fired: UInt64 = 0
  @usableFromInline var history = Digest()
  /// The timers that may be cancelled.
  public var timers = TimerTable()

  /// Makes a scheduler at time zero.
  @inlinable public init() { queue = EventQueue() }

  /// The current instant.
  @inlinable public var now: SimTime { SimTime(nanoseconds: clock) }
  /// Events fired so far.
  @inlinable public var eventsFired: UInt64 { fired }
  /// Events pending, cancelled ones included.
  @inlinable public var pendingCount: Int { queue.count }
  /// The digest of all events fired.
  @inlinable public var digest: Digest { history }

  /// Adds an event.
  ///
  /// - Precondition: `time` is not in the past; checked in every build.
  @inlinable @inline(__always) public mutating func schedule(_ event: Event, at time: SimTime) {
    precondition(time.nanoseconds >= clock, "an event was scheduled in the past")
    queue.push(time.nanoseconds, event)
  }

  /// Adds an event so long from now.
  ///
  /// - Precondition: `delay` is not negative.
  @inlinable @inline(__always) public mutating func schedule(_ event: Event, after delay: SimDuration) {
    schedule(event, at: SimTime(nanoseconds: clock).advanced(by: delay.nanoseconds))
  }
}

/// A model, its clock and its pending events: schedule, step, run.
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

  /// Fires every event before `time`, those they cause included, then sets the clock to `time`.
  @inlinable public mutating func run(until time: SimTime) {
    guard time.nanoseconds > 0 else { return }
    fireAll(limit: time.nanoseconds &- 1)
    scheduler.clock = max(scheduler.clock, time.nanoseconds)
    scheduler.queue.lastPopped = scheduler.clock
  }

  /// Fires events until none is pending.
  @inlinable public mutating func runToEnd() { fireAll(limit: .max) }

  /// Fires the next event; false when none is pending.
  @inlinable public mutating func step() -> Bool { fireOne(limit: .max) }

  /// The time of the next event, cancelled ones included, or nil.
  @inlinable public func peek() -> SimTime? { scheduler.queue.peek().map { SimTime(nanoseconds: $0) } }

  @inlinable @inline(__always) mutating func fireAll(limit: UInt64) {
    while fireOne(limit: limit) {}
  }

  @inlinable @inline(__always) mutating func fireOne(limit: UInt64) -> Bool {
    guard let (time, event) = scheduler.queue.pop(limit: limit) else { return false }
    scheduler.clock = time
    scheduler.queue.lastPopped = time
    let timer = M.timer(of: event)
    if timer.rawValue != 0, !scheduler.timers.surface(timer) { return true }
    scheduler.fired &+= 1
    scheduler.history.mix(SimTime(nanoseconds: time), M.digestWord(event))
    model.handle(event, &scheduler)
    return true
  }
}
