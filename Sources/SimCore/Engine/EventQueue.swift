// SPDX-License-Identifier: GPL-3.0-or-later

/// The pending events, ordered by time and, at equal times, first in first out.
///
/// A radix wheel. Far events lie in buckets by the highest digit (base 256) in which their time differs from `base` (a
/// monotone radix heap: Ahuja, Mehlhorn, Orlin and Tarjan 1990, doi:10.1145/77600.77615). Near ones, in the window
/// [base, base + 256^L), lie in a front of short chains in exact order:
///
///     now ──► front: 64…4,096 slots      buckets of level L, L + 1, … 7
///             [·][a-b][·][c][·][·] …      [d e][·][f] …   [g][·] …
///             ▲ pop: first used slot      ▲ refill: the lowest used bucket becomes the front
///
/// An event is written once to a bucket's tail, moved once more at most among a million pending, then placed. Every
/// move keeps order, so no sequence number is needed and no choice of width can change the order.
///
/// | structure | push and pop at 100 / 10,000 / 1,000,000 pending, ns |
/// | --- | --- |
/// | 4-ary heap | 50 / 100 / 400 |
/// | ladder queue | 40 / 45 / 80 |
/// | this | 18 / 19 / 25 |
///
/// - Complexity: O(1) amortised for `push` and `pop`, whatever the number pending and the spread of their times.
public struct EventQueue<Event: BitwiseCopyable>: ~Copyable {
  @usableFromInline typealias Layout = EventLayout<Event>

  /// The front's events of one slot, linked in order.
  @usableFromInline struct Chain: BitwiseCopyable {
    @usableFromInline var head: UnsafeMutableRawPointer?
    @usableFromInline var tail: UnsafeMutableRawPointer?
    @inlinable init() {}
  }

  @usableFromInline var buckets = BucketStore<Event>()
  @usableFromInline let chains: UnsafeMutablePointer<Chain>
  /// A bit for each used slot, then a set bit that ends every search.
  @usableFromInline let bits: UnsafeMutablePointer<UInt64>
  @usableFromInline var words = 1
  /// No slot before this word is used.
  @usableFromInline var word = 0
  @usableFromInline var freeNode: UnsafeMutableRawPointer?
  @usableFromInline var nodeMemory = SlabMemory(alignment: 64)
  /// Where the front's window begins: a multiple of its length, never later than the clock of who pushes.
  @usableFromInline var base: UInt64 = 0
  /// The front's window is 2^frontShift ns long, a multiple of 8 bits.
  @usableFromInline var frontShift: UInt64 = 0
  @usableFromInline var slotShift: UInt64 = 0
  @usableFromInline var pending = 0
  @usableFromInline var lastPopped: UInt64 = 0
  /// Steps walked in chains since the front was framed.
  @usableFromInline var debt = 0
  /// Pops since `countedFrom`, and what they were a nanosecond before that.
  @usableFromInline var pops = 0
  @usableFromInline var countedFrom: UInt64 = 0
  @usableFromInline var rate = 0.0
  @usableFromInline let mostInFront: Int
  @usableFromInline let mostDebt: Int

  @inlinable static var mostSlots: Int { 4096 }

  /// Makes an empty queue.
  ///
  /// Neither parameter changes the order; tests make both small so that the rare paths run.
  ///
  /// - Parameters:
  ///   - mostInFront: how many events a window may be expected to see before it is split.
  ///   - mostDebt: how many chain steps are walked before the front is made narrower.
  @inlinable public init(mostInFront: Int = 2048, mostDebt: Int = 512) {
    self.mostInFront = mostInFront
    self.mostDebt = mostDebt
    chains = .allocate(capacity: EventQueue.mostSlots)
    chains.initialize(repeating: Chain(), count: EventQueue.mostSlots)
    bits = .allocate(capacity: EventQueue.mostSlots / 64 + 1)
    bits.initialize(repeating: 0, count: EventQueue.mostSlots / 64 + 1)
    bits[words] = 1
  }

  @inlinable deinit {
    chains.deallocate()
    bits.deallocate()
  }

  /// The number of pending events.
  @inlinable public var count: Int { pending }

  /// The last time that is told apart from later ones: 2⁶³ - 1 ns, some 292 years.
  @inlinable static var latest: UInt64 { UInt64.max >> 1 }

  /// Adds an event.
  ///
  /// Times beyond 2⁶³ - 1 ns count as that.
  ///
  /// - Precondition: `time` is not before the last popped time.
  @inlinable @inline(__always) public mutating func push(_ time: UInt64, _ event: Event) {
    let time = min(time, EventQueue.latest)
    pending &+= 1
    place(time &<< 1) { $0.storeBytes(of: event, as: Event.self) }
  }

  /// Adds a mark: a slot in place of an event.
  @inlinable @inline(__always) mutating func push(_ time: UInt64, slot: UInt32) {
    let time = min(time, EventQueue.latest)
    pending &+= 1
    place(time &<< 1 | 1) { $0.storeBytes(of: slot, as: UInt32.self) }
  }

  /// Puts a key where it belongs; `write` fills in its payload.
  @inlinable @inline(__always) mutating func place(_ key: UInt64, _ write: (UnsafeMutableRawPointer) -> Void) {
    let time = key &>> 1
    let difference = time ^ base
    if difference &>> frontShift == 0 {
      insert(Int(truncatingIfNeeded: difference &>> slotShift), key, write)
    } else {
      let level = (63 &- difference.leadingZeroBitCount) &>> 3
      let digit = Int(truncatingIfNeeded: time &>> UInt64(truncatingIfNeeded: level &* 8)) & 255
      buckets.append(level &* 256 &+ digit, key, write)
    }
  }

  @inlinable @inline(__always) mutating func insert(
    _ slot: Int, _ key: UInt64, _ write: (UnsafeMutableRawPointer) -> Void
  ) {
    let node: UnsafeMutableRawPointer
    if let free = freeNode {
      node = free
      freeNode = EventQueue.next(free)
    } else {
      node = nodeMemory.take(Layout.nodeBytes)
    }
    EventQueue.link(node, nil)
    node.storeBytes(of: key, toByteOffset: 8, as: UInt64.self)
    write(node + 16)
    if let tail = chains[slot].tail, chains[slot].head != nil {
      // The mark in the lowest bit takes no part in the order.
      if key | 1 >= EventQueue.key(tail) {
        EventQueue.link(tail, node)
        chains[slot].tail = node
      } else {
        insertEarlier(slot, node)
      }
    } else {
      bits[slot &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: slot & 63)
      chains[slot].head = node
      chains[slot].tail = node
    }
  }

  /// Puts a node before the first later one of its chain.
  @inline(never) @inlinable mutating func insertEarlier(_ slot: Int, _ node: UnsafeMutableRawPointer) {
    let key = EventQueue.key(node) | 1
    var before: UnsafeMutableRawPointer?
    var at = chains[slot].head
    while let here = at, EventQueue.key(here) <= key {
      before = here
      at = EventQueue.next(here)
      debt &+= 1
    }
    EventQueue.link(node, at)
    if let before { EventQueue.link(before, node) } else { chains[slot].head = node }
    if debt > mostDebt, slotShift > 0 { narrow() }
  }

  /// Takes the earliest event out, if its time is at most `limit`.
  ///
  /// `limit` is the last instant that may fire: a half-open run until t passes t - 1.
  @inlinable @inline(__always) public mutating func pop(limit: UInt64) -> (time: UInt64, event: Event)? {
    guard let node = popNode(limit: limit) else { return nil }
    return (EventQueue.key(node) &>> 1, node.load(fromByteOffset: 16, as: Event.self))
  }

  /// Takes the earliest node out, if its time is at most `limit`; what it holds is valid until the next push.
  @inlinable @inline(__always) mutating func popNode(limit: UInt64) -> UnsafeMutableRawPointer? {
    while true {
      var w = word
      while bits[w] == 0 { w &+= 1 }
      if w != words {
        let slot = w &<< 6 &+ bits[w].trailingZeroBitCount
        if let node = chains[slot].head {
          let time = EventQueue.key(node) &>> 1
          // The next push may land before this slot: the word stays as it was.
          if time > limit { return nil }
          word = w
          let next = EventQueue.next(node)
          chains[slot].head = next
          if next == nil { bits[w] &= bits[w] &- 1 }
          EventQueue.link(node, freeNode)
          freeNode = node
          pending &-= 1
          pops &+= 1
          lastPopped = time
          return node
        }
      }
      if !refill(limit) { return nil }
    }
  }

  @inlinable @inline(__always) static func next(_ node: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    node.load(as: UnsafeMutableRawPointer?.self)
  }

  @inlinable @inline(__always) static func link(_ node: UnsafeMutableRawPointer, _ next: UnsafeMutableRawPointer?) {
    node.storeBytes(of: next, as: UnsafeMutableRawPointer?.self)
  }

  @inlinable @inline(__always) static func key(_ node: UnsafeMutableRawPointer) -> UInt64 {
    node.load(fromByteOffset: 8, as: UInt64.self)
  }
}

// One owner, and no reference to anything else: as sendable as its events.
extension EventQueue: @unchecked Sendable where Event: Sendable {}
