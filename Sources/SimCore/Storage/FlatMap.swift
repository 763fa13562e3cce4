// SPDX-License-Identifier: GPL-3.0-or-later

/// A key that spreads itself over 64 bits, the same in every process.
public protocol FlatKey: Equatable, BitwiseCopyable {
  /// The spread bits.
  var flatHash: UInt64 { get }
}

extension UInt64: FlatKey {
  /// The number, mixed.
  @inlinable public var flatHash: UInt64 {
    foldedProduct(self ^ 0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93)
  }
}

/// A 128-bit key.
public struct KeyPair: Hashable, FlatKey, BitwiseCopyable, Sendable {
  /// The first word.
  public var first: UInt64
  /// The second word.
  public var second: UInt64

  /// Pairs two words.
  @inlinable public init(_ first: UInt64, _ second: UInt64) {
    self.first = first
    self.second = second
  }

  /// Both words, mixed.
  @inlinable public var flatHash: UInt64 {
    foldedProduct(first ^ 0x9e37_79b9_7f4a_7c15, second ^ 0xd6e8_feb8_6659_fd93)
  }
}

/// A hash map by small trivial keys: lookup without iteration, so that no order can reach an output.
///
/// Open addressing with linear probing, at most half full, deletion by shifting back, the hash kept beside the key so
/// that a neighbour's place is known without hashing it again.
///
/// - Complexity: O(1) expected for everything, amortised for `insert`.
public struct FlatMap<Key: FlatKey, Value: BitwiseCopyable>: ~Copyable {
  @usableFromInline struct Slot {
    /// The upper bits of the hash, with the lowest bit set; 0 is empty.
    @usableFromInline var tag: UInt64
    @usableFromInline var key: Key
    @usableFromInline var value: Value

    @inlinable init(tag: UInt64, key: Key, value: Value) {
      self.tag = tag
      self.key = key
      self.value = value
    }
  }
  @usableFromInline var slots: UnsafeMutablePointer<Slot>
  @usableFromInline var shift: UInt64
  @usableFromInline var mask: Int
  @usableFromInline var used = 0

  /// Makes an empty map with room for some keys.
  @inlinable public init(minimumCapacity: Int = 8) {
    var bits: UInt64 = 4
    while (1 << Int(bits)) < minimumCapacity * 2 { bits += 1 }
    shift = 64 - bits
    mask = (1 << Int(bits)) - 1
    slots = FlatMap.emptySlots(mask + 1)
  }

  @inlinable deinit { slots.deallocate() }

  @inlinable static func emptySlots(_ count: Int) -> UnsafeMutablePointer<Slot> {
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
    UnsafeMutableRawPointer(slots).initializeMemory(
      as: UInt8.self, repeating: 0, count: count * MemoryLayout<Slot>.stride)
    return slots
  }

  /// The number of keys.
  @inlinable public var count: Int { used }

  /// The value of a key, or nil.
  @inlinable public func find(_ key: Key) -> Value? {
    let tag = key.flatHash | 1
    var i = Int(truncatingIfNeeded: tag &>> shift)
    while slots[i].tag != 0 {
      if slots[i].tag == tag, slots[i].key == key { return slots[i].value }
      i = (i &+ 1) & mask
    }
    return nil
  }

  /// Sets the value of a key.
  @inlinable public mutating func insert(_ key: Key, _ value: Value) {
    if used &* 2 > mask { grow() }
    let tag = key.flatHash | 1
    var i = Int(truncatingIfNeeded: tag &>> shift)
    while slots[i].tag != 0 {
      if slots[i].tag == tag, slots[i].key == key {
        slots[i].value = value
        return
      }
      i = (i &+ 1) & mask
    }
    slots[i] = Slot(tag: tag, key: key, value: value)
    used &+= 1
  }

  /// Sets the value of a key that is not there yet.
  ///
  /// - Returns: false when it is; then nothing changes.
  @inlinable public mutating func insertNew(_ key: Key, _ value: Value) -> Bool {
    if used &* 2 > mask { grow() }
    let tag = key.flatHash | 1
    var i = Int(truncatingIfNeeded: tag &>> shift)
    while slots[i].tag != 0 {
      if slots[i].tag == tag, slots[i].key == key { return false }
      i = (i &+ 1) & mask
    }
    slots[i] = Slot(tag: tag, key: key, value: value)
    used &+= 1
    return true
  }

  /// Takes a key out; false when it was not there.
  @inlinable @discardableResult public mutating func remove(_ key: Key) -> Bool {
    let tag = key.flatHash | 1
    var i = Int(truncatingIfNeeded: tag &>> shift)
    while true {
      if slots[i].tag == 0 { return false }
      if slots[i].tag == tag, slots[i].key == key { break }
      i = (i &+ 1) & mask
    }
    var j = i
    while true {
      j = (j &+ 1) & mask
      if slots[j].tag == 0 { break }
      let home = Int(truncatingIfNeeded: slots[j].tag &>> shift)
      // The entry at j may move to the hole at i unless its home lies cyclically in (i, j].
      if (j &- home) & mask >= (j &- i) & mask {
        slots[i] = slots[j]
        i = j
      }
    }
    slots[i].tag = 0
    used &-= 1
    return true
  }

  /// Asks the processor to bring a key's slot closer; changes nothing.
  @inlinable public func prefetch(_ key: Key) {
    prefetchLine(UnsafeRawPointer(slots + Int(truncatingIfNeeded: (key.flatHash | 1) &>> shift)))
  }

  @inline(never) @inlinable mutating func grow() {
    let old = slots
    let oldCount = mask + 1
    shift -= 1
    mask = oldCount * 2 - 1
    slots = FlatMap.emptySlots(oldCount * 2)
    for k in 0..<oldCount where old[k].tag != 0 {
      var i = Int(truncatingIfNeeded: old[k].tag &>> shift)
      while slots[i].tag != 0 { i = (i &+ 1) & mask }
      slots[i] = old[k]
    }
    old.deallocate()
  }
}

// One owner, and no reference to anything else: as sendable as its pairs.
extension FlatMap: @unchecked Sendable where Key: Sendable, Value: Sendable {}

/// A map by 64-bit key.
public typealias FlatMap64<Value: BitwiseCopyable> = FlatMap<UInt64, Value>
/// A map by 128-bit key.
public typealias FlatMap128<Value: BitwiseCopyable> = FlatMap<KeyPair, Value>
