// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// The queue where events are many, far or large.
@Suite struct EventQueueScaleTests {
  /// A payload of five words, none of which may be lost on the way through buckets and front.
  private struct Wide: BitwiseCopyable {
    var words: (UInt64, UInt64, UInt64, UInt64, UInt64)
    init(_ number: UInt64) { words = (number, ~number, number &* 3, number &+ 5, number << 7) }
    var isWhole: Bool {
      words.1 == ~words.0 && words.2 == words.0 &* 3 && words.3 == words.0 &+ 5 && words.4 == words.0 << 7
    }
  }

  /// Enough pending that windows are split more than once, and chunks are filled anew.
  @Test func aHundredThousandPending() {
    var random = RandomStream(seed: 5, name: "scale")
    var queue = EventQueue<Wide>()
    var number: UInt64 = 0
    for _ in 0..<100_000 {
      queue.push(random.below(1_000_000_000), Wide(number))
      number += 1
    }
    var last = (time: 0 as UInt64, number: 0 as UInt64)
    var isOrdered = true
    var isWhole = true
    for _ in 0..<200_000 {
      guard let (time, event) = queue.pop(limit: .max) else { break }
      isOrdered = isOrdered && (last.time < time || last.time == time && last.number <= event.words.0)
      isWhole = isWhole && event.isWhole
      last = (time, event.words.0)
      // A tenth of the events go to few instants, so that ties are common.
      let delay = random.below(10) == 0 ? 1 << 20 - time % (1 << 20) : random.below(1_000_000_000)
      queue.push(time + delay, Wide(number))
      number += 1
    }
    #expect(isOrdered && isWhole)
    #expect(queue.count == 100_000)
  }

  /// Quiet years, then a burst: what the queue has learnt of the past does not change the order.
  @Test func quietAndBusyByTurns() {
    var random = RandomStream(seed: 6, name: "turns")
    var queue = EventQueue<UInt32>()
    var now: UInt64 = 0
    for turn in 0..<40 {
      var pushed: [UInt64] = []
      let start = now + 1 << (20 + random.below(36))
      for _ in 0..<(turn % 2 == 0 ? 3 : 3000) { pushed.append(start + random.below(1 << (turn % 3 == 0 ? 40 : 14))) }
      for (number, time) in pushed.enumerated() { queue.push(time, UInt32(number)) }
      let expected = pushed.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
      for (number, time) in expected {
        guard let popped = queue.pop(limit: .max) else { break }
        #expect(popped.time == time && popped.event == UInt32(number), "turn \(turn)")
        now = popped.time
      }
      #expect(queue.count == 0)
    }
  }

  /// A lone event opens a wide window; a burst after it splits that window time and again, while it goes on.
  @Test(arguments: [(2048, 512), (64, 3), (4, 2), (1, 0)]) func burstsIntoAWideWindow(_ limits: (Int, Int)) {
    var random = RandomStream(seed: 7, name: "bursts")
    var queue = EventQueue<Int>(mostInFront: limits.0, mostDebt: limits.1)
    var now: UInt64 = 0
    for turn in 0..<300 {
      queue.push(now + 1 << (20 + random.below(20)), 0)
      now = queue.pop(limit: .max)?.time ?? now
      let times = (0..<random.below(100)).map { _ in now + random.next() >> (44 + random.below(20)) }
      for (number, time) in times.enumerated() { queue.push(time, number) }
      let expected = times.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
      for (number, time) in expected {
        guard let popped = queue.pop(limit: .max) else { break }
        #expect(popped == (time, number), "turn \(turn)")
        now = popped.time
      }
      #expect(queue.count == 0)
    }
  }

  @Test func theEndOfTime() {
    var queue = EventQueue<UInt8>()
    queue.push(.max, 1)
    queue.push(1 << 62, 2)
    queue.push(UInt64(Int64.max), 3)
    queue.push(.max, 4)
    queue.push(UInt64(Int64.max) - 1, 5)
    #expect((0..<5).map { _ in queue.pop(limit: .max)?.event } == [2, 5, 1, 3, 4])
  }

  /// No payload, one byte, a word.
  @Test func smallPayloads() {
    var none = EventQueue<Void>()
    for time in [9, 3, 300] as [UInt64] { none.push(time, ()) }
    #expect((0..<3).map { _ in none.pop(limit: .max)?.time } == [3, 9, 300])
    var bytes = EventQueue<UInt8>()
    for time in (0..<200 as Range<UInt64>).reversed() { bytes.push(time, UInt8(time)) }
    for expected in 0..<200 as Range<UInt64> {
      guard let (time, event) = bytes.pop(limit: .max) else { break }
      #expect(time == expected && UInt64(event) == expected)
    }
    #expect(bytes.count == 0)
  }
}
