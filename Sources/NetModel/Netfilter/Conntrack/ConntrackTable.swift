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
  /// Behind a pointer, where no access needs to be checked for exclusivity at run time.
  private let state: UnsafeMutablePointer<ConntrackState>

  /// The time-outs of all nodes.
  public var timeouts: ConntrackTimeouts {
    get { state.pointee.timeouts }
    set { state.pointee.timeouts = newValue }
  }
  /// How many entries a node may have unless set otherwise. Default 262144 (nf_conntrack-sysctl.rst, nf_conntrack_max).
  public var defaultMaximum: UInt32 {
    get { state.pointee.defaultMaximum }
    set { state.pointee.defaultMaximum = newValue }
  }
  /// Packets dropped because a table was full.
  public var droppedFull: UInt64 { state.pointee.droppedFull }
  /// Entries removed early to make room.
  public var droppedEarly: UInt64 { state.pointee.droppedEarly }
  /// Packets dropped because their reply tuple was taken.
  public var droppedClash: UInt64 { state.pointee.droppedClash }

  var rows: UnsafeMutablePointer<ConntrackEntry> { state.pointee.rows }
  private var rowCount: Int { state.pointee.rowCount }
  private var slots: UnsafeMutablePointer<UInt64> { state.pointee.slots }
  private var slotMask: UInt64 { state.pointee.slotMask }

  /// Slack before an entry whose deadline moved closer gets a second event.
  ///
  /// An entry past its deadline is never found again; until its event it only counts, as in Linux until the next
  /// round of `gc_worker`, at most a minute later (nf_conntrack_core.c, GC_SCAN_INTERVAL_MAX).
  static let collectionSlack = SimDuration.seconds(60)

  /// Makes an empty table.
  public init(timeouts: ConntrackTimeouts = ConntrackTimeouts()) {
    state = .allocate(capacity: 1)
    state.initialize(to: ConntrackState(timeouts: timeouts))
  }

  deinit {
    state.pointee.slots.deallocate()
    state.pointee.rows.deallocate()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// How many entries there are.
  public var count: Int { rowCount - state.pointee.freeCount }

  /// How many entries a node has.
  public func count(_ node: NodeID) -> Int {
    node.index < state.pointee.nodes.count ? Int(state.pointee.nodes[node].count) : 0
  }

  /// Sets how many entries a node may have.
  public func setMaximum(_ node: NodeID, _ maximum: UInt32) {
    grow(to: node)
    state.pointee.nodes[node].maximum = maximum
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
    let product = foldedProduct(tuple.addresses ^ 0x9e37_79b9_7f4a_7c15, tuple.ports ^ 0xd6e8_feb8_6659_fd93)
    return UInt32(truncatingIfNeeded: foldedProduct(product, 0xa076_1d64_78bd_642f))
  }

  /// Brings the slot of a tuple closer; worth it when a packet is sent that will be looked up on its arrival.
  @inline(__always)
  public func prefetch(_ tuple: FlowTuple, _ node: NodeID) {
    prefetchLine(slots + Int(UInt64(ConntrackTable.hash(tuple.on(node))) & slotMask))
  }

  /// The entry of a tuple on a node and the packet's direction in it; nil when there is none or it has expired.
  public func lookup(_ tuple: FlowTuple, _ node: NodeID, now: SimTime) -> (row: ConntrackRow, direction: FlowDirection)?
  {
    let key = tuple.on(node)
    return lookup(key, hash: ConntrackTable.hash(key), now: now)
  }

  @inline(__always) private func lookup(
    _ key: FlowTuple, hash: UInt32, now: SimTime
  ) -> (row: ConntrackRow, direction: FlowDirection)? {
    guard let (row, direction) = find(key, hash: hash) else { return nil }
    if rows[Int(row)].deadline <= now {
      remove(ConntrackRow(rawValue: row))
      return nil
    }
    return (ConntrackRow(rawValue: row), direction)
  }

  @inline(__always)
  private func find(_ key: FlowTuple, hash: UInt32) -> (row: UInt32, direction: FlowDirection)? {
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
    let share = state.pointee.nodes[node]
    let maximum = share.maximum == 0 ? defaultMaximum : share.maximum
    guard share.count >= maximum else { return true }
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
        state.pointee.droppedEarly += 1
        remove(ConntrackRow(rawValue: UInt32(row)))
        return true
      }
    }
    state.pointee.droppedFull += 1
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
    let hashes = (original: ConntrackTable.hash(new.original), reply: ConntrackTable.hash(new.reply))
    if lookup(new.original, hash: hashes.original, now: now) != nil
      || lookup(new.reply, hash: hashes.reply, now: now) != nil
    {
      state.pointee.droppedClash += 1
      return .clash
    }
    if 2 * (state.pointee.usedSlots + 2) > Int(slotMask) + 1 { growSlots() }
    let row: UInt32
    if state.pointee.firstFree != .max {
      row = state.pointee.firstFree
      state.pointee.firstFree = rows[Int(row)].mark
      state.pointee.freeCount -= 1
    } else {
      if rowCount == state.pointee.rowCapacity { growRows() }
      row = UInt32(rowCount)
      (rows + rowCount).initialize(to: new)
      state.pointee.rowCount += 1
    }
    var entry = new
    entry.status.insert(.confirmed)
    entry.armed = entry.deadline
    rows[Int(row)] = entry
    insert(hashes.original, (row + 1) << 1)
    insert(hashes.reply, (row + 1) << 1 | 1)
    grow(to: entry.node)
    state.pointee.nodes[entry.node].count += 1
    return .made(ConntrackRow(rawValue: row), expiry: entry.deadline)
  }

  @inline(__always)
  private func insert(_ hash: UInt32, _ low: UInt32) {
    var place = UInt64(hash) & slotMask
    while slots[Int(place)] != 0 { place = (place &+ 1) & slotMask }
    slots[Int(place)] = UInt64(hash) << 32 | UInt64(low)
    state.pointee.usedSlots += 1
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
    state.pointee.usedSlots -= 1
  }

  /// Removes an entry; nothing when the row is free.
  public func remove(_ row: ConntrackRow) {
    guard isLive(row) else { return }
    let entry = rows[row.index]
    let hashes = (original: ConntrackTable.hash(entry.original), reply: ConntrackTable.hash(entry.reply))
    // The second miss need not wait for the first.
    prefetchLine(slots + Int(UInt64(hashes.reply) & slotMask))
    erase(hashes.original, (row.rawValue + 1) << 1)
    erase(hashes.reply, (row.rawValue + 1) << 1 | 1)
    rows[row.index].status = []
    rows[row.index].mark = state.pointee.firstFree
    state.pointee.nodes[entry.node].count -= 1
    state.pointee.firstFree = row.rawValue
    state.pointee.freeCount += 1
  }

  private func growSlots() {
    let old = slots
    let oldCount = Int(slotMask) + 1
    state.pointee.slots = .allocate(capacity: oldCount * 2)
    slots.initialize(repeating: 0, count: oldCount * 2)
    state.pointee.slotMask = UInt64(oldCount * 2 - 1)
    state.pointee.usedSlots = 0
    for place in 0..<oldCount where old[place] != 0 {
      insert(UInt32(truncatingIfNeeded: old[place] >> 32), UInt32(truncatingIfNeeded: old[place]))
    }
    old.deallocate()
  }

  private func growRows() {
    let wider = UnsafeMutablePointer<ConntrackEntry>.allocate(capacity: state.pointee.rowCapacity * 2)
    wider.update(from: rows, count: rowCount)
    rows.deallocate()
    state.pointee.rows = wider
    state.pointee.rowCapacity *= 2
  }

  @inline(__always) private func grow(to node: NodeID) {
    if state.pointee.nodes.count <= node.index { addCounts(to: node) }
  }

  @inline(never) private func addCounts(to node: NodeID) {
    while state.pointee.nodes.count <= node.index { state.pointee.nodes.append(ConntrackState.NodeShare()) }
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
  func touch(_ row: Int, _ now: SimTime, _ timeout: SimDuration) -> SimTime? {
    let deadline = now + timeout
    rows[row].deadline = deadline
    guard deadline + ConntrackTable.collectionSlack < rows[row].armed else { return nil }
    rows[row].armed = deadline
    return deadline
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
      guard let a = find(entry.original, hash: ConntrackTable.hash(entry.original)),
        let b = find(entry.reply, hash: ConntrackTable.hash(entry.reply))
      else { return false }
      if a.row != row.rawValue || b.row != row.rawValue || a.direction != .original { return false }
      // A connection of an address and port with itself has one tuple both ways.
      if b.direction != .reply, entry.original != entry.reply { return false }
    }
    return state.pointee.usedSlots == 2 * count
      && state.pointee.nodes.ids.reduce(0) { $0 + Int(state.pointee.nodes[$1].count) } == count
  }
}
