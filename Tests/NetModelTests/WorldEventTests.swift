// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import NetModel

@Suite struct WorldEventTests {
  @Test func eventsThatDifferInAnyFieldDifferInTheDigest() {
    var words: Set<UInt64> = []
    var count = 0
    let kinds: [WorldEvent.Kind] = [.packet, .transportTimer, .served]
    // Every bit of every field alone, and numbers that shifts by 8, 20 or 40 would lay upon each other.
    var numbers: [UInt32] = [0, 3, 0x101, 0x1001, 0xffff_ffff]
    for bit in 0..<32 { numbers.append(1 << UInt32(bit)) }
    for kind in kinds {
      for a in numbers {
        for b in numbers {
          for c in numbers {
            words.insert(WorldEvent(kind: kind, a: a, b: b, c: c).word)
            count += 1
          }
        }
      }
      for small in 1...255 as ClosedRange<UInt8> {
        words.insert(WorldEvent(kind: kind, small: small).word)
        count += 1
      }
    }
    #expect(words.count == count)
  }

  @Test func anEventIsSixteenBytes() { #expect(MemoryLayout<WorldEvent>.size == 16) }
  @Test func aPacketIsOneCacheLine() { #expect(MemoryLayout<Packet>.stride <= 64) }
}
