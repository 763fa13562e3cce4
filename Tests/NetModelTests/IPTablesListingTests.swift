// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import NetModel

@Suite("Rules as the kernel lists them") struct IPTablesListingTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let line: Int
    let family: IPFamily
    let table: String
    let written: String
    var listed: [String] = []
    var testDescription: String { "\(family.name) line \(line): \(written)" }
  }

  static func rows(_ text: String, _ family: IPFamily) -> [Row] {
    var rows: [Row] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("  ") {
        rows[rows.count - 1].listed.append(String(line.dropFirst(2)))
      } else if let blank = line.firstIndex(of: " ") {
        rows.append(
          Row(
            line: index + 1, family: family, table: String(line[..<blank]),
            written: String(line[line.index(after: blank)...])))
      }
    }
    return rows
  }

  static let all = rows(IPTablesKernelRules.ipv4, .ipv4) + rows(IPTablesKernelRules.ipv6, .ipv6)

  static func rules(_ row: Row, _ options: String) -> [IPTablesRule] {
    let text = "*\(row.table)\n:X - [0:0]\n:Y - [0:0]\n-A X \(options)\nCOMMIT\n"
    let parsed = IPTablesSaveParser.parse(text, family: row.family)
    #expect(parsed.problems.isEmpty, "\(options): \(parsed.problems.map(\.problem.description))")
    return parsed.ruleset.table(row.table)?.chain("X")?.rules ?? []
  }

  @Test("each kind of match and target", arguments: all)
  func listing(_ row: Row) {
    let rules = Self.rules(row, row.written)
    let ours = rules.map { IPTablesSavePrinter.saveLine($0, chain: "X", family: row.family) }
    #expect(ours == row.listed.map { "-A X " + $0 })
    // The listing reads back to what it lists, and the written form to itself.
    for listed in row.listed {
      for rule in Self.rules(row, listed) {
        #expect(IPTablesSavePrinter.saveLine(rule, chain: "X", family: row.family) == "-A X " + listed)
      }
    }
    for rule in rules {
      let again = IPTablesSavePrinter.restoreLine(rule, chain: "X", family: row.family)
      #expect(Self.rules(row, String(again.dropFirst(5))) == [rule])
    }
  }

  @Test("a whole text lists as the kernel's, all chains included")
  func wholeText() {
    func tables(_ text: String) -> [String] {
      text.split(separator: "*").map { "*" + $0 }.sorted()
    }
    // Rules with nfacct were left out of the listing; the kernel here has none.
    func plain(_ text: String) -> String {
      text.split(separator: "\n").filter { !$0.contains("nfacct") }.map { $0 + "\n" }.joined()
    }
    for (dump, saved) in [
      (KubeProxyDumps.overall, KernelListings.overallSaved), (KubeProxyDumps.badIPs, KernelListings.badIPsSaved),
    ] {
      let ours = IPTablesSavePrinter.saveText(IPTablesSaveParser.parse(dump, family: nil).ruleset)
      #expect(tables(plain(ours)) == tables(plain(saved)))
    }
  }
}
