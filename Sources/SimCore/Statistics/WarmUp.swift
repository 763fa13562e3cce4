// SPDX-License-Identifier: GPL-3.0-or-later

/// Where a series' warm-up ends.
public struct WarmUpEnd: Sendable, Hashable {
  /// The values to leave out at the front, a multiple of 5.
  public let drop: Int
  /// The statistic there: the squared error of the mean of what is left.
  public let statistic: Double
  /// The mean of the values after them.
  public let mean: Double
}

/// How much of a series' start to leave out.
public enum WarmUp {
  /// MSER-5: over means of batches of 5, the d that makes Σ(y - mean)² / (m - d)² over the last m - d least.
  ///
  /// Looks at d up to half of the m batches (a minimum in the second half says that the series is too short) and takes the
  /// first of equals. Nil for fewer than 10 values or one that is not finite. Source: White, Cobb and Spratt 2000,
  /// doi:10.1109/WSC.2000.899829.
  ///
  /// - Complexity: O(n).
  public static func mser5(_ values: [Double]) -> WarmUpEnd? {
    let count = values.count / 5
    guard count >= 2, let overall = Moments.mean(values) else { return nil }
    // Taken from the overall mean, so that the squares lose no digits.
    let means = (0..<count).map { batch in
      (0..<5).reduce(0.0) { $0 + values[batch * 5 + $1] } / 5 - overall
    }
    var sum = 0.0
    var squares = 0.0
    var best: (drop: Int, statistic: Double)?
    for start in (0..<count).reversed() {
      sum += means[start]
      squares += means[start] * means[start]
      guard start <= count / 2 else { continue }
      let left = Double(count - start)
      let statistic = max(0, squares - sum * sum / left) / (left * left)
      if statistic <= best?.statistic ?? .infinity { best = (start, statistic) }
    }
    guard let best, best.statistic.isFinite, let mean = Moments.mean(Array(values[(best.drop * 5)...])) else {
      return nil
    }
    return WarmUpEnd(drop: best.drop * 5, statistic: best.statistic, mean: mean)
  }
}
