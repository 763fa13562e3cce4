// SPDX-License-Identifier: GPL-3.0-or-later

/// The sizes of what the queue writes to raw memory for an event.
///
/// A key is the time in the upper 63 bits and a mark in the lowest; a marked payload is a timer's slot, any other the
/// event itself.
@usableFromInline enum EventLayout<Event: BitwiseCopyable> {
  /// The event, or a slot of four bytes, in whole words.
  @inlinable static var payloadBytes: Int { (max(MemoryLayout<Event>.size, 4) + 7) & ~7 }
  /// Far: key, payload.
  @inlinable static var entryBytes: Int { 8 + payloadBytes }
  /// Near: next, key, payload.
  @inlinable static var nodeBytes: Int { 16 + payloadBytes }
}

/// The far part of the radix wheel: 8 x 256 first-in first-out buckets, with a bitmap a level.
///
/// A bucket is a list of 1 KiB chunks, each aligned to its size: entries from its start, the next chunk's address in
/// its last word. Chunks that were read last are filled next, still cached.
@usableFromInline struct BucketStore<Event: BitwiseCopyable>: ~Copyable {
  /// A bucket taken out, read once from its first chunk on.
  @usableFromInline struct Detached: BitwiseCopyable {
    @usableFromInline var at: UnsafeMutableRawPointer
    @usableFromInline let end: UnsafeMutableRawPointer
    @inlinable init(at: UnsafeMutableRawPointer, end: UnsafeMutableRawPointer) {
      self.at = at
      self.end = end
    }
  }

  @usableFromInline typealias Layout = EventLayout<Event>
  @inlinable static var chunkBytes: Int { 1024 }
  @inlinable static var linkOffset: Int { chunkBytes - 8 }
  @inlinable static var perChunk: Int { linkOffset / Layout.entryBytes }
  /// Where the entries of a full chunk end: never the chunk's own end, so a tail always names its chunk.
  @inlinable static var endOffset: Int { perChunk * Layout.entryBytes }

  /// Where each bucket's next entry goes; in an empty bucket, the end of a chunk that nobody writes to.
  @usableFromInline let tails: UnsafeMutablePointer<UnsafeMutableRawPointer>
  @usableFromInline let heads: UnsafeMutablePointer<UnsafeMutableRawPointer>
  @usableFromInline let chunkCounts: UnsafeMutablePointer<UInt32>
  @usableFromInline let used: UnsafeMutablePointer<UInt64>
  @usableFromInline var levels: UInt64 = 0
  @usableFromInline let emptyTail: UnsafeMutableRawPointer
  @usableFromInline var freeChunk: UnsafeMutableRawPointer?
  @usableFromInline var slabs: SlabMemory

  @inlinable init() {
    precondition(BucketStore.perChunk >= 8, "an event of more than 112 bytes belongs in a row, with its id here")
    precondition(MemoryLayout<Event>.alignment <= 8, "events are aligned to a word at most")
    let size = BucketStore.chunkBytes
    let unwritten = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: size)
    emptyTail = unwritten + BucketStore.endOffset
    tails = .allocate(capacity: 2048)
    tails.initialize(repeating: emptyTail, count: 2048)
    heads = .allocate(capacity: 2048)
    heads.initialize(repeating: unwritten, count: 2048)
    chunkCounts = .allocate(capacity: 2048)
    chunkCounts.initialize(repeating: 0, count: 2048)
    used = .allocate(capacity: 32)
    used.initialize(repeating: 0, count: 32)
    slabs = SlabMemory(alignment: size)
  }

  @inlinable deinit {
    tails.deallocate()
    heads.deallocate()
    chunkCounts.deallocate()
    used.deallocate()
    (emptyTail - BucketStore.endOffset).deallocate()
  }

  /// The chunk in which an address lies.
  @inlinable @inline(__always) static func chunk(of address: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    address - offset(of: address)
  }

  @inlinable @inline(__always) static func offset(of address: UnsafeMutableRawPointer) -> Int {
    Int(bitPattern: address) & (chunkBytes &- 1)
  }

  @inlinable @inline(__always) static func following(_ chunk: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    chunk.load(fromByteOffset: linkOffset, as: UnsafeMutableRawPointer.self)
  }

  /// Adds an entry at a bucket's end; `write` fills in its payload.
  @inlinable @inline(__always) mutating func append(
    _ bucket: Int, _ key: UInt64, _ write: (UnsafeMutableRawPointer) -> Void
  ) {
    var at = tails[bucket]
    if BucketStore.offset(of: at) == BucketStore.endOffset { at = newChunk(bucket) }
    at.storeBytes(of: key, as: UInt64.self)
    write(at + 8)
    tails[bucket] = at + Layout.entryBytes
  }

  @inline(never) @inlinable mutating func newChunk(_ bucket: Int) -> UnsafeMutableRawPointer {
    let chunk: UnsafeMutableRawPointer
    if let free = freeChunk {
      chunk = free
      freeChunk = free.load(as: UnsafeMutableRawPointer?.self)
    } else {
      chunk = slabs.take(BucketStore.chunkBytes)
    }
    if chunkCounts[bucket] == 0 {
      heads[bucket] = chunk
      used[bucket >> 6] |= 1 << UInt64(bucket & 63)
      levels |= 1 << UInt64(bucket >> 8)
    } else {
      BucketStore.chunk(of: tails[bucket])
        .storeBytes(of: chunk, toByteOffset: BucketStore.linkOffset, as: UnsafeMutableRawPointer.self)
    }
    chunkCounts[bucket] += 1
    return chunk
  }

  /// Gives a chunk back; its first word becomes the free list's link.
  @inlinable @inline(__always) mutating func release(_ chunk: UnsafeMutableRawPointer) {
    chunk.storeBytes(of: freeChunk, as: UnsafeMutableRawPointer?.self)
    freeChunk = chunk
  }

  @inlinable func isUsed(_ bucket: Int) -> Bool { chunkCounts[bucket] != 0 }

  /// The lowest used level's lowest used bucket: what comes next.
  @inlinable var first: Int? {
    guard levels != 0 else { return nil }
    let level = levels.trailingZeroBitCount
    var word = level * 4
    while used[word] == 0 { word += 1 }
    return word * 64 + used[word].trailingZeroBitCount
  }

  /// How many entries a bucket holds.
  @inlinable func count(_ bucket: Int) -> Int {
    guard isUsed(bucket) else { return 0 }
    let last = BucketStore.offset(of: tails[bucket]) / Layout.entryBytes
    return Int(chunkCounts[bucket] - 1) * BucketStore.perChunk + last
  }

  /// Takes a used bucket's chunks out.
  @inlinable mutating func detach(_ bucket: Int) -> Detached {
    let taken = Detached(at: heads[bucket], end: tails[bucket])
    tails[bucket] = emptyTail
    chunkCounts[bucket] = 0
    used[bucket >> 6] &= ~(1 << UInt64(bucket & 63))
    let words = used + (bucket >> 8) * 4
    if words[0] | words[1] | words[2] | words[3] == 0 { levels &= ~(1 << UInt64(bucket >> 8)) }
    return taken
  }

  /// The next entry of a detached bucket, valid until the following call; chunks go back as they have been read.
  @inlinable @inline(__always) mutating func next(_ cursor: inout Detached) -> UnsafeMutableRawPointer? {
    if cursor.at == cursor.end {
      release(BucketStore.chunk(of: cursor.at))
      return nil
    }
    if BucketStore.offset(of: cursor.at) == BucketStore.endOffset { enterNextChunk(&cursor) }
    let entry = cursor.at
    cursor.at = entry + Layout.entryBytes
    return entry
  }

  @inline(never) @inlinable mutating func enterNextChunk(_ cursor: inout Detached) {
    // Only a chunk that another follows has a link.
    let read = BucketStore.chunk(of: cursor.at)
    let chunk = BucketStore.following(read)
    release(read)
    if chunk != BucketStore.chunk(of: cursor.end) { BucketStore.prefetch(BucketStore.following(chunk)) }
    cursor.at = chunk
  }

  /// Brings a chunk's beginning closer, and its link, so that the chunk after it can be sought without waiting.
  @inlinable @inline(__always) static func prefetch(_ chunk: UnsafeMutableRawPointer) {
    prefetchLine(chunk + linkOffset)
    for line in 0..<4 { prefetchLine(chunk + line * 64) }
  }

  /// The least key of a used bucket's entries that a condition accepts, or nil.
  @inlinable func leastKey(_ bucket: Int, where accepts: (UnsafeMutableRawPointer) -> Bool) -> UInt64? {
    var least: UInt64?
    var at = heads[bucket]
    while at != tails[bucket] {
      if BucketStore.offset(of: at) == BucketStore.endOffset {
        at = BucketStore.following(BucketStore.chunk(of: at))
      }
      let key = at.load(as: UInt64.self)
      if key < least ?? .max, accepts(at) { least = key }
      at += Layout.entryBytes
    }
    return least
  }
}
