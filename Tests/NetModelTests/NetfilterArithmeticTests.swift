// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import TestSupport
import Testing

@testable import NetModel

/// kube-proxy's probabilities on the kernel's 31 bits; values from exact integer arithmetic, and Linux 6.18.
@Suite("Probabilities") struct NetfilterArithmeticTests {
  /// 1/n in ten decimals, as Go's `%0.10f` prints the double 1/n.
  static func text(_ n: UInt64) -> String {
    if n == 1 { return "1.0000000000" }
    // Half a unit is never hit exactly below 100,000.
    let scaled = (10_000_000_000 + n / 2) / n
    let digits = String(scaled)
    return "0." + String(repeating: "0", count: 10 - digits.utf8.count) + digits
  }

  @Test(
    "thresholds and what iptables-save prints of them",
    arguments: [
      SourceRow((2, 1_073_741_824, "0.50000000000")), SourceRow((3, 715_827_883, "0.33333333349")),
      SourceRow((4, 536_870_912, "0.25000000000")), SourceRow((5, 429_496_730, "0.20000000019")),
      SourceRow((6, 357_913_941, "0.16666666651")), SourceRow((7, 306_783_378, "0.14285714272")),
      SourceRow((8, 268_435_456, "0.12500000000")), SourceRow((9, 238_609_294, "0.11111111101")),
      SourceRow((10, 214_748_365, "0.10000000009")), SourceRow((100, 21_474_836, "0.00999999978")),
      SourceRow((1000, 2_147_484, "0.00100000016")),
    ] as [SourceRow<(UInt64, UInt32, String)>])
  func thresholds(_ row: SourceRow<(UInt64, UInt32, String)>) {
    let (n, threshold, printed) = row.value
    let p = IPTablesMatch.Probability(text: Self.text(n))
    #expect(p?.threshold == threshold, sourceLocation: row.at)
    #expect(RuleText.probability(threshold) == printed, sourceLocation: row.at)
  }

  @Test("five decimals, as old dumps have them")
  func oldDumps() {
    #expect(IPTablesMatch.Probability(text: "0.33333")?.threshold == 715_820_724)
    #expect(RuleText.probability(715_820_724) == "0.33332999982")
  }

  @Test("reading the saved text back gives the same threshold for every n to 100,000")
  func readBack() {
    for n in 2...100_000 as ClosedRange<UInt64> {
      guard let first = IPTablesMatch.Probability(text: Self.text(n)),
        let again = IPTablesMatch.Probability(text: RuleText.probability(first.threshold))
      else {
        Issue.record("no probability for \(n)")
        return
      }
      if first.threshold != again.threshold { Issue.record("\(n): \(first.threshold) \(again.threshold)") }
    }
  }

  /// The exact shares of n endpoints, from the compiled rules.
  static func shares(_ n: Int) throws -> [Double] {
    let world = SmallWorld()
    var chain: [IPTablesRule] = []
    for place in 0..<n {
      var matches: [IPTablesMatch] = []
      if place < n - 1, let p = IPTablesMatch.Probability(text: text(UInt64(n - place))) {
        matches = [.statisticRandom(p, negated: false)]
      }
      let end = Address(ipv4: 0x0a00_0000 + UInt32(place))
      chain.append(IPTablesRule(matches, .dnat(.init(SocketAddress(end, 80)))))
    }
    let ruleset = IPTablesRuleset(
      family: .ipv4,
      tables: [IPTablesTable(name: "nat", chains: [IPTablesChain(name: "PREROUTING", policy: .accept, rules: chain)])])
    let id = try world.program.compile(ruleset)
    var units = NoUnits()
    var host = NodeContext(NodeID(rawValue: 0), now: .zero, locals: world.locals, memory: world.memory, isProbe: true)
    let result = world.program.enumerate(
      id, .prerouting, .translation, world.packet(1, 2, 3, 80), units: &units, host: &host)
    #expect(result.paths == n)
    return result.outcomes.map(\.probability)
  }

  @Test("shares to the digits")
  func exactShares() throws {
    /// Equal in all fifteen digits that the table gives.
    func agree(_ shares: [Double], _ digits: [Double]) -> Bool {
      shares.count == digits.count && zip(shares, digits).allSatisfy { abs($0 - $1 / 1e15) < 0.51e-15 }
    }
    let three = try Self.shares(3)
    #expect(three[0] == 715_827_883.0 / 0x1p31 && three[1] == 1_431_655_765.0 / 0x1p32 && three[2] == three[1])
    #expect(
      agree(
        try Self.shares(5),
        [200_000_000_186_265, 199_999_999_953_434, 200_000_000_046_566, 199_999_999_906_868, 199_999_999_906_868]))
    #expect(
      agree(
        try Self.shares(10),
        [
          100_000_000_093_132, 99_999_999_896_520, 100_000_000_001_293, 99_999_999_908_161, 99_999_999_923_683,
          100_000_000_128_574, 100_000_000_012_159, 100_000_000_058_725, 99_999_999_988_876, 99_999_999_988_876,
        ]))
  }

  @Test(
    "the largest relative error and where it is",
    arguments: [
      SourceRow((2, 0, 1)), SourceRow((3, 4.6566e-10, 1)), SourceRow((4, 4.6566e-10, 2)),
      SourceRow((5, 9.3132e-10, 1)), SourceRow((6, 1.1176e-9, 2)), SourceRow((7, 1.2728e-9, 3)),
      SourceRow((8, 1.2728e-9, 4)), SourceRow((9, 1.3892e-9, 5)), SourceRow((10, 1.2857e-9, 6)),
      SourceRow((100, -2.2352e-8, 1)), SourceRow((1000, -2.4255e-7, 10)), SourceRow((991, -2.4308e-7, 1)),
    ] as [SourceRow<(Int, Double, Int)>])
  func largestError(_ row: SourceRow<(Int, Double, Int)>) throws {
    let (n, error, endpoint) = row.value
    let errors = try Self.shares(n).map { $0 * Double(n) - 1 }
    let largest = errors.map(abs).max() ?? 0
    // Endpoints within rounding of the largest: the table names one of them.
    let places = errors.indices.filter { abs(abs(errors[$0]) - largest) < 1e-14 }.map { $0 + 1 }
    #expect(abs(largest - abs(error)) <= abs(error) * 5e-5 + 1e-16, sourceLocation: row.at)
    #expect(n == 2 || places.contains(endpoint), "\(places)", sourceLocation: row.at)
    // Up to ten endpoints the table gives sizes; from 100 on signs too.
    if error < 0 { #expect(errors[endpoint - 1] < 0, sourceLocation: row.at) }
  }
}
