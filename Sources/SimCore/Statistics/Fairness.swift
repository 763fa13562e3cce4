// SPDX-License-Identifier: GPL-3.0-or-later

/// How evenly something is shared.
public enum Fairness {
  /// Jain's index: (Σx)² / (n Σx²), from 1/n when one has all to 1 when all have the same.
  ///
  /// Nil for no shares, a negative one, or nothing to share. Source: Jain, Chiu and Hawe 1984, DEC-TR-301.
  public static func jain(_ shares: [Double]) -> Double? {
    guard shares.allSatisfy({ $0 >= 0 }), let greatest = shares.max(), greatest > 0, greatest.isFinite else {
      return nil
    }
    // In parts of the greatest, so that no square overflows.
    let parts = shares.map { $0 / greatest }
    let total = Moments.sum(parts)
    return Moments.finite(total * total / (Double(parts.count) * Moments.sum(parts.map { $0 * $0 })))
  }

  /// Jain's index of counts.
  public static func jain(_ counts: [Int]) -> Double? { jain(counts.map(Double.init)) }

  /// Gini's coefficient: Σ(2i - n - 1) x_i / (n Σx) over the shares in rising order, i from 1.
  ///
  /// From 0 when all have the same to (n - 1)/n when one has all. Nil for no shares, a negative one, or nothing to
  /// share. Source: Gini 1912; the form over sorted values from Dixon et al. 1987, doi:10.2307/1938672.
  ///
  /// - Complexity: O(n log n).
  public static func gini(_ shares: [Double]) -> Double? {
    guard shares.allSatisfy({ $0 >= 0 }), let greatest = shares.max(), greatest > 0, greatest.isFinite else {
      return nil
    }
    let parts = shares.map { $0 / greatest }.sorted()
    let count = parts.count
    let weighted = parts.enumerated().map { Double(2 * $0.offset + 1 - count) * $0.element }
    return Moments.finite(Moments.sum(weighted) / (Double(count) * Moments.sum(parts)))
  }

  /// Gini's coefficient of counts.
  public static func gini(_ counts: [Int]) -> Double? { gini(counts.map(Double.init)) }
}
