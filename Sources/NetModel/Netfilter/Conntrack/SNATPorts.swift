// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Linux's search for a source port that makes an answer's tuple unique.
///
/// Source: net/netfilter/nf_nat_core.c, `nf_nat_l4proto_unique_tuple`.
enum SNATPorts {
  /// The ports that may stand in for a source port: privileged ones among themselves.
  static func range(for port: UInt16) -> ClosedRange<UInt16> {
    port < 512 ? 1...511 : port < 1024 ? 600...1023 : 1024...65535
  }

  /// The translated tuple (as sent on) with a source port that is free on the node, or nil when the search fails.
  ///
  /// Free is what no connection of the node has as its answers' tuple: per protocol, source address and destination.
  /// - Parameters:
  ///   - wanted: the tuple as sent on, with the port that would be kept.
  ///   - ports: the ports to choose from; nil for those that stand in for the wanted one.
  ///   - alwaysRandom: `--random-fully`, or `--random`: do not try to keep the port.
  static func choose(
    _ wanted: FlowTuple, ports: ClosedRange<UInt16>?, alwaysRandom: Bool, node: NodeID,
    in table: borrowing ConntrackTable, draw: inout KeyedDraw
  ) -> FlowTuple? {
    if !alwaysRandom, ports?.contains(wanted.sourcePort) ?? true, !table.isTaken(wanted.reversed, node) {
      return wanted
    }
    let range = ports ?? Self.range(for: wanted.sourcePort)
    let size = UInt64(range.count)
    var attempts = min(size, 128)
    while true {
      var offset = draw.below(size)
      for _ in 0..<attempts {
        var tuple = wanted
        tuple.sourcePort = UInt16(UInt64(range.lowerBound) + offset % size)
        if !table.isTaken(tuple.reversed, node) { return tuple }
        offset += 1
      }
      if attempts >= size || attempts < 16 { return nil }
      attempts /= 2
    }
  }
}
