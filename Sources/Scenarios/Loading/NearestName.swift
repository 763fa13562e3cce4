// SPDX-License-Identifier: GPL-3.0-or-later

/// Finds the name that a misspelt one probably means.
enum NearestName {
  /// The nearest candidate by edit distance, or nil when none is near; of equals the first in byte order.
  ///
  /// Near means at most a third of the longer name's length, and at least one edit is always allowed. Letters that
  /// differ in case only cost nothing but rank behind an exact match.
  static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(name.lowercased().utf8.prefix(64))
    guard !wanted.isEmpty else { return nil }
    var best: (distance: Int, name: String)?
    for candidate in candidates where candidate != name {
      let other = Array(candidate.lowercased().utf8.prefix(64))
      let limit = max(1, max(wanted.count, other.count) / 3)
      guard abs(wanted.count - other.count) <= limit else { continue }
      let distance = self.distance(wanted, other)
      guard distance <= limit, distance < max(wanted.count, other.count) else { continue }
      if let known = best {
        let isNearer =
          distance < known.distance
          || distance == known.distance && candidate.utf8.lexicographicallyPrecedes(known.name.utf8)
        if !isNearer { continue }
      }
      best = (distance, candidate)
    }
    return best?.name
  }

  /// The optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
  ///
  /// - Complexity: O(*n* · *m*).
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    var row = last
    for i in 1...a.count {
      row[0] = i
      for j in 1...b.count {
        let replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        row[j] = min(last[j] + 1, row[j - 1] + 1, replaced)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          row[j] = min(row[j], beforeLast[j - 2] + 1)
        }
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
