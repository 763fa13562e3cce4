// SPDX-License-Identifier: GPL-3.0-or-later
import TestSupport
import Testing

@testable import NetModel

@Suite("Rule text") struct NetfilterTextTests {
  static func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  /// A text's rules alone, by table, the tables by name.
  static func rules(_ text: String) -> [String: [String]] {
    var result: [String: [String]] = [:]
    var table = ""
    for line in lines(text) {
      if line.hasPrefix("*") { table = line }
      if line.hasPrefix("-A") { result[table, default: []].append(line) }
    }
    return result
  }

  @Test("kube-proxy's dumps print back byte by byte", arguments: [KubeProxyDumps.overall, KubeProxyDumps.badIPs])
  func restoreText(_ dump: String) {
    let parsed = IPTablesSaveParser.parse(dump, family: .ipv4)
    #expect(parsed.problems.isEmpty)
    let printed = IPTablesSavePrinter.restoreText(parsed.ruleset)
    for (ours, theirs) in zip(Self.lines(printed), Self.lines(dump)) { #expect(ours == theirs) }
    #expect(Self.lines(printed).count == Self.lines(dump).count)
  }

  @Test("the kernel lists kube-proxy's dumps as we do")
  func savedDumps() {
    for (dump, saved) in [
      (KubeProxyDumps.overall, KernelListings.overallSaved), (KubeProxyDumps.badIPs, KernelListings.badIPsSaved),
    ] {
      let ours = IPTablesSavePrinter.saveText(IPTablesSaveParser.parse(dump, family: .ipv4).ruleset)
      let wanted = Self.rules(saved)
      for (table, rules) in Self.rules(ours) {
        // The kernel lists chains by name, and the fixture leaves nfacct out: compare chain by chain.
        let kept = rules.filter { !$0.contains("nfacct") }
        #expect(kept.sorted() == (wanted[table] ?? []).sorted())
        for chain in Set(kept.compactMap { $0.split(separator: " ").dropFirst().first }) {
          let prefix = "-A \(chain) "
          #expect(
            kept.filter { $0.hasPrefix(prefix) } == (wanted[table] ?? []).filter { $0.hasPrefix(prefix) })
        }
      }
    }
  }

  @Test("the kernel lists every match and target as we do")
  func savedMatches() {
    let parsed = IPTablesSaveParser.parse(KernelListings.matches, family: .ipv4)
    let missing = parsed.problems.filter { if case .unknownChain("PREROUTING") = $0.problem { false } else { true } }
    #expect(missing.isEmpty, "\(missing)")
    let ours = Self.rules(IPTablesSavePrinter.saveText(parsed.ruleset))
    let wanted = Self.rules(KernelListings.matchesSaved)
    for table in ["*filter", "*nat"] {
      let a = ours[table] ?? []
      let b = wanted[table] ?? []
      #expect(a.count == b.count)
      // Options that are kept as text come back as they were written.
      let asWritten = ["--mask 255.255.255.0", "--limit-iface", "-j LOG", "-j NFLOG"]
      for (mine, theirs) in zip(a, b) where !asWritten.contains(where: { mine.contains($0) }) {
        #expect(mine == theirs)
      }
    }
  }

  @Test(
    "what was printed is printed again alike",
    arguments: [
      KubeProxyDumps.overall, KubeProxyDumps.badIPs, KernelListings.matchesSaved, KernelListings.overallSaved,
    ])
  func fixedPoint(_ dump: String) {
    let parsed = IPTablesSaveParser.parse(dump, family: .ipv4)
    #expect(parsed.problems.isEmpty, "\(parsed.problems)")
    let restored = IPTablesSavePrinter.restoreText(parsed.ruleset)
    #expect(IPTablesSavePrinter.restoreText(IPTablesSaveParser.parse(restored, family: .ipv4).ruleset) == restored)
    let saved = IPTablesSavePrinter.saveText(parsed.ruleset)
    let again = IPTablesSaveParser.parse(saved, family: .ipv4)
    #expect(again.problems.isEmpty, "\(again.problems)")
    for (a, b) in zip(Self.lines(IPTablesSavePrinter.saveText(again.ruleset)), Self.lines(saved)) { #expect(a == b) }
    if dump.contains(":PREROUTING") {
      for (a, b) in zip(Self.lines(saved), Self.lines(dump)) { #expect(a == b) }
    }
  }

  @Test("counters, -S text and deleted chains are read")
  func otherForms() {
    let counted = IPTablesSaveParser.parse(
      "*filter\n:INPUT ACCEPT [5:300]\n[1:2] -A INPUT -s 10.0.0.1/32 -j DROP\nCOMMIT\n", family: .ipv4)
    #expect(counted.problems.isEmpty)
    let chain = counted.ruleset.table("filter")?.chain("INPUT")
    #expect(chain?.counters == IPTablesCounters(packets: 5, bytes: 300))
    #expect(chain?.rules.first?.counters == IPTablesCounters(packets: 1, bytes: 2))
    #expect(
      IPTablesSavePrinter.saveText(counted.ruleset, counters: true)
        == "*filter\n:INPUT ACCEPT [5:300]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n[1:2] -A INPUT -s 10.0.0.1/32 -j DROP\nCOMMIT\n"
    )
    let listed = IPTablesSaveParser.parse(
      "-P INPUT DROP\n-N MINE\n-A INPUT -j MINE\n-A MINE -s 10.0.0.0/8,192.168.0.1 -j ACCEPT\n", family: .ipv4)
    #expect(listed.problems.isEmpty)
    #expect(listed.ruleset.table("filter")?.chain("INPUT")?.policy == .drop)
    #expect(listed.ruleset.table("filter")?.chain("MINE")?.rules.count == 2)
    let stale = IPTablesSaveParser.parse("*nat\n:OLD - [0:0]\n:NEW - [0:0]\n-X OLD\nCOMMIT\n", family: .ipv4)
    #expect(stale.problems.isEmpty)
    #expect(stale.ruleset.table("nat")?.chains.map(\.name) == ["NEW"])
  }

  struct Mistake: Sendable {
    let text: String
    let line: Int
    let column: Int
    let problem: RuleProblem
  }

  @Test(
    "mistakes are found with their place",
    arguments: [
      SourceRow(Mistake(text: "*filtr\nCOMMIT", line: 1, column: 1, problem: .unknownTable("filtr"))),
      SourceRow(Mistake(text: "*nat\n:A - [0:0]", line: 1, column: 1, problem: .missingCommit("nat"))),
      SourceRow(Mistake(text: ":A - [0:0]\n:A - [0:0]", line: 2, column: 1, problem: .duplicateChain("A"))),
      SourceRow(Mistake(text: ":A - [0:0]\n-A A -j B", line: 2, column: 9, problem: .unknownChain("B"))),
      SourceRow(Mistake(text: "-A B -j ACCEPT", line: 1, column: 4, problem: .unknownChain("B"))),
      SourceRow(
        Mistake(
          text: ":A - [0:0]\n:B - [0:0]\n-A A -j B\n-A B -g A", line: 4, column: 9,
          problem: .chainLoop(["A", "B", "A"]))),
      SourceRow(Mistake(text: ":A - [0:0]\n-A A -s ::1 -j DROP", line: 2, column: 9, problem: .wrongFamily("::1"))),
      SourceRow(
        Mistake(text: ":A - [0:0]\n-A A -m comment --comment \"x", line: 2, column: 27, problem: .unterminatedQuote)),
      SourceRow(Mistake(text: ":A - [0:0]\n-A A -j", line: 2, column: 6, problem: .missingValue(option: "-j"))),
      SourceRow(Mistake(text: ":A - [0:0]\n-A A foo", line: 2, column: 6, problem: .unexpectedWord("foo"))),
      SourceRow(
        Mistake(text: ":A - [0:0]\n-A A -s 1.2.3.4 -s 1.2.3.5", line: 2, column: 17, problem: .duplicateOption("-s"))),
      SourceRow(
        Mistake(text: ":A - [0:0]\n-A A --dport 80", line: 2, column: 6, problem: .needsProtocol(option: "--dport"))),
      SourceRow(
        Mistake(
          text: ":A - [0:0]\n-A A -p tcp --dport 99999", line: 2, column: 21,
          problem: .badValue(option: "--dport", value: "99999", expected: "a port or first:last"))),
      SourceRow(
        Mistake(
          text: ":A - [0:0]\n-A A -j MASQUERADE", line: 2, column: 9,
          problem: .targetNotInTable(target: "MASQUERADE", table: "filter"))),
      SourceRow(Mistake(text: ":A ACCEPT [0:0]", line: 1, column: 1, problem: .badPolicy("ACCEPT"))),
      SourceRow(Mistake(text: "-Z INPUT", line: 1, column: 1, problem: .unknownLine("-Z"))),
      SourceRow(
        Mistake(
          text: ":A - [0:0]\n-A A -m statistic --mode random", line: 2, column: 9,
          problem: .incompleteMatch("statistic"))),
    ])
  func mistakes(_ row: SourceRow<Mistake>) {
    let mistake = row.value
    let found = IPTablesSaveParser.parse(mistake.text, family: .ipv4).problems
    #expect(
      found == [RuleTextProblem(line: mistake.line, column: mistake.column, problem: mistake.problem)],
      sourceLocation: row.at)
    for problem in found { #expect(!problem.problem.description.isEmpty) }
  }

  @Test("what is not modelled stays, and is no mistake")
  func unmodelled() {
    let text = "-A A -p tcp -m string --string \"a b\" --algo bm -j TCPMSS --clamp-mss-to-pmtu"
    let parsed = IPTablesSaveParser.parse(":A - [0:0]\n" + text, family: .ipv4)
    #expect(parsed.problems.isEmpty)
    let rule = parsed.ruleset.tables[0].chains[0].rules[0]
    #expect(IPTablesSavePrinter.saveLine(rule, chain: "A", family: .ipv4) == text)
    #expect(rule.target == .unmodelled("-j TCPMSS --clamp-mss-to-pmtu"))
  }

  @Test("ipset save text becomes sets")
  func sets() {
    let text = """
      create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536
      create PORTS bitmap:port range 0-65535
      create NETS hash:net family inet
      add KUBE-CLUSTER-IP 10.96.0.1,tcp:443
      add PORTS 30080
      add NETS 10.0.0.0/8
      add NETS 10.1.0.0/16 nomatch
      add NETS x
      """
    let (sets, problems) = IPSetSaveParser.parse(text)
    #expect(problems.map(\.line) == [8])
    let addresses = AddressTable()
    func tuple(_ source: UInt32, _ destination: UInt32, _ port: UInt16) -> FlowTuple {
      FlowTuple(
        source: addresses.intern(Address(ipv4: source)), sourcePort: 1,
        destination: addresses.intern(Address(ipv4: destination)), destinationPort: port, protocol: .tcp)
    }
    let packet = tuple(0x0a01_0203, 0x0a60_0001, 443)
    #expect(sets[0].contains(packet, sides: 0x300, addresses))
    #expect(!sets[0].contains(packet, sides: 0, addresses))
    #expect(sets[1].contains(tuple(1, 2, 30080), sides: 0x100, addresses))
    #expect(!sets[2].contains(packet, sides: 0, addresses))
    #expect(sets[2].contains(packet, sides: 0x100, addresses))
  }
}
