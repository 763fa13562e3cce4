// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The way past the rules of a long chain that cannot match a packet.
///
/// A rule with one protocol, one destination port and one destination address, or none, goes into the bucket of
/// that key; all other rules go into one list. A packet looks at three lists in step, so its cost does not grow with
/// the chain, and since a candidate is a place in the chain, the rules passed over can still be counted.
struct DispatchIndex: BitwiseCopyable {
  /// Shorter chains are walked.
  static let minimumRules = 12

  var firstBucket: UInt32
  /// Buckets less one, a power of two less one.
  var mask: UInt32
  /// Start in `candidates` of the rules without a key; lists end with `.max`.
  var others: UInt32

  /// The key of a packet or rule; the address is `.max` in the key of a rule without one.
  @inline(__always)
  static func key(protocol: UInt8, destination: UInt32, port: UInt16) -> UInt64 {
    UInt64(destination) << 32 | UInt64(port) << 16 | UInt64(`protocol`) << 8 | 1
  }

  @inline(__always)
  static func hash(_ key: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: foldedProduct(key ^ 0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93))
  }
}

/// A bucket: a key (0 when free) and the start of its list in `candidates`.
struct DispatchBucket: BitwiseCopyable {
  var key: UInt64
  var list: UInt32
}

extension ProgramCore {
  /// The list of a key; the empty list when no rule has it.
  @inline(__always)
  func candidates(_ index: DispatchIndex, _ key: UInt64) -> UInt32 {
    var place = DispatchIndex.hash(key) & index.mask
    while true {
      let bucket = buckets[index.firstBucket &+ place]
      if bucket.key == key { return bucket.list }
      if bucket.key == 0 { return 0 }
      place = (place &+ 1) & index.mask
    }
  }

  /// Builds the index of a chain from the keys of its rules, nil for a rule that has none.
  mutating func makeIndex(_ keys: [UInt64?]) -> UInt32 {
    // List 0 is the empty one.
    if candidates.count == 0 { candidates.append(.max) }
    var lists: [UInt64: [UInt32]] = [:]
    var order: [UInt64] = []
    var others: [UInt32] = []
    for (place, key) in keys.enumerated() {
      guard let key else {
        others.append(UInt32(place))
        continue
      }
      if lists[key] == nil { order.append(key) }
      lists[key, default: []].append(UInt32(place))
    }
    func store(_ list: [UInt32]) -> UInt32 {
      guard !list.isEmpty else { return 0 }
      let start = UInt32(candidates.count)
      for place in list { candidates.append(place) }
      candidates.append(.max)
      return start
    }
    var size: UInt32 = 4
    while size < 2 * UInt32(order.count) { size *= 2 }
    let firstBucket = UInt32(buckets.count)
    for _ in 0..<size { buckets.append(DispatchBucket(key: 0, list: 0)) }
    for key in order {
      var place = DispatchIndex.hash(key) & (size - 1)
      while buckets[firstBucket + place].key != 0 { place = (place + 1) & (size - 1) }
      buckets[firstBucket + place] = DispatchBucket(key: key, list: store(lists[key] ?? []))
    }
    return indexes.append(DispatchIndex(firstBucket: firstBucket, mask: size - 1, others: store(others)))
  }
}
