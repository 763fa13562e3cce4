// SPDX-License-Identifier: GPL-3.0-or-later
import Histogram

/// Latencies of any number of requests in bounded memory, mergeable without loss.
///
/// Counts stand in an HdrHistogram of three significant digits, so a quantile is off by at most 0.1 %; the mean, the
/// least and the greatest are exact. Source: http://hdrhistogram.org.
struct LatencyHistogram: Hashable, Sendable {
  /// The largest relative error of a quantile.
  static let relativeError = 0.001

  private var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
  private var sum: UInt64 = 0
  private(set) var least = UInt64.max
  private(set) var greatest: UInt64 = 0

  /// How many latencies were recorded.
  var count: Int { Int(histogram.totalCount) }

  /// Makes an empty histogram.
  init() {}

  /// Records a latency in nanoseconds.
  mutating func record(_ nanoseconds: UInt64) {
    histogram.record(nanoseconds)
    // 2^64 ns are 584 years of waiting: more than any run has.
    sum &+= nanoseconds
    least = min(least, nanoseconds)
    greatest = max(greatest, nanoseconds)
  }

  /// Adds what another recorded.
  mutating func add(_ other: LatencyHistogram) {
    guard other.count > 0 else { return }
    histogram.add(other.histogram)
    sum &+= other.sum
    least = min(least, other.least)
    greatest = max(greatest, other.greatest)
  }

  // What is recorded decides; how a histogram has grown meanwhile does not.
  static func == (a: LatencyHistogram, b: LatencyHistogram) -> Bool {
    a.count == b.count && a.sum == b.sum && a.least == b.least && a.greatest == b.greatest
      && a.histogram.recordedValues().elementsEqual(b.histogram.recordedValues()) {
        $0.value == $1.value && $0.count == $1.count
      }
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    hasher.combine(sum)
  }

  /// The exact mean in seconds; nil without latencies.
  var mean: Double? { count == 0 ? nil : Double(sum) / Double(count) / 1e9 }

  /// The exact maximum in seconds; nil without latencies.
  var maximum: Double? { count == 0 ? nil : Double(greatest) / 1e9 }

  /// Quantiles of type 7 in seconds, of the middles of the cells that hold the order statistics; nil without latencies.
  ///
  /// `probabilities` rise, so that one pass over the cells finds all of them. Source: Hyndman and Fan 1996,
  /// doi:10.2307/2684934, definition 7.
  func quantiles(_ probabilities: [Double]) -> [Double?] {
    guard count > 0 else { return probabilities.map { _ in nil } }
    var wanted: [UInt64] = []
    for p in probabilities {
      let rank = Double(count - 1) * p
      wanted += [UInt64(rank), min(UInt64(rank) + 1, UInt64(count - 1))]
    }
    let values = orderStatistics(wanted.sorted())
    return probabilities.map { p in
      let rank = Double(count - 1) * p
      let low = UInt64(rank)
      guard let first = values[low], let second = values[min(low + 1, UInt64(count - 1))] else { return nil }
      return (first + (second - first) * (rank - Double(low))) / 1e9
    }
  }

  /// The values at ranks from 0, which rise; each in nanoseconds.
  private func orderStatistics(_ ranks: [UInt64]) -> [UInt64: Double] {
    var found: [UInt64: Double] = [:]
    var next = 0
    for cell in histogram.recordedValues() {
      let middle = Double(histogram.medianEquivalentForValue(cell.value))
      let value = min(max(middle, Double(least)), Double(greatest))
      while next < ranks.count, ranks[next] < cell.totalCountToThisValue {
        found[ranks[next]] = value
        next += 1
      }
      if next == ranks.count { break }
    }
    return found
  }
}
