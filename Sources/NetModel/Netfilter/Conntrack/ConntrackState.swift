// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `ConntrackTable` holds.
struct ConntrackState: ~Copyable {
  /// 32 bits of hash | row + 1 | direction; 0 when free.
  var slots: UnsafeMutablePointer<UInt64>
  /// Slots less one, a power of two less one.
  var slotMask: UInt64 = 63
  var usedSlots = 0
  var rows: UnsafeMutablePointer<ConntrackEntry>
  var rowCapacity = 32
  var rowCount = 0
  /// The row freed last; each holds the one freed before it in place of its mark. `.max` for none.
  var firstFree = UInt32.max
  var freeCount = 0
  var nodes = Table<NodeRow, NodeShare>()
  var timeouts: ConntrackTimeouts
  var defaultMaximum: UInt32 = 262_144
  var droppedFull: UInt64 = 0
  var droppedEarly: UInt64 = 0
  var droppedClash: UInt64 = 0

  /// A node's entries, and how many it may have; 0 for the default.
  struct NodeShare: BitwiseCopyable {
    var count: UInt32 = 0
    var maximum: UInt32 = 0
  }

  init(timeouts: ConntrackTimeouts) {
    self.timeouts = timeouts
    slots = .allocate(capacity: 64)
    slots.initialize(repeating: 0, count: 64)
    rows = .allocate(capacity: 32)
  }
}
