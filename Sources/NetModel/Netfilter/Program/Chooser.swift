// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Settles each branch that a rule leaves to chance.
public protocol Chooser {
  /// Whether a `statistic` rule with this 31-bit threshold matches.
  mutating func matches(_ threshold: UInt32) -> Bool
  /// One of `count` equally likely things. `key` is what the kernel hashes for it (the addresses of the connection).
  mutating func pick(_ count: UInt32, key: UInt64) -> UInt32
}

/// Draws each branch, as a packet does.
public struct Sampling: Chooser {
  /// The draws of this connection on this host.
  public var draws: KeyedDraw

  /// Draws from here.
  public init(_ draws: KeyedDraw) { self.draws = draws }

  /// Whether 31 random bits are below the threshold (net/netfilter/xt_statistic.c).
  public mutating func matches(_ threshold: UInt32) -> Bool { draws.next31() < threshold }

  /// A choice that depends on the key alone, as the kernel's does between two boots
  /// (net/netfilter/nf_nat_core.c, `find_best_ips_proto`: jhash over the addresses, then `reciprocal_scale`).
  public mutating func pick(_ count: UInt32, key: UInt64) -> UInt32 { scaledHash(key, count) }
}

/// Follows every branch once, with its exact probability: an odometer whose last wheel turns first.
///
/// Run the walk, read `weight`, call `advance()`, run the walk again, until `advance()` is false. A walk must ask the
/// same questions while it gets the same answers.
public struct Enumerating: Chooser {
  /// The probability of the path walked since the last `advance`.
  public private(set) var weight = 1.0
  private var path: [Wheel] = []
  private var depth = 0

  private struct Wheel: BitwiseCopyable {
    var choice: UInt32
    var last: UInt32
  }

  /// Stands before the first path.
  public init() {}

  /// Takes the branch of the current path, matching first; impossible branches are not walked.
  public mutating func matches(_ threshold: UInt32) -> Bool {
    // Choice 0 matches, 1 does not.
    if depth == path.count {
      path.append(Wheel(choice: threshold == 0 ? 1 : 0, last: threshold >= 0x8000_0000 ? 0 : 1))
    }
    let matched = path[depth].choice == 0
    let probability = Double(threshold) / 0x8000_0000
    weight *= matched ? probability : 1 - probability
    depth += 1
    return matched
  }

  /// Takes each of `count` in turn, all equally likely.
  public mutating func pick(_ count: UInt32, key: UInt64) -> UInt32 {
    if depth == path.count { path.append(Wheel(choice: 0, last: max(count, 1) - 1)) }
    weight /= Double(max(count, 1))
    defer { depth += 1 }
    return path[depth].choice
  }

  /// Moves to the next path; false when all were walked.
  public mutating func advance() -> Bool {
    if path.count > depth { path.removeLast(path.count - depth) }
    while let last = path.last, last.choice >= last.last { path.removeLast() }
    guard let end = path.indices.last else { return false }
    path[end].choice += 1
    weight = 1
    depth = 0
    return true
  }
}

/// `hash(key) * count / 2^32`.
func scaledHash(_ key: UInt64, _ count: UInt32) -> UInt32 {
  let hash = UInt32(truncatingIfNeeded: foldedProduct(key ^ 0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93) >> 32)
  return UInt32(truncatingIfNeeded: UInt64(hash) &* UInt64(count) >> 32)
}
