// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

extension ConntrackTable {
  /// What conntrack says of a packet of a known connection.
  public struct Update: Hashable, Sendable, BitwiseCopyable {
    /// What became of the entry.
    public enum Outcome: UInt8, Hashable, Sendable, BitwiseCopyable {
      /// It lives on.
      case tracked
      /// The packet is INVALID to the rules and is not translated.
      case invalid
      /// The packet is tracked once more, then the entry is gone: a RST to an unanswered SYN.
      case closed
      /// The entry is gone: look the packet up again, as a new connection.
      case reopened
    }
    /// What became of the entry.
    public var outcome: Outcome
    /// What `--ctstate` sees.
    public var states: IPTablesMatch.ConnectionStates
    /// When a further expiry event is needed, if one is.
    public var rearm: SimTime?
  }

  /// Follows a packet of a known connection: state, answered, assured, deadline.
  ///
  /// Source: nf_conntrack_core.c, `nf_conntrack_in`; nf_conntrack_proto_tcp.c, `nf_conntrack_tcp_packet`;
  /// nf_conntrack_proto_udp.c, `nf_conntrack_udp_packet`. TCP windows are not followed: all packets are in window.
  @inline(__always) public func update(
    _ row: ConntrackRow, _ direction: FlowDirection, flags: TCPFlags, now: SimTime
  ) -> Update {
    precondition(isLive(row))
    let index = row.index
    var result = Update(outcome: .tracked, states: rows[index].states(direction), rearm: nil)
    switch rows[index].original.protocol {
    case .tcp:
      updateTCP(row, direction, flags, now, &result)
      if result.outcome != .tracked { return result }
    case .udp:
      if rows[index].status.contains(.seenReply) {
        let isStream = rows[index].begun + timeouts.udpStreamAfter < now
        result.rearm = touch(index, now, isStream ? timeouts.udpStream : timeouts.udp)
        if isStream { rows[index].status.insert(.assured) }
      } else {
        result.rearm = touch(index, now, timeouts.udp)
      }
    case .icmp, .icmpv6: result.rearm = touch(index, now, timeouts.icmp)
    case .sctp:
      let answered = direction == .reply || rows[index].status.contains(.seenReply)
      result.rearm = touch(index, now, answered ? timeouts.sctpEstablished : timeouts.sctpNew)
      if answered { rows[index].status.insert(.assured) }
    default: result.rearm = touch(index, now, timeouts.generic)
    }
    if direction == .reply { rows[index].status.insert(.seenReply) }
    return result
  }

  private func updateTCP(
    _ row: ConntrackRow, _ direction: FlowDirection, _ flags: TCPFlags, _ now: SimTime, _ result: inout Update
  ) {
    let index = row.index
    let old = rows[index].tcp
    let lastReset: ConntrackEntry.Status = direction == .original ? .lastResetOriginal : .lastResetReply
    var new = old
    switch TCPTransitions.next(old, direction, flags) {
    case .invalid:
      result.outcome = .invalid
      result.states = .invalid
      return
    case .ignore:
      rows[index].status.subtract([.lastResetOriginal, .lastResetReply])
      return
    case .state(.synSent) where old.rawValue >= TCPTracking.timeWait.rawValue && old != .synSent2:
      if rows[index].status.contains(.closing) || rows[index].status.contains(lastReset) {
        remove(row)
        result.outcome = .reopened
      } else {
        rows[index].status.subtract([.lastResetOriginal, .lastResetReply])
      }
      return
    case .state(let next): new = next
    }
    rows[index].status.subtract([.lastResetOriginal, .lastResetReply])
    if flags.contains(.rst) { rows[index].status.insert(lastReset) }
    rows[index].tcp = new
    if new == .finWait && old != new { rows[index].status.insert(.closing) }
    var timeout = flags.contains(.rst) ? timeouts.tcpClose : timeouts.tcp(new)
    if !rows[index].status.contains(.seenReply) {
      if flags.contains(.rst) {
        remove(row)
        result.outcome = .closed
        return
      }
      // A SYN sent again does not renew the time.
      if old == .synSent, TCPTransitions.kind(flags) == .syn { return }
      if new == .established { timeout = min(timeout, timeouts.tcpUnacknowledged) }
    } else if new == .established, old == .synReceived || old == .established {
      rows[index].status.insert(.assured)
    }
    result.rearm = touch(index, now, timeout)
  }
}
