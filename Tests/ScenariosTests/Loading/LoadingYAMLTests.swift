// SPDX-License-Identifier: GPL-3.0-or-later
import TestSupport
import Testing

@testable import Scenarios

@Suite struct LoadingYAMLTests {
  private static func read(_ text: String) -> (documents: [YAMLNode], brief: [String]) {
    let findings = Findings()
    let documents = YAMLReader.read(SourceText(name: "t.yaml", text: text), findings: findings)
    return (documents, findings.sorted.map(\.brief))
  }

  @Test(arguments: [
    SourceRow(("a: [1, 2\nb: 3\n", "2: expected ',' or ']', found ':' | the list opens on line 1")),
    SourceRow(("a: {b: 1\n", "1: expected ',' or '}', found the end of the file | the mapping opens on line 1")),
    SourceRow(("a: \"x\nb: 1\n", "1: expected a closing quote, found the end of the file | the quote opens here")),
    SourceRow(("a: 'x\n", "1: expected a closing quote, found the end of the file | the quote opens here")),
    SourceRow(
      ("a: b: c\n", "1: expected the end of the value, found ':' | quote a value that holds ': ', or indent the line")),
    SourceRow(("a:\n\tb: 1\n", "2: expected spaces, found a tab | YAML is indented by spaces")),
    SourceRow(
      (
        "a: 1\n b: 2\n",
        "2: expected the end of the value, found ':' | quote a value that holds ': ', or indent the line"
      )),
    SourceRow(("a: 1\n- b\n", "2: expected a key, indented like the one on line 1, found '-'")),
    SourceRow(("a: *b\n", "1: alias '*b' stands for nothing | an anchor '&b' must stand before it, and not around it")),
    SourceRow(
      ("a: &a [*a]\n", "1: alias '*a' stands for nothing | an anchor '&a' must stand before it, and not around it")),
    SourceRow(("a: 1\nb: 2\na: 3\n", "3: key 'a' stands twice in one mapping | first on line 1")),
    SourceRow(("{a: 1, a: 2}\n", "1: key 'a' stands twice in one mapping | first on line 1")),
    SourceRow(("? [a]\n: 1\n", "1: expected a key, found a list")),
    SourceRow(("a: \u{1}\n", "1: expected text, found the control character U+0001 | YAML does not allow it")),
    SourceRow(("a: @x\n", "1: expected a value, found '@x' | quote a value that starts so")),
    SourceRow(("a: 1\n---\nb: [\n", "3: expected a value, found the end of the file")),
    SourceRow(("<<: 1\n", "1: expected a mapping to merge, found a whole number")),
  ])
  func reports(_ row: SourceRow<(String, String)>) {
    #expect(Self.read(row.value.0).brief == [row.value.1], sourceLocation: row.at)
  }

  @Test func readsStreams() {
    let crlf = Self.read("\u{feff}a: 1\r\n---\r\n# nothing\r\n---\r\nb: 2\r\n---\r\n")
    #expect(crlf.brief == [])
    #expect(crlf.documents.count == 2)
    #expect(crlf.documents[1]["b"]?.place.description == "t.yaml:5:4")
    #expect(Self.read("").documents.isEmpty)
    #expect(Self.read("# only\n---\n---\n").documents.isEmpty)
    #expect(
      Self.read("{\"a\": [1, true, null, \"x\"]}").documents[0]["a"]?.elements?.map(\.typeName) == [
        "a whole number", "true or false", "nothing", "a string",
      ])
  }

  @Test func readsUTF8() {
    let read = Self.read("ä: ö\nüü: [ß, x]\n")
    #expect(read.documents[0]["üü"]?.elements?[1].place.description == "t.yaml:2:9")
    let findings = Findings()
    #expect(YAMLReader.read(SourceText(name: "t", bytes: [97, 58, 32, 0xff]), findings: findings).isEmpty)
    #expect(findings.sorted.map(\.brief) == ["1: expected UTF-8, found a byte that is not | save the file as UTF-8"])
  }

  @Test func mergesKeys() {
    let read = Self.read("base: &b {x: 1, y: 2}\nother: {<<: *b, y: 3, z: 4}\nfirst: {y: 5, <<: [*b, {x: 9, w: 1}]}\n")
    #expect(read.brief == [])
    let other = read.documents[0]["other"]
    #expect(other?["x"]?.scalar?.text == "1" && other?["y"]?.scalar?.text == "3" && other?["z"]?.scalar?.text == "4")
    let first = read.documents[0]["first"]
    #expect(first?["y"]?.scalar?.text == "5" && first?["x"]?.scalar?.text == "1" && first?["w"]?.scalar?.text == "1")
  }

  @Test func limitsAliasesAndDepth() {
    let modest = "a: &a [x, x, x]\nb: [" + Array(repeating: "*a", count: 500).joined(separator: ", ") + "]\n"
    #expect(Self.read(modest).brief == [])
    var bomb = "l0: &l0 [x, x]\n"
    for level in 1...40 { bomb += "l\(level): &l\(level) [*l\(level - 1), *l\(level - 1)]\n" }
    #expect(Self.read(bomb).brief.count == 1)
    #expect(Self.read(bomb).brief[0].contains("far larger than its file"))
    let keys = "a: &a [x]\n? *a\n: 1\n"
    #expect(Self.read(keys).brief == ["1: expected a key, found a list"])
    #expect(Self.read(String(repeating: "[", count: 100) + String(repeating: "]", count: 100)).brief == [])
    for open in ["[", "{a: ", "- ", "? "] {
      let deep = Self.read(String(repeating: open, count: 100_000))
      #expect(deep.brief == ["1: nested too deep: more than 100 collections inside each other"], "\(open)")
    }
  }

  @Test(arguments: [
    SourceRow(("1", "a whole number")), SourceRow(("-1", "a whole number")), SourceRow(("0x1F", "a whole number")),
    SourceRow(("1.5", "a number")), SourceRow(("1e3", "a number")), SourceRow((".5", "a number")),
    SourceRow((".inf", "a number")),
    SourceRow(("yes", "true or false")), SourceRow(("Off", "true or false")), SourceRow(("~", "nothing")),
    SourceRow(("1.2.3.4", "a string")), SourceRow(("1s", "a string")), SourceRow(("'1'", "a string")),
    SourceRow(("''", "an empty string")),
    SourceRow(("!!str 1", "a string")), SourceRow((".", "a string")), SourceRow(("1e", "a string")),
    SourceRow(("0x", "a string")), SourceRow(("30000-32767", "a string")), SourceRow(("::1", "a string")),
  ])
  func resolves(_ row: SourceRow<(String, String)>) {
    #expect(
      Self.read("- \(row.value.0)\n").documents.first?.elements?.first?.typeName == row.value.1, sourceLocation: row.at)
  }
}
