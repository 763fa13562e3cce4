// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

@Suite("Dumps of nodes with other writers of rules") struct IPTablesNodeDumpTests {
  static let dumps = [
    IPTablesNodeDumps.containerEngine, IPTablesNodeDumps.overlay, IPTablesNodeDumps.policies,
  ]

  /// Without comments, which `iptables-save` would date anew.
  static func plain(_ text: String) -> [String] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
  }

  @Test("they are read without problem and listed again as they were", arguments: dumps)
  func roundTrip(_ dump: String) {
    let parsed = IPTablesSaveParser.parse(dump, family: nil)
    #expect(parsed.problems.isEmpty, "\(parsed.problems)")
    #expect(parsed.ruleset.family == .ipv4)
    let saved = IPTablesSavePrinter.saveText(parsed.ruleset, counters: dump.contains("\n["))
    #expect(Self.plain(saved) == Self.plain(dump))
    let restored = IPTablesSavePrinter.restoreText(parsed.ruleset)
    let again = IPTablesSaveParser.parse(restored, family: nil)
    #expect(again.problems.isEmpty, "\(again.problems)")
    #expect(IPTablesSavePrinter.restoreText(again.ruleset) == restored)
  }

  @Test("only reverse path filtering and addrtype by interface are not modelled")
  func unmodelled() {
    var texts: [String] = []
    for dump in Self.dumps {
      for table in IPTablesSaveParser.parse(dump, family: nil).ruleset.tables {
        for rule in table.chains.flatMap(\.rules) {
          for case .unmodelled(let text) in rule.matches { texts.append(text) }
          if case .unmodelled(let text)? = rule.target { texts.append(text) }
        }
      }
    }
    #expect(
      texts == ["-m rpfilter --validmark --invert", "-m addrtype ! --src-type LOCAL --limit-iface-out"])
  }

  @Test("mutated dumps do no harm, and their listing is a fixed point", arguments: 1...100 as ClosedRange<UInt64>)
  func mutated(seed: UInt64) {
    var draws = KeyedDraw(seed: seed, purpose: DrawPurpose(rawValue: 98), entity: 1)
    let dumps = Self.dumps + [IPTablesKernelRules.ipv4, IPTablesKernelRules.ipv6]
    var bytes = Array(dumps[Int(draws.below(UInt64(dumps.count)))].utf8)
    let words = [" ! ", " -m ", " -j X ", "\n-A X ", "\"", "\\", " --limit ", "[", ":X - [0:0]\n", ",", "/", "\r", "-"]
    for _ in 0...Int(draws.below(30)) {
      let place = Int(draws.below(UInt64(bytes.count)))
      switch draws.below(4) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: draws.next())
      case 1: if bytes.count > 100 { bytes.removeSubrange(place..<min(bytes.count, place + Int(draws.below(40)))) }
      case 2: bytes.insert(contentsOf: words[Int(draws.below(UInt64(words.count)))].utf8, at: place)
      default: bytes.swapAt(place, Int(draws.below(UInt64(bytes.count))))
      }
    }
    let clock = ContinuousClock()
    let start = clock.now
    let parsed = IPTablesSaveParser.parse(bytes, family: nil)
    for problem in parsed.problems {
      #expect(problem.line > 0 && problem.column > 0)
      #expect(!problem.problem.description.isEmpty)
    }
    // Where the text was in order, its listing is too, and reads back alike.
    if parsed.problems.isEmpty {
      let saved = IPTablesSavePrinter.saveText(parsed.ruleset)
      let again = IPTablesSaveParser.parse(saved, family: parsed.ruleset.family)
      #expect(IPTablesSavePrinter.saveText(again.ruleset) == saved)
    }
    #expect(clock.now - start < .seconds(5))
  }

  @Test("as many problems as rules take no longer than the text")
  func manyProblems() {
    var text = "*filter\n"
    for index in 0..<5000 { text += ":C\(index) - [0:0]\n" }
    for index in 0..<5000 { text += "-A C\(index) -j MISSING\n" }
    text += "COMMIT\n"
    let clock = ContinuousClock()
    let start = clock.now
    #expect(IPTablesSaveParser.parse(text, family: .ipv4).problems.count == 5000)
    #expect(clock.now - start < .seconds(10))
  }

  @Test("lists of addresses multiply only so far")
  func longLists() {
    let list = (0..<200).map { "10.0.0.\($0)" }.joined(separator: ",")
    let parsed = IPTablesSaveParser.parse("-A INPUT -s \(list) -d \(list) -j DROP", family: .ipv4)
    #expect(parsed.problems.map(\.problem) == [.ruleTooLong])
  }
}
