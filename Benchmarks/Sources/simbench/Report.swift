// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A stopwatch, and the line that a benchmark prints.
struct Report {
  private let name: String
  private let parameters: [(String, Int)]
  private let clock = ContinuousClock()
  private var start: ContinuousClock.Instant

  /// Starts the watch.
  init(_ name: String, _ parameters: [(String, Int)]) {
    self.name = name
    self.parameters = parameters
    start = clock.now
  }

  /// Starts the watch anew, once everything is set up.
  mutating func begin() { start = clock.now }

  /// Prints the line: so many units were done since `begin`.
  func finish(_ units: Int, packets: Int? = nil, digest: UInt64? = nil) {
    let (seconds, attoseconds) = (clock.now - start).components
    let elapsed = Double(seconds) + Double(attoseconds) / 1e18
    var fields = ["\"name\":\"\(name)\""]
    fields += parameters.map { "\"\($0.0)\":\($0.1)" }
    let rate = Double(units) / max(elapsed, 1e-9)
    // Slow things have decimals.
    fields.append("\"perSecond\":\(rate < 100 ? "\((rate * 1000).rounded() / 1000)" : "\(Int(rate.rounded()))")")
    fields.append("\"peakBytes\":\(Report.peakBytes)")
    if let packets { fields.append("\"packets\":\(packets)") }
    if let digest { fields.append("\"digest\":\"\(Report.hex(digest))\"") }
    print("{\(fields.joined(separator: ","))}")
  }

  /// Sixteen hexadecimal digits.
  static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// RUSAGE_SELF, whose type differs between C libraries.
  private static let thisProcess: Int32 = 0

  /// The most memory that the process has held.
  private static var peakBytes: Int {
    var usage = rusage()
    _ = getrusage(Report.thisProcess, &usage)
    #if os(Linux)
      return usage.ru_maxrss * 1024
    #else
      return usage.ru_maxrss
    #endif
  }
}
