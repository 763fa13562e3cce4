// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// Maps, slabs and tables against the standard library's, on random operations.
@Suite struct StorageTests {
  private enum Row {}

  @Test(arguments: 1...6) func flatMapIsADictionary(_ seed: Int) {
    var random = RandomStream(seed: UInt64(seed), name: "map")
    var map = FlatMap64<UInt32>(minimumCapacity: 1)
    var reference: [UInt64: UInt32] = [:]
    let keys: UInt64 = seed % 2 == 0 ? 50 : 5000
    for step in 0..<20_000 {
      let key = random.below(keys) << (seed % 3 == 0 ? 32 : 0)
      switch random.below(3) {
      case 0:
        map.insert(key, UInt32(step))
        reference[key] = UInt32(step)
      case 1:
        let removed = map.remove(key)
        #expect(removed == (reference.removeValue(forKey: key) != nil), "seed \(seed), step \(step)")
      default: break
      }
      let found = map.find(key)
      #expect(found == reference[key], "seed \(seed), step \(step)")
    }
    #expect(map.count == reference.count)
    for key in 0..<keys {
      let shifted = key << (seed % 3 == 0 ? 32 : 0)
      #expect(map.find(shifted) == reference[shifted])
    }
  }

  @Test func flatMapOfPairs() {
    var map = FlatMap128<Int>()
    for i in 0..<500 as Range<UInt64> { map.insert(KeyPair(i % 20, i / 20), Int(i)) }
    for i in 0..<500 as Range<UInt64> where i % 2 == 0 { map.remove(KeyPair(i % 20, i / 20)) }
    for i in 0..<500 as Range<UInt64> {
      #expect(map.find(KeyPair(i % 20, i / 20)) == (i % 2 == 0 ? nil : Int(i)))
    }
    #expect(map.find(KeyPair(25, 0)) == nil)
    #expect(map.count == 250)
  }

  @Test(arguments: 1...4) func slabKeepsItsRows(_ seed: Int) {
    var random = RandomStream(seed: UInt64(seed), name: "slab")
    var slab = Slab<Row, UInt64>(minimumCapacity: 1)
    var live: [(id: ID<Row>, generation: UInt32, value: UInt64)] = []
    var dead: [(id: ID<Row>, generation: UInt32)] = []
    for step in 0..<5000 as Range<UInt64> {
      if random.below(5) < 3 || live.isEmpty {
        let id = slab.insert(step)
        live.append((id, slab.generation(id), step))
      } else {
        let gone = live.remove(at: Int(random.below(UInt64(live.count))))
        #expect(slab[gone.id] == gone.value)
        slab.remove(gone.id)
        dead.append((gone.id, gone.generation))
        #expect(slab.isLive(gone.id) == false)
      }
      if !live.isEmpty {
        let place = Int(random.below(UInt64(live.count)))
        slab[live[place].id] &+= 1
        live[place].value += 1
      }
    }
    #expect(slab.count == live.count)
    #expect(Set(live.map(\.id)).count == live.count)
    for row in live {
      #expect(slab.isLive(row.id, generation: row.generation) == true && slab[row.id] == row.value)
    }
    for row in dead { #expect(slab.isLive(row.id, generation: row.generation) == false) }
    #expect(slab.isLive(.none) == false)
  }

  @Test func tableKeepsItsRows() {
    var table = Table<Row, Int>(minimumCapacity: 1)
    let ids = (0..<1000).map { table.append($0 * $0) }
    for (number, id) in ids.enumerated() { table[id] += number }
    #expect(table.ids == ids)
    for (number, id) in ids.enumerated() { #expect(table[id] == number * number + number) }
    #expect(table.count == 1000)
  }
}
