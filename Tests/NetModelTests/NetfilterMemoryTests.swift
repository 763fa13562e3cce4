// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

/// Matches that remember, as rules of a dump meet one packet after another.
@Suite("Matches that remember") struct NetfilterMemoryTests {
  /// Sends a packet at each of these seconds; which of them the rule accepted.
  private func accepted(_ rule: String, at seconds: [Int64]) throws -> [Bool] {
    let text = "*filter\n:INPUT DROP [0:0]\n-A INPUT \(rule) -j ACCEPT\nCOMMIT\n"
    let parsed = IPTablesSaveParser.parse(text, family: .ipv4)
    #expect(parsed.problems.isEmpty)
    let world = SmallWorld()
    let id = try world.program.compile(parsed.ruleset)
    return seconds.map { second in
      var chooser = Enumerating()
      var units = NoUnits()
      var host = NodeContext(
        NodeID(rawValue: 0), now: .zero + .seconds(second), locals: world.locals, memory: world.memory)
      var trace = NoTrace()
      return world.program.walk(
        id, .input, .translation, world.packet(1, 2, 3, 4), chooser: &chooser, units: &units, host: &host,
        trace: &trace
      ).verdict == .accept
    }
  }

  /// Which packets of nine match: as counted on Linux 6.18.
  @Test(
    "nth starts where --packet says",
    arguments: [
      ("--every 3", [0, 3, 6]), ("--every 3 --packet 0", [0, 3, 6]), ("--every 3 --packet 1", [1, 4, 7]),
      ("--every 3 --packet 2", [2, 5, 8]), ("--every 1", Array(0..<9)),
    ] as [(String, [Int])])
  func nth(_ options: String, _ wanted: [Int]) throws {
    let found = try accepted("-m statistic --mode nth \(options)", at: Array(0..<9))
    #expect(found.indices.filter { found[$0] } == wanted)
  }

  @Test("a bucket is full at first and fills at its rate")
  func limit() throws {
    // 1/min, burst 5 by default: five at once, then one a minute.
    #expect(
      try accepted("-m limit --limit 1/min", at: [0, 0, 0, 0, 0, 0, 59, 60, 61, 119, 120, 1000, 1000, 1000]) == [
        true, true, true, true, true, false, false, true, false, false, true, true, true, true,
      ])
    // 3/hour: one in 1200 s, and what is saved up is the burst at most.
    #expect(
      try accepted(
        "-m limit --limit 3/hour --limit-burst 2", at: [0, 0, 0, 1199, 1200, 2399, 2400, 90_000, 90_000, 90_000])
        == [true, true, false, false, true, false, true, true, true, false])
    #expect(
      try accepted("-m limit --limit 1/day --limit-burst 1", at: [0, 1, 86_399, 86_400]) == [true, false, false, true])
  }
}
