// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Scenarios

@Suite struct ObservationJSONTests {
  @Test func numbersAreExactInFullAndSampledWithNineDigits() {
    let cases: [(Datum, String)] = [
      (.count(57473), "57473"), (.exact(1.0 / 3), "0.3333333333333333"), (.sampled(1.0 / 3), "0.333333333"),
      (.exact(1), "1"), (.sampled(1), "1"), (.sampled(0.1 + 0.2), "0.3"), (.exact(-0.0), "0"),
      (.sampled(1.5e-12), "1.5e-12"), (.sampled(.infinity), "null"), (.exact(.nan), "null"), (.flag(true), "true"),
      (.absent, "null"), (.text("a\"\\\n\u{1}é"), "\"a\\\"\\\\\\n\\u0001é\""), (.object([]), "{}"), (.list([]), "[]"),
    ]
    for (datum, text) in cases { #expect(JSONText.compact(datum) == text) }
  }

  @Test func shortThingsStayOnALine() {
    let datum = Datum.fields([
      "short": .fields(["a": .count(1), "b": .texts(["x", "y"])]),
      "long": .list((0..<30).map { .text("element \($0)") }),
    ])
    let text = JSONText.pretty(datum)
    #expect(text.hasPrefix("{\n  \"short\": {\"a\": 1, \"b\": [\"x\", \"y\"]},\n  \"long\": [\n    \"element 0\",\n"))
    #expect(text.hasSuffix("    \"element 29\"\n  ]\n}\n"))
  }

  @Test func kubectlsFormIsNeverOnALine() {
    let datum = Datum.fields(["a": .object([]), "b": .fields(["c": .count(1)]), "d": .list([.count(2)])])
    let expected = """
      {
          "a": {},
          "b": {
              "c": 1
          },
          "d": [
              2
          ]
      }

      """
    #expect(JSONText.pretty(datum, columns: 0, step: 4) == expected)
  }

  @Test func whatIsWrittenCanBeReadBack() {
    let datum = Datum.fields([
      "a": .list([.count(1), .sampled(0.25), .absent, .flag(false)]), "ü\n": .text("\u{7}\"\\/"), "c": .object([]),
    ])
    #expect(JSONReader.read(Array(JSONText.pretty(datum).utf8)) == datum)
    #expect(JSONReader.read(Array(JSONText.pretty(datum, columns: 0).utf8)) == datum)
  }

  @Test(arguments: ["", "{", "[1,]", "{\"a\" 1}", "nul", "1 2", "\"a", "{\"a\":1,}", "[1}"])
  func whatIsNoJSONIsRefused(text: String) {
    #expect(JSONReader.read(Array(text.utf8)) == nil)
  }

  @Test func theSummaryHasTheKeysOfTheContract() {
    let names = Summary().datum.names
    for key in [
      "schemaVersion", "scenario", "seed", "engine", "requests", "latency", "services", "nodes", "workloads",
      "timeline", "outages", "probes", "expectations", "intervals",
    ] {
      #expect(names.contains(key))
    }
    #expect(Summary().datum["engine"]?.names == ["events", "packets", "simulatedSeconds", "digest", "digests"])
    #expect(
      Summary().datum["requests"]?["failedBy"]?.names
        == ["refused", "reset", "timeout", "unreachable", "overloaded", "portsExhausted", "dns", "aborted"])
  }

  @Test func textOfNumbers() {
    #expect(NumberText.grouped(0) == "0")
    #expect(NumberText.grouped(999) == "999")
    #expect(NumberText.grouped(1000) == "1,000")
    #expect(NumberText.grouped(-1_234_567) == "-1,234,567")
    #expect(NumberText.fixed(-0.001, 2) == "0.00")
    #expect(NumberText.fixed(2.345, 1) == "2.3")
    #expect(NumberText.significant(0.000123456, 3) == "0.000123")
  }
}
