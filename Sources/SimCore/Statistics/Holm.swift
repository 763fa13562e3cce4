// SPDX-License-Identifier: GPL-3.0-or-later

/// Many tests at once.
public enum Holm {
  /// P-values adjusted so that comparing each with α keeps the chance of any false alarm at most α, in the order given.
  ///
  /// The i-th smallest of m is multiplied by m - i + 1, is at most 1 and at least the one before it. Nil when one is not
  /// in [0, 1]. Source: Holm 1979, Scandinavian Journal of Statistics 6, 65–70.
  public static func adjust(_ pValues: [Double]) -> [Double]? {
    guard pValues.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { return nil }
    let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    var adjusted = pValues
    var least = 0.0
    for (rank, place) in order.enumerated() {
      least = max(least, min(1, Double(pValues.count - rank) * pValues[place]))
      adjusted[place] = least
    }
    return adjusted
  }
}
