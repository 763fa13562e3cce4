// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Linux's search for a free port.
///
/// Source: net/netfilter/nf_nat_core.c, `nf_nat_l4proto_unique_tuple`.
enum SNATPorts {
  /// Where to look.
  struct Search: Hashable, BitwiseCopyable {
    let minimum: UInt32
    /// How many ports there are.
    let size: UInt32
    /// Where to begin, counted from `minimum`, round the range.
    let start: UInt32

    init(minimum: UInt16, maximum: UInt16, start: UInt32) {
      self.minimum = UInt32(minimum)
      size = UInt32(max(maximum, minimum)) - UInt32(minimum) + 1
      self.start = start
    }

    /// The range that a port without a rule's range moves in: its own privilege class.
    init(keeping port: UInt16, start: UInt32) {
      switch port {
      case ..<512: self.init(minimum: 1, maximum: 511, start: start)
      case ..<1024: self.init(minimum: 600, maximum: 1023, start: start)
      default: self.init(minimum: 1024, maximum: 65535, start: start)
      }
    }
  }

  /// A random place to begin.
  static func start(_ draws: inout KeyedDraw) -> UInt32 { draws.next31() & 0xffff }

  /// A free port: 128 in a row from the start, then 64, 32, 16 and 8 from new random places. When all were taken, the
  /// last one tried: the kernel goes on with it until the clash shows at confirm.
  ///
  /// - Parameter isFree: asks about a port, and whether it is one of the last 32 of a row (NF_NAT_HARDER_THRESH), for
  ///   which a connection that is over makes room.
  static func find(_ search: Search, _ draws: inout KeyedDraw, isFree: (UInt16, _ isLate: Bool) -> Bool) -> UInt16 {
    var offset = search.start
    var attempts = min(search.size, 128)
    while true {
      var tried: UInt16 = 0
      for tries in 0..<attempts {
        tried = UInt16(truncatingIfNeeded: search.minimum &+ offset % search.size)
        if isFree(tried, attempts &- tries <= 32) { return tried }
        offset &+= 1
      }
      if attempts >= search.size || attempts < 16 { return tried }
      attempts /= 2
      offset = start(&draws)
    }
  }
}
