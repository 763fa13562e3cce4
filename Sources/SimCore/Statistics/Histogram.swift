// SPDX-License-Identifier: GPL-3.0-or-later

/// How many values fell into each of some equally wide cells.
public struct Histogram: Sendable, Hashable {
  /// The lower end of the first cell.
  public let low: Double
  /// The upper end of the last cell.
  public let high: Double
  /// The values in each cell; a cell holds its lower end, and the last one its upper end too.
  public let counts: [Int]
  /// The values below the first cell.
  public let below: Int
  /// The values above the last cell.
  public let above: Int

  /// The width of a cell.
  public var width: Double { (high - low) / Double(counts.count) }

  /// Counts values in cells from `low` to `high`; nil for no cells, an empty range or a value that is NaN.
  public static func equalWidth(_ values: [Double], low: Double, high: Double, cells: Int) -> Histogram? {
    guard cells > 0, low.isFinite, high.isFinite, low < high, !values.contains(where: \.isNaN) else { return nil }
    var counts = [Int](repeating: 0, count: cells)
    var below = 0
    var above = 0
    for value in values {
      if value < low {
        below += 1
      } else if value > high {
        above += 1
      } else {
        counts[min(cells - 1, Int((value - low) / (high - low) * Double(cells)))] += 1
      }
    }
    return Histogram(low: low, high: high, counts: counts, below: below, above: above)
  }

  /// Counts values in cells over their whole range, as wide as 2 IQR / cube root of n asks, at most 1,000.
  ///
  /// Nil for no values or one that is not finite; one cell when they do not spread. Source: Freedman and Diaconis 1981,
  /// doi:10.1007/BF01025868.
  public static func automatic(_ values: [Double]) -> Histogram? {
    guard values.allSatisfy(\.isFinite) else { return nil }
    let sorted = values.sorted()
    guard let low = sorted.first, let high = sorted.last, let lower = Quantiles.type7(sorted: sorted, p: 0.25),
      let upper = Quantiles.type7(sorted: sorted, p: 0.75)
    else { return nil }
    guard low < high else { return equalWidth(sorted, low: low, high: low.nextUp, cells: 1) }
    var root = 1.0
    while root * root * root < Double(sorted.count) { root += 1 }
    let width = 2 * (upper - lower) / root
    let cells = width > 0 ? min(1000, ((high - low) / width).rounded(.up)) : root
    return equalWidth(sorted, low: low, high: high, cells: max(1, Int(cells)))
  }
}
