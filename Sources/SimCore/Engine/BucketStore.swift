// SPDX-License-Identifier: GPL-3.0-or-later

/// The far part of the radix wheel: 8 x 256 first-in first-out buckets of chunks, with a bitmap a level.
@usableFromInline struct BucketStore<Event: BitwiseCopyable>: ~Copyable {
  @usableFromInline struct Entry {
    @usableFromInline var time: UInt64
    @usableFromInline var event: Event

    @inlinable @inline(__always) init(time: UInt64, event: Event) {
      self.time = time
      self.event = event
    }
  }

  /// A bucket taken out, read once from its first chunk on.
  @usableFromInline struct Detached {
    @usableFromInline var at: UInt
    @usableFromInline var end: UInt

    @inlinable init(at: UInt, end: UInt) {
      self.at = at
      self.end = end
    }
  }

  // A chunk is 1 KiB, aligned: a link to the next one, then entries from `firstOffset` on. A tail never reaches its
  // chunk's end, so one AND and a compare tell whether an entry still fits; an empty bucket's tail never fits.
  @inlinable static var chunkBytes: UInt { 1024 }
  @inlinable static var emptyTail: UInt { 1023 }
  @inlinable static var firstOffset: UInt { 16 }
  @inlinable static var stride: UInt { UInt(MemoryLayout<Entry>.stride) }

  @usableFromInline var tails: UnsafeMutablePointer<UInt>
  @usableFromInline var heads: UnsafeMutablePointer<UInt>
  @usableFromInline var used: UnsafeMutablePointer<UInt64>
  @usableFromInline var levels: UInt64 = 0
  @usableFromInline var freeChunk: UInt = 0
  @usableFromInline var slabs: [UnsafeMutableRawPointer] = []
  @usableFromInline var slabBytes = 1 << 16

  @inlinable init() {
    precondition(BucketStore.stride < 1000, "an event must fit a chunk")
    tails = .allocate(capacity: 2048)
    tails.initialize(repeating: BucketStore.emptyTail, count: 2048)
    heads = .allocate(capacity: 2048)
    heads.initialize(repeating: 0, count: 2048)
    used = .allocate(capacity: 32)
    used.initialize(repeating: 0, count: 32)
  }

  @inlinable deinit {
    tails.deallocate()
    heads.deallocate()
    used.deallocate()
    for slab in slabs { slab.deallocate() }
  }

  @inlinable @inline(__always) mutating func append(_ bucket: Int, _ time: UInt64, _ event: Event) {
    var at = tails[bucket]
    if (at & (BucketStore.chunkBytes &- 1)) &+ BucketStore.stride >= BucketStore.chunkBytes { at = newChunk(bucket) }
    BucketStore.entry(at).pointee = Entry(time: time, event: event)
    tails[bucket] = at &+ BucketStore.stride
  }

  @inlinable @inline(__always) static func entry(_ address: UInt) -> UnsafeMutablePointer<Entry> {
    UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
  }

  @inlinable @inline(__always) static func link(_ chunk: UInt) -> UnsafeMutablePointer<UInt> {
    UnsafeMutablePointer(bitPattern: chunk).unsafelyUnwrapped
  }

  @inlinable @inline(never) mutating func newChunk(_ bucket: Int) -> UInt {
    if freeChunk == 0 { allocateSlab() }
    let chunk = freeChunk
    freeChunk = BucketStore.link(chunk).pointee
    BucketStore.link(chunk).pointee = 0
    if tails[bucket] == BucketStore.emptyTail {
      heads[bucket] = chunk
      used[bucket >> 6] |= 1 << UInt64(bucket & 63)
      levels |= 1 << UInt64(bucket >> 8)
    } else {
      BucketStore.link(tails[bucket] & ~(BucketStore.chunkBytes - 1)).pointee = chunk
    }
    return chunk + BucketStore.firstOffset
  }

  @inlinable @inline(never) mutating func allocateSlab() {
    let slab = UnsafeMutableRawPointer.allocate(byteCount: slabBytes, alignment: Int(BucketStore.chunkBytes))
    slabs.append(slab)
    let start = UInt(bitPattern: slab)
    var chunk = start + UInt(slabBytes)
    while chunk > start {
      chunk -= BucketStore.chunkBytes
      BucketStore.link(chunk).pointee = freeChunk
      freeChunk = chunk
    }
    slabBytes = min(slabBytes * 2, 1 << 24)
  }

  /// The lowest used level and its lowest used digit.
  @inlinable var first: (level: Int, digit: Int)? {
    guard levels != 0 else { return nil }
    let level = levels.trailingZeroBitCount
    for word in 0..<4 where used[level * 4 + word] != 0 {
      return (level, word * 64 + used[level * 4 + word].trailingZeroBitCount)
    }
    return nil
  }

  /// How many entries a used bucket holds.
  @inlinable func eventCount(_ bucket: Int) -> Int {
    let perChunk = Int((BucketStore.chunkBytes - 1 - BucketStore.firstOffset) / BucketStore.stride)
    var chunk = heads[bucket]
    var count = 0
    let last = tails[bucket] & ~(BucketStore.chunkBytes - 1)
    while chunk != last {
      count += perChunk
      chunk = BucketStore.link(chunk).pointee
    }
    return count + Int((tails[bucket] - last - BucketStore.firstOffset) / BucketStore.stride)
  }

  /// Takes a used bucket's chunks out.
  @inlinable mutating func detach(_ bucket: Int) -> Detached {
    let taken = Detached(at: heads[bucket] + BucketStore.firstOffset, end: tails[bucket])
    heads[bucket] = 0
    tails[bucket] = BucketStore.emptyTail
    used[bucket >> 6] &= ~(1 << UInt64(bucket & 63))
    let level = bucket >> 8
    let words = used + level * 4
    if words[0] | words[1] | words[2] | words[3] == 0 { levels &= ~(1 << UInt64(level)) }
    return taken
  }

  /// The next entry of a detached bucket; its chunks go back to the free list as they are read.
  @inlinable @inline(__always) mutating func next(_ cursor: inout Detached) -> Entry? {
    if cursor.at == cursor.end {
      release(cursor.at & ~(BucketStore.chunkBytes &- 1))
      return nil
    }
    if (cursor.at & (BucketStore.chunkBytes &- 1)) &+ BucketStore.stride >= BucketStore.chunkBytes {
      let chunk = cursor.at & ~(BucketStore.chunkBytes &- 1)
      let following = BucketStore.link(chunk).pointee
      release(chunk)
      let afterwards = BucketStore.link(following).pointee
      if afterwards != 0 { prefetchLine(UnsafeRawPointer(BucketStore.link(afterwards))) }
      cursor.at = following &+ BucketStore.firstOffset
    }
    let entry = BucketStore.entry(cursor.at).pointee
    cursor.at &+= BucketStore.stride
    return entry
  }

  @inlinable mutating func release(_ chunk: UInt) {
    BucketStore.link(chunk).pointee = freeChunk
    freeChunk = chunk
  }

  /// The least time in a used bucket.
  @inlinable func earliest(_ bucket: Int) -> UInt64 {
    var least = UInt64.max
    var chunk = heads[bucket]
    let last = tails[bucket] & ~(BucketStore.chunkBytes - 1)
    while true {
      var at = chunk + BucketStore.firstOffset
      let fits = BucketStore.chunkBytes - BucketStore.stride
      while chunk == last ? at < tails[bucket] : at & (BucketStore.chunkBytes - 1) < fits {
        least = min(least, BucketStore.entry(at).pointee.time)
        at += BucketStore.stride
      }
      if chunk == last { return least }
      chunk = BucketStore.link(chunk).pointee
    }
  }
}
