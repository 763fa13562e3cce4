// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import TestSupport
import Testing

@testable import Scenarios

@Suite struct LoadingQuantitiesTests {
  /// Reads a text by a rule; the value as text, or what it must be instead.
  private static func text<Value>(_ read: () throws(QuantityError) -> Value) -> String {
    do throws(QuantityError) { return "\(try read())" } catch { return error.expected }
  }

  @Test(arguments: [
    SourceRow(("0", "0")), SourceRow(("1m30s", "90000000000")), SourceRow(("200us", "200000")),
    SourceRow(("1.5h", "5400000000000")), SourceRow(("0.1us", "100")), SourceRow((".5s", "500000000")),
    SourceRow(("1.s", "1000000000")), SourceRow(("3µs", "3000")), SourceRow(("3μs", "3000")),
    SourceRow(("-5s", "-5000000000")), SourceRow(("+5s", "5000000000")),
    SourceRow(("1h1m1s1ms1us1ns", "3661001001001")),
    SourceRow(("0.1ns", "no finer than a nanosecond")), SourceRow(("9223372036s", "9223372036000000000")),
    SourceRow(("9223372037s", "at most 292 years")), SourceRow(("300000000h", "at most 292 years")),
    SourceRow(("9223372036s9223372036s", "at most 292 years")),
    SourceRow(("5", "a duration such as 200us, 5s or 1m30s")),
    SourceRow(("", "a duration such as 200us, 5s or 1m30s")), SourceRow(("s", "a duration such as 200us, 5s or 1m30s")),
    SourceRow(("5 s", "a duration such as 200us, 5s or 1m30s")),
    SourceRow(("5sec", "a duration such as 200us, 5s or 1m30s")),
    SourceRow(("1d", "a duration such as 200us, 5s or 1m30s")),
    SourceRow(("--5s", "a duration such as 200us, 5s or 1m30s")),
    SourceRow((".s", "a duration such as 200us, 5s or 1m30s")),
    SourceRow(("1e3s", "a duration such as 200us, 5s or 1m30s")),
    SourceRow(("99999999999999999999s", "a duration such as 200us, 5s or 1m30s")),
  ])
  func duration(_ row: SourceRow<(String, String)>) {
    let got = Self.text { () throws(QuantityError) in try Quantities.duration(row.value.0).nanoseconds }
    #expect(got == row.value.1, "\(row.value.0)", sourceLocation: row.at)
  }

  @Test(arguments: [
    SourceRow(("0", "0")), SourceRow(("500", "500")), SourceRow(("16Ki", "16384")), SourceRow(("1M", "1000000")),
    SourceRow(("1.5Gi", "1610612736")), SourceRow(("1e3", "1000")), SourceRow(("1E3", "1000")),
    SourceRow(("2k", "2000")),
    SourceRow(("0.5Ki", "512")), SourceRow(("7Ei", "8070450532247928832")), SourceRow(("8Ei", "at most 8Ei")),
    SourceRow(("1e30", "at most 8Ei")), SourceRow(("0.5", "no finer than a byte")),
    SourceRow(("1e-1", "no finer than a byte")),
    SourceRow(("-1", "-1")), SourceRow(("1KB", "a size such as 500, 16Ki or 1M")),
    SourceRow(("", "a size such as 500, 16Ki or 1M")),
    SourceRow(("1m", "a size such as 500, 16Ki or 1M")), SourceRow(("Ki", "a size such as 500, 16Ki or 1M")),
  ])
  func bytes(_ row: SourceRow<(String, String)>) {
    let got = Self.text { () throws(QuantityError) in try Quantities.bytes(row.value.0) }
    #expect(got == row.value.1, "\(row.value.0)", sourceLocation: row.at)
  }

  @Test(arguments: [
    SourceRow(("500/s", "500.0")), SourceRow(("0.5/ms", "500.0")), SourceRow(("30/m", "0.5")),
    SourceRow(("36/h", "0.01")),
    SourceRow(("1k/s", "1000.0")), SourceRow(("0/s", "0.0")), SourceRow(("-5/s", "-5.0")),
    SourceRow(("1M/us", "at most 1e9/s")),
    SourceRow(("500", "a rate such as 500/s")), SourceRow(("/s", "a rate such as 500/s")),
    SourceRow(("5/d", "a rate such as 500/s")),
    SourceRow(("5/s/s", "a rate such as 500/s")), SourceRow(("5 /s", "a rate such as 500/s")),
  ])
  func rate(_ row: SourceRow<(String, String)>) {
    let got = Self.text { () throws(QuantityError) in try Quantities.rate(row.value.0) }
    #expect(got == row.value.1, "\(row.value.0)", sourceLocation: row.at)
  }

  @Test(arguments: [
    SourceRow(("10Gbit", "10000000000")), SourceRow(("1.5Mbit/s", "1500000")), SourceRow(("9600bit", "9600")),
    SourceRow(("10G", "a bandwidth such as 10Gbit")), SourceRow(("10GB", "a bandwidth such as 10Gbit")),
    SourceRow(("bit", "a bandwidth such as 10Gbit")), SourceRow(("10000000Tbit", "at most 9.2Ebit")),
  ])
  func bandwidth(_ row: SourceRow<(String, String)>) {
    let got = Self.text { () throws(QuantityError) in try Quantities.bandwidth(row.value.0) }
    #expect(got == row.value.1, "\(row.value.0)", sourceLocation: row.at)
  }

  @Test(arguments: [
    SourceRow(("0", "0.0")), SourceRow(("1", "1.0")), SourceRow(("0.25", "0.25")), SourceRow(("25%", "0.25")),
    SourceRow(("1e-3", "0.001")), SourceRow(("1.5", "between 0 and 1")), SourceRow(("-0.1", "between 0 and 1")),
    SourceRow(("101%", "between 0 and 1")), SourceRow(("half", "between 0 and 1")),
  ])
  func share(_ row: SourceRow<(String, String)>) {
    let got = Self.text { () throws(QuantityError) in try Quantities.share(row.value.0) }
    #expect(got == row.value.1, "\(row.value.0)", sourceLocation: row.at)
  }

  @Test(
    arguments: [
      SourceRow(("arivals", ["arrivals", "retries"], "arrivals")),
      SourceRow(("podCidr", ["podCIDR", "nodeCIDR"], "podCIDR")),
      SourceRow(("durration", ["duration", "during"], "duration")), SourceRow(("xyz", ["duration"], nil)),
      SourceRow(("ab", ["abc", "abd"], "abc")), SourceRow(("", ["a"], nil)), SourceRow(("form", ["from"], "from")),
      SourceRow(("a", ["b"], nil)), SourceRow(("same", ["same"], nil)),
    ] as [SourceRow<(String, [String], String?)>])
  func nearest(_ row: SourceRow<(String, [String], String?)>) {
    #expect(NearestName.find(row.value.0, among: row.value.1) == row.value.2, sourceLocation: row.at)
    #expect(NearestName.find(row.value.0, among: row.value.1.reversed()) == row.value.2, sourceLocation: row.at)
  }
}
