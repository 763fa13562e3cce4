// SPDX-License-Identifier: GPL-3.0-or-later

/// The pending events, ordered by time and, at equal times, first in first out.
///
/// A radix wheel: far events lie in buckets by the highest digit (base 256) in which their time differs from `base`
/// (a monotone radix heap: Ahuja, Mehlhorn, Orlin and Tarjan 1990, doi:10.1145/77600.77615), near ones in a front of
/// short chains in exact order. An event is written once to a bucket's tail, moved once more at most among a million
/// pending, then placed. Every move keeps order, so no sequence number is needed and no choice of width can change it.
///
/// | structure | push and pop at 100 / 10,000 / 1,000,000 pending, ns |
/// | --- | --- |
/// | binary or 4-ary heap | 50 / 100 / 400 |
/// | ladder queue | 40 / 45 / 80 |
/// | this | 28 / 27 / 33 |
///
/// - Complexity: O(1) amortised for `push` and `pop`, whatever the number pending and the spread of their times.
public struct EventQueue<Event: BitwiseCopyable>: ~Copyable {
  @usableFromInline struct Node {
    @usableFromInline var time: UInt64
    @usableFromInline var event: Event
    @usableFromInline var next: UInt32

    @inlinable @inline(__always) init(time: UInt64, event: Event, next: UInt32) {
      self.time = time
      self.event = event
      self.next = next
    }
  }
  @usableFromInline struct Chain {
    @usableFromInline var head: UInt32
    @usableFromInline var tail: UInt32

    @inlinable @inline(__always) init(head: UInt32, tail: UInt32) {
      self.head = head
      self.tail = tail
    }
  }

  // Far: 8 levels of 256 buckets; a tail is an address inside its last chunk, `emptyTail` when there is none.
  @usableFromInline var buckets: BucketStore<Event>

  // Front.
  @usableFromInline var nodes: UnsafeMutablePointer<Node>
  @usableFromInline var nodeCapacity = 1024
  @usableFromInline var nodeUsed: UInt32 = 0
  @usableFromInline var nodeFree: UInt32 = .max
  @usableFromInline var chains: UnsafeMutablePointer<Chain>
  @usableFromInline var bits: UnsafeMutablePointer<UInt64>
  @usableFromInline var words = 1
  @usableFromInline var word = 0
  @usableFromInline var base: UInt64 = 0
  @usableFromInline var frontShift: UInt64 = 0
  @usableFromInline var slotShift: UInt64 = 0
  @usableFromInline var slotMask: UInt64 = 0
  @usableFromInline var debt = 0
  @usableFromInline var poppedInWindow: UInt64 = 0
  /// The number of pending events.
  @inlinable public var count: Int { pending }
  @usableFromInline var pending = 0
  @usableFromInline let mostInFront: UInt64
  @usableFromInline let mostDebt: Int

  @inlinable static var mostSlots: Int { 4096 }

  /// Makes an empty queue.
  ///
  /// - Parameters:
  ///   - mostInFront: how many events a window may be expected to hold before it is split.
  ///   - mostDebt: how many chain steps are walked before the front is made narrower. Neither changes the order; tests
  ///     make both small so that the rare paths run.
  @inlinable public init(mostInFront: Int = 2048, mostDebt: Int = 512) {
    self.mostInFront = UInt64(mostInFront)
    self.mostDebt = mostDebt
    buckets = BucketStore()
    nodes = .allocate(capacity: 1024)
    chains = .allocate(capacity: EventQueue.mostSlots)
    chains.initialize(repeating: Chain(head: .max, tail: .max), count: EventQueue.mostSlots)
    bits = .allocate(capacity: EventQueue.mostSlots / 64 + 1)
    bits.initialize(repeating: 0, count: EventQueue.mostSlots / 64 + 1)
    bits[1] = 1
  }

  @inlinable deinit {
    nodes.deallocate()
    chains.deallocate()
    bits.deallocate()
  }

  /// Adds an event.
  ///
  /// - Precondition: `time` is not before the last popped time.
  @inlinable @inline(__always) public mutating func push(_ time: UInt64, _ event: Event) {
    pending &+= 1
    place(time, event)
  }

  @inlinable @inline(__always) mutating func place(_ time: UInt64, _ event: Event) {
    let difference = time ^ base
    if difference &>> frontShift == 0 {
      insert(time, event)
    } else {
      let level = (63 &- difference.leadingZeroBitCount) &>> 3
      let digit = Int(truncatingIfNeeded: time &>> UInt64(truncatingIfNeeded: level &* 8)) & 255
      buckets.append(level &* 256 &+ digit, time, event)
    }
  }

  @inlinable @inline(__always) mutating func insert(_ time: UInt64, _ event: Event) {
    let slot = Int(truncatingIfNeeded: (time &>> slotShift) & slotMask)
    let node: UInt32
    if nodeFree != .max {
      node = nodeFree
      nodeFree = nodes[Int(node)].next
    } else {
      if Int(nodeUsed) == nodeCapacity { growNodes() }
      node = nodeUsed
      nodeUsed &+= 1
    }
    nodes[Int(node)] = Node(time: time, event: event, next: .max)
    let word = slot &>> 6
    let bit = (1 as UInt64) &<< UInt64(truncatingIfNeeded: slot & 63)
    if bits[word] & bit == 0 {
      bits[word] |= bit
      chains[slot] = Chain(head: node, tail: node)
    } else if time >= nodes[Int(chains[slot].tail)].time {
      nodes[Int(chains[slot].tail)].next = node
      chains[slot].tail = node
    } else {
      insertEarlier(slot, node, time)
    }
  }

  @inlinable mutating func insertEarlier(_ slot: Int, _ node: UInt32, _ time: UInt64) {
    var before = UInt32.max
    var at = chains[slot].head
    var steps = 0
    while nodes[Int(at)].time <= time {
      before = at
      at = nodes[Int(at)].next
      steps &+= 1
    }
    nodes[Int(node)].next = at
    if before == .max { chains[slot].head = node } else { nodes[Int(before)].next = node }
    debt &+= steps
    if debt > mostDebt, slotShift > 0 { narrow() }
  }

  @inlinable @inline(never) mutating func growNodes() {
    let larger = UnsafeMutablePointer<Node>.allocate(capacity: nodeCapacity * 2)
    larger.update(from: nodes, count: nodeCapacity)
    nodes.deallocate()
    nodes = larger
    nodeCapacity *= 2
  }

  /// Takes the earliest event out, if its time is at most `limit`.
  ///
  /// `limit` is the last instant that may fire: a half-open run until t passes t - 1.
  @inlinable @inline(__always) public mutating func pop(limit: UInt64) -> (time: UInt64, event: Event)? {
    while true {
      var w = word
      while bits[w] == 0 { w &+= 1 }
      if w == words {
        if refill(limit) { continue }
        return nil
      }
      let slot = w &<< 6 | bits[w].trailingZeroBitCount
      let node = chains[slot].head
      let found = nodes[Int(node)]
      if found.time > limit { return nil }
      word = w
      if found.next == .max {
        bits[w] &= bits[w] &- 1
      } else {
        chains[slot].head = found.next
      }
      nodes[Int(node)].next = nodeFree
      nodeFree = node
      pending &-= 1
      poppedInWindow &+= 1
      return (found.time, found.event)
    }
  }

  /// Opens the next bucket; false when there is none or it begins after `limit`.
  @inlinable @inline(never) mutating func refill(_ limit: UInt64) -> Bool {
    guard let (level, digit) = buckets.first else { return false }
    let shift = UInt64(level * 8)
    let above: UInt64 = level == 7 ? 0 : base & (UInt64.max << (shift + 8))
    let start = above | UInt64(digit) << shift
    if start > limit { return false }
    // How many events the window will see: those there now, or as many as the last window saw for its length.
    let seen = Double(poppedInWindow) * EventQueue.span(shift) / EventQueue.span(frontShift)
    let bucket = level * 256 + digit
    let there = UInt64(buckets.eventCount(bucket))
    let expected = max(there, seen < 1e15 ? UInt64(seen) : 1 << 50)
    base = start
    poppedInWindow = 0
    if expected <= mostInFront || level == 0 {
      frame(shift, expected: expected)
    } else {
      frame(shift - 8, expected: expected / 256)
    }
    let chunks = buckets.detach(bucket)
    drain(chunks)
    return true
  }

  @inlinable static func span(_ shift: UInt64) -> Double {
    shift >= 64 ? 0x1p64 : Double((1 as UInt64) << shift)
  }

  @inlinable @inline(never) mutating func drain(_ detached: BucketStore<Event>.Detached) {
    var cursor = detached
    while let entry = buckets.next(&cursor) { place(entry.time, entry.event) }
  }

  /// Makes an empty front over [base, base + 2^shift) with four to eight slots an expected event.
  @inlinable mutating func frame(_ shift: UInt64, expected: UInt64) {
    bits[words] = 0
    var slotBits: UInt64 = 6
    while slotBits < 12, (1 as UInt64) << slotBits < 4 * expected { slotBits += 1 }
    slotBits = min(slotBits, shift)
    frontShift = shift
    slotShift = shift - slotBits
    slotMask = (1 << slotBits) - 1
    words = max(1, (1 << Int(slotBits)) / 64)
    bits[words] = 1
    word = 0
    debt = 0
  }

  /// Spreads a front whose chains have grown long over the level below.
  @inlinable @inline(never) mutating func narrow() {
    var order: [Node] = []
    for w in 0..<words {
      while bits[w] != 0 {
        let slot = w << 6 | bits[w].trailingZeroBitCount
        bits[w] &= bits[w] &- 1
        var node = chains[slot].head
        while node != .max {
          order.append(nodes[Int(node)])
          let next = nodes[Int(node)].next
          nodes[Int(node)].next = nodeFree
          nodeFree = node
          node = next
        }
      }
    }
    let shift = frontShift >= 8 ? frontShift - 8 : 0
    // The clock is at or after base, and no pending event is before the first one here.
    let floor = order.first.map { min($0.time, max(lastPopped, base)) } ?? base
    base = shift >= 64 ? 0 : floor & (UInt64.max << shift)
    frame(shift, expected: max(UInt64(order.count) / 256, 16))
    for node in order { place(node.time, node.event) }
  }

  /// The clock, told by the owner before it pushes; lets `narrow` start its window where the clock is.
  @usableFromInline var lastPopped: UInt64 = 0

  /// The time of the earliest event, or nil.
  ///
  /// - Complexity: O(events in the nearest bucket).
  @inlinable public func peek() -> UInt64? {
    for w in word..<words where bits[w] != 0 {
      return nodes[Int(chains[w << 6 | bits[w].trailingZeroBitCount].head)].time
    }
    guard let (level, digit) = buckets.first else { return nil }
    return buckets.earliest(level * 256 + digit)
  }
}
