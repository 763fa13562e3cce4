// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The spans of a run in which a workload's exact probabilities do not change, one line of spans a class of clients.
struct ShareEpochs: ~Copyable {
  private(set) var all: [ShareEpoch] = []
  private var current = FlatMap64<Current>()
  /// The chances under rules that have been walked already: many nodes have equal ones, and each rule text is met again
  /// and again while a change goes round.
  var known: [EqualRules: [ShareEpoch.Share]] = [:]

  /// What the chances of a workload's connection follow from, once it has reached a node from elsewhere.
  struct EqualRules: Hashable {
    var workload: WorkloadID
    var base: RulesetID
    var unit: RuleUnitID
  }

  struct Current: BitwiseCopyable {
    var version: UInt32
    /// The rules that the span follows from, when they are one node's; they say all about it.
    var unit: RuleUnitID
    var epoch: EpochID
  }

  /// The span that holds now for a class, if nothing has changed since it was looked at.
  @inline(__always) func find(_ workload: WorkloadID, _ node: NodeID, version: UInt32) -> EpochID? {
    guard let known = current.find(ShareEpochs.key(workload, node)), known.version == version else { return nil }
    return known.epoch
  }

  /// The span that goes on for a class under unchanged rules of one node, although others may have changed.
  mutating func renew(_ workload: WorkloadID, _ node: NodeID, version: UInt32, unit: RuleUnitID) -> EpochID? {
    let key = ShareEpochs.key(workload, node)
    guard let known = current.find(key), known.unit == unit, !unit.isNone else { return nil }
    current.insert(key, Current(version: version, unit: unit, epoch: known.epoch))
    return known.epoch
  }

  /// Says which probabilities hold for a class from now on; equal ones go on in the same span.
  ///
  /// - Parameter unit: the rules they follow from, when they are one node's.
  mutating func set(
    _ workload: WorkloadID, _ node: NodeID, version: UInt32, unit: RuleUnitID, shares: [ShareEpoch.Share], now: SimTime
  ) -> EpochID {
    let key = ShareEpochs.key(workload, node)
    if let known = current.find(key), all[known.epoch.index].shares == shares {
      current.insert(key, Current(version: version, unit: unit, epoch: known.epoch))
      return known.epoch
    }
    let id = EpochID(index: all.count)
    all.append(ShareEpoch(workload: workload, start: now, shares: shares))
    current.insert(key, Current(version: version, unit: unit, epoch: id))
    return id
  }

  private static func key(_ workload: WorkloadID, _ node: NodeID) -> UInt64 {
    UInt64(workload.rawValue) << 32 | UInt64(node.rawValue)
  }
}
