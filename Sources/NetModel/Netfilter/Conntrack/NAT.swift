// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

extension ConntrackTable {
  /// A connection as its first packet shows it: not in the table yet, nothing translated. Nil when the packet cannot
  /// start one and is INVALID.
  ///
  /// Source: nf_conntrack_core.c, `init_conntrack`; nf_conntrack_proto_tcp.c, `tcp_new`.
  public func begin(_ tuple: FlowTuple, _ node: NodeID, flags: TCPFlags, now: SimTime) -> ConntrackEntry? {
    var tcp = TCPTracking.none
    let timeout: SimDuration
    switch tuple.protocol {
    case .tcp:
      guard case .state(let first) = TCPTransitions.next(.none, .original, flags) else { return nil }
      guard first == .synSent || timeouts.tcpLoose else { return nil }
      tcp = first
      timeout = first == .synSent ? timeouts.tcpSynSent : min(timeouts.tcp(first), timeouts.tcpUnacknowledged)
    case .udp: timeout = timeouts.udp
    case .icmp, .icmpv6: timeout = timeouts.icmp
    case .sctp: timeout = timeouts.sctpNew
    default: timeout = timeouts.generic
    }
    let original = tuple.on(node)
    var entry = ConntrackEntry(original: original, reply: original.reversed, tcp: tcp)
    entry.deadline = now + timeout
    entry.begun = now
    return entry
  }

  /// Sets up the translation of the destination, as the nat rules of PREROUTING or OUTPUT asked for it.
  ///
  /// A request of kind `none` changes nothing: a destination's port cannot be moved.
  public func bindDestination(
    _ entry: inout ConntrackEntry, _ request: NATRequest, draws: inout KeyedDraw, now: SimTime
  ) {
    guard request.kind == .destination || request.kind == .redirect else { return }
    var current = entry.reply.reversed
    if !request.address.isNone { current.destination = request.address }
    if request.hasPorts {
      let kept = current.destinationPort
      let isInRange = kept >= request.minPort && kept <= request.maxPort
      let isRandom = !request.flags.isDisjoint(with: [.random, .randomFully])
      if isRandom || !isInRange
        || request.minPort != request.maxPort && isTaken(current.reversed, entry.node, now: now)
      {
        let search = SNATPorts.Search(
          minimum: request.minPort, maximum: request.maxPort,
          start: isRandom ? SNATPorts.start(&draws) : 0)
        let new = entry
        let base = current
        current.destinationPort = SNATPorts.find(search, &draws) { port, isLate in
          var candidate = base
          candidate.destinationPort = port
          return isFree(candidate.reversed, for: new, evicting: isLate, now: now)
        }
      }
    }
    let reply = current.reversed
    if reply != entry.reply { entry.status.insert(.destinationTranslated) }
    entry.reply = reply
  }

  /// Sets up the translation of the source, as the nat rules of POSTROUTING or INPUT asked for it.
  ///
  /// For `none` the source stays, except that its port moves when another connection would get the same answers.
  /// For `masquerade` the caller fills the address in: the first of the interface the packet leaves by.
  public func bindSource(
    _ entry: inout ConntrackEntry, _ request: NATRequest, draws: inout KeyedDraw, now: SimTime
  ) {
    let before = entry.reply.reversed
    var current = before
    var isRandom = false
    switch request.kind {
    case .source, .masquerade:
      if !request.address.isNone { current.source = request.address }
      isRandom = !request.flags.isDisjoint(with: [.random, .randomFully])
    case .none: break
    case .destination, .redirect: return
    }
    let hasPorts = request.kind != .none && request.hasPorts
    let node = entry.node
    let port = current.sourcePort
    let isInRange = !hasPorts || port >= request.minPort && port <= request.maxPort
    let keeps =
      !isRandom && isInRange
      && (hasPorts && request.minPort == request.maxPort || !isTaken(current.reversed, node, now: now))
    // ICMP has identifiers instead of ports; those move alike (nf_nat_core.c, nf_nat_l4proto_unique_tuple).
    if !keeps {
      let search =
        hasPorts
        ? SNATPorts.Search(minimum: request.minPort, maximum: request.maxPort, start: SNATPorts.start(&draws))
        : SNATPorts.Search(keeping: port, start: SNATPorts.start(&draws))
      let new = entry
      let base = current
      current.sourcePort = SNATPorts.find(search, &draws) { port, isLate in
        var candidate = base
        candidate.sourcePort = port
        return isFree(candidate.reversed, for: new, evicting: isLate, now: now)
      }
    }
    if current != before { entry.status.insert(.sourceTranslated) }
    entry.reply = current.reversed
  }

  /// Whether no other connection would get these answers. With `evicting`, one that is over makes room: a translated TCP
  /// connection in TIME_WAIT or later, if the new one's sequence numbers are beyond its own.
  ///
  /// Source: nf_nat_core.c, `nf_nat_used_tuple_harder`, `nf_nat_may_kill` and `nf_seq_has_advanced`; tried on Linux 6.18
  /// with ten ports and 25 connections one after another.
  private func isFree(
    _ reply: FlowTuple, for new: ConntrackEntry, evicting: Bool, now: SimTime
  ) -> Bool {
    guard let (row, direction) = lookup(reply, new.node, now: now) else { return true }
    guard evicting, new.original.protocol == .tcp, new.tcp == .synSent, direction == .reply else { return false }
    let old = self[row]
    guard old.tcp.rawValue >= TCPTracking.timeWait.rawValue, old.status.contains(.sourceTranslated),
      Int32(bitPattern: new.initialSequence &- old.initialSequence) > 0
    else { return false }
    remove(row)
    return true
  }
}
