// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel
@testable import Scenarios

@Suite struct ReportingTextTests {
  @Test func figuresReadWell() {
    let figures = FigureText(style: TextStyle())
    #expect(figures.percent(0.0056) == "0.56%")
    #expect(figures.percent(0.00001) == "0.001%")
    #expect(figures.percent(0) == "0.00%")
    #expect(figures.percent(1) == "100.00%")
    #expect(figures.percent(0.999999) == "99.9999%")
    #expect(figures.percent(nil) == "–")
    #expect(figures.span(2.15) == "2.15 s")
    #expect(figures.span(0.0754) == "75.4 ms")
    #expect(figures.span(0.0000213) == "21.3 µs")
    #expect(figures.span(0) == "0 s")
    #expect(figures.pValue(0.00004) == "p < 0.0001")
    #expect(figures.pValue(0.0044) == "p 0.0044")
    #expect(figures.pValue(0.0456) == "p 0.046")
    #expect(figures.pValue(0.95) == "p 0.95")
    #expect(figures.three(12345) == "12,345")
    #expect(figures.count(1, "node") == "1 node")
    #expect(figures.count(2000, "node") == "2,000 nodes")
  }

  @Test func longNamesLoseTheirMiddle() {
    let style = TextStyle()
    #expect(TextLayout.fit("httpenv", 16, style) == "httpenv")
    #expect(TextLayout.fit("httpenv-7c9d5b8f4-2x8kq", 16, style) == "httpenv…f4-2x8kq")
  }

  @Test func whatBelongsTogetherIsNotBroken() {
    let text = String(repeating: "word ", count: 19) + TextLayout.whole("the crash at 20.50 s")
    #expect(TextLayout.wrap(text, lead: "").last == "the crash at 20.50 s")
  }

  @Test func paragraphsKeepTheirColumns() {
    let text = String(repeating: "word ", count: 60) + String(repeating: "x", count: 250)
    let lines = TextLayout.wrap(text, lead: "FAIL  ")
    #expect(lines.allSatisfy { $0.count <= 100 })
    #expect(lines[0].hasPrefix("FAIL  word"))
    #expect(lines[1].hasPrefix("      "))
  }

  @Test func asciiHasNoOtherCharacter() {
    let style = TextStyle(isASCII: true)
    #expect(style.finish("a→b ≥ é\n").allSatisfy { $0.isASCII })
    #expect(style.finish("\u{1b}[31mx") == "?[31mx")
    #expect(TextStyle(isColoured: true).paint("x", .bad) == "\u{1b}[31mx\u{1b}[0m")
    #expect(TextStyle().paint("x", .bad) == "x")
  }

  @Test func colourHeedsTheTerminal() {
    let auto = TextStyle.ColourPolicy.auto
    #expect(auto.colours(isTerminal: true, noColor: nil, term: "xterm"))
    #expect(auto.colours(isTerminal: true, noColor: "", term: nil))
    #expect(!auto.colours(isTerminal: false, noColor: nil, term: "xterm"))
    #expect(!auto.colours(isTerminal: true, noColor: "1", term: "xterm"))
    #expect(!auto.colours(isTerminal: true, noColor: nil, term: "dumb"))
    #expect(TextStyle.ColourPolicy.always.colours(isTerminal: false, noColor: "1", term: "dumb"))
    #expect(!TextStyle.ColourPolicy.never.colours(isTerminal: true, noColor: nil, term: "xterm"))
  }

  @Test func rulesInAWalkLoseTheirChainOnly() {
    let rule =
      "-m comment --comment \"default/web -> 10.0.0.1:80\" -m statistic --mode random "
      + "--probability 0.50000000000 -j KUBE-SEP-Y"
    #expect(TraceText.shortened("-A KUBE-SVC-X " + rule, chain: "KUBE-SVC-X") == rule)
    #expect(
      TraceText.shortened("-A X -p tcp -m tcp --dport 80 -j DROP", chain: "X") == "-p tcp -m tcp --dport 80 -j DROP")
  }

  @Test func questionsReadAsTheyAreWritten() throws {
    let destinations = [
      "10.0.0.1:80", "service/ns/web:80", "service/ns/web", "loadBalancer/ns/web:http", "node/n:30080", "pod/ns/p:1",
      "web.ns.svc:80",
    ]
    for text in destinations {
      #expect(try QuestionReader.question(from: "client/internet", to: text).to.text == text)
    }
    for text in ["10.0.0.1", "pod/ns/p", "node/n", "client/c"] {
      #expect(try QuestionReader.question(from: text, to: "10.0.0.1:80").from.text == text)
    }
    #expect(throws: UsageProblem.self) { try QuestionReader.question(from: "who", to: "10.0.0.1:80") }
    #expect(throws: UsageProblem.self) {
      try QuestionReader.question(from: "10.0.0.1", to: "10.0.0.1:80", protocol: "ICMP")
    }
    #expect(try QuestionReader.time("1m30s") == Made.time(90_000))
    #expect(throws: UsageProblem.self) { try QuestionReader.time("-1s") }
    #expect(throws: UsageProblem.self) { try QuestionReader.time("31") }
  }

  @Test func columnsOfATableAreSpelledAlike() {
    for (name, text) in CSVTables.tables(ReportingTerminalTests.checked().summary) {
      let head = text.prefix { $0 != "\n" }
      #expect(head.allSatisfy { $0.isLowercase || "0123456789_,".contains($0) }, "\(name): \(head)")
    }
  }

  @Test func shellsSeeOneWord() {
    #expect(ShellText.word("a/b.yaml") == "a/b.yaml")
    #expect(ShellText.word("it's me") == "'it'\\''s me'")
    #expect(ShellText.word("") == "''")
  }

  @Test func fileNamesHoldNoPath() {
    #expect(ResultFiles.fileName("lb-failover") == "lb-failover")
    #expect(ResultFiles.fileName("../../etc/passwd") == "-..-etc-passwd")
    #expect(ResultFiles.fileName("..") == "scenario")
    #expect(ResultFiles.fileName("a b/ü") == "a-b-ü")
  }
}
