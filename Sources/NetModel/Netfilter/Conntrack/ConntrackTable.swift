// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The tracked connections of all nodes of a world.
///
/// A hash table of our own: a slot is 32 bits of hash, a row and a direction; at most half of the slots are used, and
/// a row is looked at only when the hash agrees. Iteration goes in row order.
///
/// Expiry: an entry's deadline moves with each packet; the caller keeps one event a row, made when `confirm` or
/// `update` say so, and asks `expire` when it fires.
public final class ConntrackTable {
  private var slots: UnsafeMutablePointer<UInt64>
  private var slotMask: UInt64
  private var usedSlots = 0
  private var rows: UnsafeMutablePointer<ConntrackEntry>
  private var rowCapacity: Int
  private var rowCount = 0
  private var freeRows: [UInt32] = []
  private var counts: [UInt32] = []
  private var maxima: [UInt32] = []

  /// The time-outs of all nodes.
  public var timeouts: ConntrackTimeouts
  /// How many entries a node may have unless set otherwise. Default 262144 (nf_conntrack-sysctl.rst, nf_conntrack_max).
  public var defaultMaximum: UInt32 = 262_144
  /// Packets dropped because a table was full.
  public private(set) var droppedFull: UInt64 = 0
  /// Entries removed early to make room.
  public private(set) var droppedEarly: UInt64 = 0
  /// Packets dropped because their reply tuple was taken.
  public private(set) var droppedClash: UInt64 = 0

  /// Slack before an entry whose deadline moved closer gets a second event.
  ///
  /// An entry past its deadline is never found again; until its event it only counts, as in Linux until the next
  /// round of `gc_worker`, at most a minute later (nf_conntrack_core.c, GC_SCAN_INTERVAL_MAX).
  static let collectionSlack = SimDuration.seconds(60)

  /// Makes an empty table.
  public init(timeouts: ConntrackTimeouts = ConntrackTimeouts()) {
    self.timeouts = timeouts
    slots = .allocate(capacity: 64)
    slots.initialize(repeating: 0, count: 64)
    slotMask = 63
    rowCapacity = 32
    rows = .allocate(capacity: rowCapacity)
  }

  deinit {
    slots.deallocate()
    rows.deallocate()
  }

  /// How many entries there are.
  public var count: Int { rowCount - freeRows.count }

  /// How many entries a node has.
  public func count(_ node: NodeID) -> Int { node.index < counts.count ? Int(counts[node.index]) : 0 }

  /// Sets how many entries a node may have.
  public func setMaximum(_ node: NodeID, _ maximum: UInt32) {
    grow(to: node)
    maxima[node.index] = maximum
  }

  /// The entry of a row that is in use.
  public subscript(row: ConntrackRow) -> ConntrackEntry {
    get {
      precondition(row.index < rowCount)
      return rows[row.index]
    }
  }

  /// Sets the connection's mark.
  public func setMark(_ row: ConntrackRow, _ mark: UInt32) {
    precondition(row.index < rowCount)
    rows[row.index].mark = mark
  }

  /// Whether a row holds an entry.
  public func isLive(_ row: ConntrackRow) -> Bool {
    row.index < rowCount && rows[row.index].status.contains(.confirmed)
  }

  // MARK: Looking up

  @inline(__always)
  private static func hash(_ tuple: FlowTuple) -> UInt32 {
    let product = (tuple.addresses ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: tuple.ports ^ 0xd6e8_feb8_6659_fd93)
    let mixed = (product.high ^ product.low).multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
    return UInt32(truncatingIfNeeded: mixed.high ^ mixed.low)
  }

  /// The entry of a tuple on a node and the packet's direction in it; nil when there is none or it has expired.
  public func lookup(_ tuple: FlowTuple, _ node: NodeID, now: SimTime) -> (row: ConntrackRow, direction: FlowDirection)? {
    let key = tuple.on(node)
    guard let (row, direction) = find(key) else { return nil }
    if rows[Int(row)].deadline <= now {
      remove(ConntrackRow(rawValue: row))
      return nil
    }
    return (ConntrackRow(rawValue: row), direction)
  }

  @inline(__always)
  private func find(_ key: FlowTuple) -> (row: UInt32, direction: FlowDirection)? {
    let hash = ConntrackTable.hash(key)
    var place = UInt64(hash) & slotMask
    while true {
      let slot = slots[Int(place)]
      if slot == 0 { return nil }
      if UInt32(truncatingIfNeeded: slot >> 32) == hash {
        let low = UInt32(truncatingIfNeeded: slot)
        let row = (low >> 1) &- 1
        if low & 1 == 0 {
          if rows[Int(row)].original == key { return (row, .original) }
        } else if rows[Int(row)].reply == key {
          return (row, .reply)
        }
      }
      place = (place &+ 1) & slotMask
    }
  }

  /// Whether an entry of this node has the tuple, in either direction. Expired ones do not count.
  func isTaken(_ tuple: FlowTuple, _ node: NodeID, now: SimTime) -> Bool { lookup(tuple, node, now: now) != nil }

  // MARK: Making and removing

  /// Whether the node has room for one more, after an early drop if need be; counts the packet as dropped if not.
  ///
  /// Source: nf_conntrack_core.c, `__nf_conntrack_alloc` and `early_drop`: of up to eight entries near the new one's
  /// place in the table, the first that is not assured goes.
  public func admit(_ tuple: FlowTuple, _ node: NodeID, now: SimTime) -> Bool {
    grow(to: node)
    let maximum = maxima[node.index] == 0 ? defaultMaximum : maxima[node.index]
    guard counts[node.index] >= maximum else { return true }
    var place = UInt64(ConntrackTable.hash(tuple.on(node))) & slotMask
    var seen = 0
    // The table is shared: pass over other nodes' entries, but not for ever.
    for _ in 0..<min(Int(slotMask) + 1, 4096) where seen < 8 {
      let slot = slots[Int(place)]
      place = (place &+ 1) & slotMask
      if slot == 0 { continue }
      let row = Int((UInt32(truncatingIfNeeded: slot) >> 1) &- 1)
      guard rows[row].node == node else { continue }
      seen += 1
      if !rows[row].status.contains(.assured) || rows[row].deadline <= now {
        droppedEarly += 1
        remove(ConntrackRow(rawValue: UInt32(row)))
        return true
      }
    }
    droppedFull += 1
    return false
  }

  /// What `confirm` did.
  public enum Confirmation: Hashable, Sendable, BitwiseCopyable {
    /// The entry is in the table; its expiry event is due at this instant.
    case made(ConntrackRow, expiry: SimTime)
    /// Another entry has one of its tuples: the packet is dropped.
    case clash
  }

  /// Enters a new connection, once all rules have let its first packet through.
  ///
  /// Source: nf_conntrack_core.c, `__nf_conntrack_confirm`; clash resolution is not modelled.
  public func confirm(_ new: ConntrackEntry, now: SimTime) -> Confirmation {
    if isTaken(new.original, new.node, now: now) || isTaken(new.reply, new.node, now: now) {
      droppedClash += 1
      return .clash
    }
    if 2 * (usedSlots + 2) > Int(slotMask) + 1 { growSlots() }
    let row: UInt32
    if let free = freeRows.popLast() {
      row = free
    } else {
      if rowCount == rowCapacity { growRows() }
      row = UInt32(rowCount)
      (rows + rowCount).initialize(to: new)
      rowCount += 1
    }
    var entry = new
    entry.status.insert(.confirmed)
    entry.armed = entry.deadline
    rows[Int(row)] = entry
    insert(ConntrackTable.hash(entry.original), (row + 1) << 1)
    insert(ConntrackTable.hash(entry.reply), (row + 1) << 1 | 1)
    grow(to: entry.node)
    counts[entry.node.index] += 1
    return .made(ConntrackRow(rawValue: row), expiry: entry.deadline)
  }

  @inline(__always)
  private func insert(_ hash: UInt32, _ low: UInt32) {
    var place = UInt64(hash) & slotMask
    while slots[Int(place)] != 0 { place = (place &+ 1) & slotMask }
    slots[Int(place)] = UInt64(hash) << 32 | UInt64(low)
    usedSlots += 1
  }

  /// Takes a slot out and moves up those that were pushed past it.
  @inline(__always)
  private func erase(_ hash: UInt32, _ low: UInt32) {
    let wanted = UInt64(hash) << 32 | UInt64(low)
    var hole = UInt64(hash) & slotMask
    while slots[Int(hole)] != wanted {
      if slots[Int(hole)] == 0 { return }
      hole = (hole &+ 1) & slotMask
    }
    var place = hole
    while true {
      place = (place &+ 1) & slotMask
      let slot = slots[Int(place)]
      if slot == 0 { break }
      let home = slot >> 32 & slotMask
      // It may move if its home is not between the hole and its place.
      if (place &- home) & slotMask >= (place &- hole) & slotMask {
        slots[Int(hole)] = slot
        hole = place
      }
    }
    slots[Int(hole)] = 0
    usedSlots -= 1
  }

  /// Removes an entry; nothing when the row is free.
  public func remove(_ row: ConntrackRow) {
    guard isLive(row) else { return }
    let entry = rows[row.index]
    erase(ConntrackTable.hash(entry.original), (row.rawValue + 1) << 1)
    erase(ConntrackTable.hash(entry.reply), (row.rawValue + 1) << 1 | 1)
    rows[row.index].status = []
    counts[entry.node.index] -= 1
    freeRows.append(row.rawValue)
  }

  private func growSlots() {
    let old = slots
    let oldCount = Int(slotMask) + 1
    slots = .allocate(capacity: oldCount * 2)
    slots.initialize(repeating: 0, count: oldCount * 2)
    slotMask = UInt64(oldCount * 2 - 1)
    usedSlots = 0
    for place in 0..<oldCount where old[place] != 0 {
      insert(UInt32(truncatingIfNeeded: old[place] >> 32), UInt32(truncatingIfNeeded: old[place]))
    }
    old.deallocate()
  }

  private func growRows() {
    let wider = UnsafeMutablePointer<ConntrackEntry>.allocate(capacity: rowCapacity * 2)
    wider.update(from: rows, count: rowCount)
    rows.deallocate()
    rows = wider
    rowCapacity *= 2
  }

  private func grow(to node: NodeID) {
    while counts.count <= node.index {
      counts.append(0)
      maxima.append(0)
    }
  }

  // MARK: Time

  /// What becomes of a row whose expiry event fired.
  public enum Expiry: Hashable, Sendable, BitwiseCopyable {
    /// The entry is gone.
    case gone
    /// A packet came: ask again then.
    case again(at: SimTime)
    /// Another event will ask, or nothing is there: forget this one.
    case superseded
  }

  /// Answers a row's expiry event.
  public func expire(_ row: ConntrackRow, now: SimTime) -> Expiry {
    guard isLive(row), rows[row.index].armed == now else { return .superseded }
    let deadline = rows[row.index].deadline
    if deadline <= now {
      remove(row)
      return .gone
    }
    rows[row.index].armed = deadline
    return .again(at: deadline)
  }

  /// Lets an entry live until `timeout` from now, and says when a further event is needed, if one is.
  @inline(__always)
  private func touch(_ row: Int, _ now: SimTime, _ timeout: SimDuration) -> SimTime? {
    let deadline = now.later(timeout)
    rows[row].deadline = deadline
    guard deadline.later(ConntrackTable.collectionSlack) < rows[row].armed else { return nil }
    rows[row].armed = deadline
    return deadline
  }

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
  public func update(
    _ row: ConntrackRow, _ direction: FlowDirection, flags: TCPFlags, now: SimTime
  ) -> Update {
    precondition(row.index < rowCount)
    let index = row.index
    var result = Update(outcome: .tracked, states: rows[index].states(direction), rearm: nil)
    switch rows[index].original.protocol {
    case .tcp:
      updateTCP(row, direction, flags, now, &result)
      if result.outcome != .tracked { return result }
    case .udp:
      if rows[index].status.contains(.seenReply) {
        let isStream = rows[index].streamFrom < now
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

  // MARK: Many

  /// The rows in use, in row order.
  public var liveRows: [ConntrackRow] {
    (0..<UInt32(rowCount)).map(ConntrackRow.init(rawValue:)).filter(isLive)
  }

  /// Removes the entries that a filter picks, in row order; returns how many.
  ///
  /// kube-proxy's cleanup of UDP entries is the use (pkg/proxy/conntrack/cleanup.go).
  public func flush(where picks: (ConntrackEntry) -> Bool) -> Int {
    var removed = 0
    for row in 0..<UInt32(rowCount) {
      let id = ConntrackRow(rawValue: row)
      if isLive(id), picks(rows[Int(row)]) {
        remove(id)
        removed += 1
      }
    }
    return removed
  }

  /// Whether both slots of every entry are found and nothing else is in the table.
  func holdsInvariants() -> Bool {
    for row in liveRows {
      let entry = rows[row.index]
      guard let a = find(entry.original), let b = find(entry.reply) else { return false }
      if a.row != row.rawValue || b.row != row.rawValue || a.direction != .original { return false }
      // A connection of an address and port with itself has one tuple both ways.
      if b.direction != .reply, entry.original != entry.reply { return false }
    }
    return usedSlots == 2 * count && counts.reduce(0) { $0 + Int($1) } == count
  }
}
