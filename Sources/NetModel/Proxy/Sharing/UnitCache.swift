// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What the last packets found in the shared chains, as long as nothing has changed since.
///
/// A new connection asks a dozen times, and almost always what an earlier one has asked: one line of this cache, which
/// is mapped directly and lies behind a pointer, in place of the doors, the order and the units. Only answers that
/// every node gets from some points of the logs on are kept.
struct UnitCache: ~Copyable {
  struct Line: BitwiseCopyable {
    /// Destination, port, protocol, chain and index.
    var key: UInt64
    /// The log's stamp when it was found; 0 for an empty line.
    var stamp: UInt64
    /// From which points on it holds.
    var services: UInt32
    var endpoints: UInt32
    var family: IPFamily
    /// The compiled unit; `.max` for none.
    var unit: UInt32
    var rulesBefore: UInt32
  }

  /// How many rules the units have in a chain.
  private struct Sum: BitwiseCopyable {
    var stamp: UInt64
    var rules: UInt32
  }

  private static let lineCount = 1 << 14
  private static let sumCount = 16
  private let lines: UnsafeMutablePointer<Line>
  private let sums: UnsafeMutablePointer<Sum>

  init() {
    lines = .allocate(capacity: UnitCache.lineCount)
    lines.initialize(
      repeating: Line(key: 0, stamp: 0, services: 0, endpoints: 0, family: .ipv4, unit: 0, rulesBefore: 0),
      count: UnitCache.lineCount)
    sums = .allocate(capacity: UnitCache.sumCount)
    sums.initialize(repeating: Sum(stamp: 0, rules: 0), count: UnitCache.sumCount)
  }

  deinit {
    lines.deallocate()
    sums.deallocate()
  }

  /// What one line is found by; nil for an index that is not kept.
  @inline(__always) static func key(_ index: Int, _ key: DispatchKey) -> UInt64? {
    guard index < 16, key.slot.rawValue < 16 else { return nil }
    return UInt64(key.destination.rawValue) << 32 | UInt64(key.destinationPort) << 16
      | UInt64(key.protocol.rawValue) << 8 | UInt64(key.slot.rawValue) << 4 | UInt64(truncatingIfNeeded: index)
  }

  @inline(__always) private func line(_ key: UInt64) -> UnsafeMutablePointer<Line> {
    let hash = foldedProduct(key ^ 0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93)
    return lines + Int(truncatingIfNeeded: hash) & (UnitCache.lineCount - 1)
  }

  /// The answer to a question; nil when it is not known for this view.
  @inline(__always) func find(_ key: UInt64, _ asker: NodeUnits, stamp: UInt64) -> Line? {
    let line = line(key).pointee
    guard line.stamp == stamp, line.key == key, line.family == asker.family,
      asker.view.services.rawValue >= line.services, asker.view.endpoints.rawValue >= line.endpoints
    else { return nil }
    return line
  }

  /// Keeps an answer.
  func keep(_ line: Line) { self.line(line.key).pointee = line }

  /// A chain's sum, if nothing has changed since it was kept.
  @inline(__always) func sum(_ slot: SlotID, _ family: IPFamily, stamp: UInt64) -> UInt32? {
    let sum = sums[UnitCache.place(slot, family)]
    return sum.stamp == stamp ? sum.rules : nil
  }

  /// Keeps a chain's sum.
  func keep(_ rules: UInt32, _ slot: SlotID, _ family: IPFamily, stamp: UInt64) {
    sums[UnitCache.place(slot, family)] = Sum(stamp: stamp, rules: rules)
  }

  @inline(__always) private static func place(_ slot: SlotID, _ family: IPFamily) -> Int {
    Int(slot.rawValue & 7) << 1 | (family == .ipv4 ? 0 : 1)
  }
}
