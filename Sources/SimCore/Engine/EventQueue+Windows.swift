// SPDX-License-Identifier: GPL-3.0-or-later

extension EventQueue {
  /// Opens the next bucket; false when there is none or it begins after `limit`.
  ///
  /// So `base` never passes the clock: an event that fires lies in the bucket that was opened for it.
  @inline(never) @inlinable mutating func refill(_ limit: UInt64) -> Bool {
    guard let bucket = buckets.first else { return false }
    let level = bucket >> 8
    let shift = UInt64(level * 8)
    let above: UInt64 = level == 7 ? 0 : base & (UInt64.max << (shift + 8))
    let start = above | UInt64(bucket & 255) << shift
    if start > limit { return false }
    if pops > 0, start > countedFrom {
      rate = Double(pops) / Double(start - countedFrom)
      pops = 0
      countedFrom = start
    }
    base = start
    open(bucket)
    return true
  }

  /// Makes the used bucket that begins at `base` the front, or spreads it over the level below as often as it is
  /// expected to see too many events.
  @inlinable mutating func open(_ first: Int) {
    var bucket = first
    var level = bucket >> 8
    while true {
      // Those there now, or as many as the last windows saw in such a time.
      let seen = min(rate * Double((1 as UInt64) << UInt64(level * 8)), 1e9)
      let expected = max(buckets.count(bucket), Int(seen))
      var cursor = buckets.detach(bucket)
      if expected <= mostInFront || level == 0 {
        frame(level, expected: expected)
        // By `place`, not `insert`: the front may be narrowed midway.
        while let entry = buckets.next(&cursor) { move(entry.load(as: UInt64.self), from: entry + 8) }
        return
      }
      level -= 1
      frame(level, expected: 0)
      while let entry = buckets.next(&cursor) { spread(level, entry.load(as: UInt64.self), from: entry + 8) }
      // What lies in the front's own window must be in the front before anything is pushed there.
      bucket = level << 8 | Int(truncatingIfNeeded: base >> UInt64(level * 8)) & 255
      guard buckets.isUsed(bucket) else { return }
    }
  }

  @inlinable @inline(__always) mutating func move(_ key: UInt64, from payload: UnsafeMutableRawPointer) {
    place(key) { $0.copyMemory(from: payload, byteCount: Layout.payloadBytes) }
  }

  @inlinable @inline(__always) mutating func spread(
    _ level: Int, _ key: UInt64, from payload: UnsafeMutableRawPointer
  ) {
    let digit = Int(truncatingIfNeeded: key &>> UInt64(truncatingIfNeeded: level &* 8 &+ 1)) & 255
    buckets.append(level &<< 8 | digit, key) { $0.copyMemory(from: payload, byteCount: Layout.payloadBytes) }
  }

  /// Makes the empty front one of [base, base + 256^level), with four to eight slots an expected event.
  @inlinable mutating func frame(_ level: Int, expected: Int) {
    var slotBits: UInt64 = 6
    while slotBits < 12, 1 << Int(slotBits) < 4 * expected { slotBits += 1 }
    frontShift = UInt64(level * 8)
    slotBits = min(slotBits, frontShift)
    slotShift = frontShift - slotBits
    bits[words] = 0
    words = max(1, (1 << Int(slotBits)) / 64)
    bits[words] = 1
    word = 0
    debt = 0
  }

  /// Spreads a front whose chains have grown long over the level below, and opens the window in which the clock is.
  @inline(never) @inlinable mutating func narrow() {
    let level = Int(frontShift / 8) - 1
    for w in 0..<words {
      while bits[w] != 0 {
        let slot = w << 6 + bits[w].trailingZeroBitCount
        bits[w] &= bits[w] &- 1
        var at = chains[slot].head
        chains[slot].head = nil
        while let node = at {
          at = EventQueue.next(node)
          spread(level, EventQueue.key(node), from: node + 16)
          EventQueue.link(node, freeNode)
          freeNode = node
        }
      }
    }
    // The front was given an event at or after the last popped one, so that one is before its window or in it.
    base = max(lastPopped, base) & (UInt64.max << UInt64(level * 8))
    frame(level, expected: 0)
    let bucket = level << 8 | Int(truncatingIfNeeded: base >> UInt64(level * 8)) & 255
    if buckets.isUsed(bucket) { open(bucket) }
  }

  /// Lets an empty queue take events from this time on, even if later ones have been popped and dropped.
  @inlinable mutating func restart(at time: UInt64) {
    precondition(pending == 0, "only an empty queue can start again")
    base = time
    lastPopped = time
    countedFrom = time
    pops = 0
    frame(0, expected: 0)
  }

  /// The time of the earliest event, or nil.
  ///
  /// - Complexity: O(events in the nearest bucket).
  public func peek() -> UInt64? { peek(where: { _ in true }) }

  /// The time of the earliest event but for marks whose slot a condition refuses, or nil.
  ///
  /// - Complexity: O(events before it, and in its bucket).
  @inlinable func peek(where accepts: (UInt32) -> Bool) -> UInt64? {
    for w in word..<words {
      var left = bits[w]
      while left != 0 {
        var at = chains[w << 6 + left.trailingZeroBitCount].head
        left &= left &- 1
        while let node = at {
          let key = EventQueue.key(node)
          if key & 1 == 0 || accepts(node.load(fromByteOffset: 16, as: UInt32.self)) { return key >> 1 }
          at = EventQueue.next(node)
        }
      }
    }
    for word in 0..<32 {
      var left = buckets.used[word]
      while left != 0 {
        let bucket = word * 64 + left.trailingZeroBitCount
        left &= left &- 1
        let least = buckets.leastKey(bucket) {
          $0.load(as: UInt64.self) & 1 == 0 || accepts($0.load(fromByteOffset: 8, as: UInt32.self))
        }
        if let least { return least >> 1 }
      }
    }
    return nil
  }
}
