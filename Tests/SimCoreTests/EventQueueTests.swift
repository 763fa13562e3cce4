// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// The queue against a sorted array: same times, same order, ties first in first out.
@Suite struct EventQueueTests {
  /// How far ahead an event is scheduled.
  enum Law: String, CaseIterable, Sendable {
    case zero, short, exponential, powers, bursts, mixed, wide, nested
  }

  private func delay(_ law: Law, _ random: inout RandomStream) -> UInt64 {
    switch law {
    case .zero: return 0
    case .short: return random.below(16)
    case .exponential: return UInt64(1 + random.unit() * 1e9)
    case .powers: return 1 << random.below(40)
    case .bursts: return random.below(10) == 0 ? 1_000_000 : 0
    case .mixed: return random.below(10) == 0 ? random.below(1_000_000_000) : random.below(20_000)
    case .wide: return random.next() >> (8 + random.below(50))
    // Of every length up to 2^24 ns alike, so that windows are split while events fall into their first parts.
    case .nested: return random.next() >> (40 + random.below(24))
    }
  }

  @Test(arguments: Law.allCases, [(2048, 512), (64, 3), (1, 0)])
  func popsInOrder(_ law: Law, _ limits: (Int, Int)) {
    for seed in 1...4 as ClosedRange<UInt64> {
      var random = RandomStream(seed: seed, name: law.rawValue)
      var queue = EventQueue<UInt64>(mostInFront: limits.0, mostDebt: limits.1)
      var reference: [(time: UInt64, number: UInt64)] = []
      var number: UInt64 = 0
      var now: UInt64 = 0
      func schedule() {
        let time = now &+ min(delay(law, &random), UInt64.max / 4)
        queue.push(time, number)
        let at = reference.partitioningIndex { $0.time > time }
        reference.insert((time, number), at: at)
        number += 1
      }
      for _ in 0..<(seed == 1 ? 1 : 700) { schedule() }
      for step in 0..<3000 {
        if random.below(50) == 0 {
          // A run that stops in between: nothing may fire, and the clock moves on.
          let next = reference.first?.time ?? now
          let limit = now + (next - now) / 2
          if limit < next {
            #expect(queue.pop(limit: limit) == nil, "law \(law), seed \(seed), step \(step)")
            now = max(now, limit)
            schedule()
          }
        }
        guard let (time, event) = queue.pop(limit: .max), let expected = reference.first else { break }
        reference.removeFirst()
        guard time == expected.time, event == expected.number else {
          Issue.record("law \(law), \(limits), seed \(seed), step \(step): got \(event) at \(time), not \(expected)")
          return
        }
        now = time
        for _ in 0..<(random.below(20) == 0 ? random.below(40) : 1) where reference.count < 2000 { schedule() }
      }
      #expect(queue.count == reference.count)
      while let (time, event) = queue.pop(limit: .max) {
        guard let expected = reference.first, expected == (time, event) else {
          Issue.record("law \(law), seed \(seed): the tail differs")
          return
        }
        reference.removeFirst()
      }
      #expect(reference.isEmpty)
    }
  }

  /// The earliest of a bucket's many chunks.
  @Test func peekLooksThroughABucket() {
    var queue = EventQueue<UInt64>()
    for number in 0..<1000 as Range<UInt64> {
      queue.push(5_000_000_000 - number * number, number)
      #expect(queue.peek() == 5_000_000_000 - number * number)
    }
  }

  @Test func peekNamesTheNextTime() {
    var queue = EventQueue<UInt64>()
    #expect(queue.peek() == nil)
    queue.push(5_000_000_000, 1)
    queue.push(70_000, 2)
    #expect(queue.peek() == 70_000)
    #expect(queue.pop(limit: .max)?.event == 2)
    #expect(queue.peek() == 5_000_000_000)
  }
}

extension Array {
  /// The first index whose element meets a condition that, once met, stays met.
  fileprivate func partitioningIndex(_ condition: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
