// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The conntrack tables of all nodes in one: the node is part of the key.
///
/// Both tuples of an entry are found by hash: open addressing, 8-byte slots of hash, row and direction, at most half
/// full, deletion by shifting back without looking at a neighbour's row. Rows have their deadline; one event a row asks
/// `expire`, which says whether to ask again. Iteration is in row order only.
///
/// Source of the behaviour: Linux, net/netfilter/nf_conntrack_core.c.
public struct ConntrackTable: ~Copyable {
  private var rows = Slab<ConntrackRow, ConntrackEntry>(minimumCapacity: 1024)
  private var slots: UnsafeMutablePointer<UInt64>
  private var mask: Int
  private var shift: UInt64
  private var used = 0
  private var counts: [Int] = []
  private var timeouts: ConntrackTimeouts
  /// The most entries a node may have; more are refused unless an unassured one can go.
  public let maximum: Int
  private var evictionCursor = 0

  /// What became of an entry when its time was thought to be up.
  enum Expiry {
    /// It is gone, or the question was overtaken.
    case over
    /// It was used meanwhile: ask again then.
    case again(SimTime)
  }

  /// What a packet of a known connection comes to.
  enum Judgement {
    /// It belongs to the connection.
    case valid
    /// It is INVALID: no state, no NAT.
    case invalid
    /// It opens the connection anew: the entry is gone, look at the packet as a new one.
    case reopens
  }

  /// Where a tuple was found.
  struct Hit: BitwiseCopyable {
    var id: ConntrackID
    var isReply: Bool
  }

  /// Makes empty tables.
  public init(timeouts: ConntrackTimeouts, maximum: Int) {
    self.timeouts = timeouts
    self.maximum = maximum
    mask = (1 << 12) - 1
    shift = 64 - 12
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: 0, count: mask + 1)
  }

  deinit { slots.deallocate() }

  /// The number of entries of all nodes.
  public var count: Int { rows.count }

  /// The number of a node's entries.
  public func count(on node: NodeID) -> Int { node.index < counts.count ? counts[node.index] : 0 }

  /// An entry.
  subscript(id: ConntrackID) -> ConntrackEntry {
    @inline(__always) unsafeAddress { pointer(id) }
  }

  @inline(__always) private func pointer(_ id: ConntrackID) -> UnsafePointer<ConntrackEntry> {
    withUnsafePointer(to: rows[id]) { $0 }
  }

  /// The row's generation, for its expiry event.
  func generation(_ id: ConntrackID) -> UInt32 { rows.generation(id) }

  // MARK: Looking up

  @inline(__always) private static func hash(_ tuple: FlowTuple) -> UInt64 {
    foldedProduct(tuple.addresses ^ 0x9e37_79b9_7f4a_7c15, tuple.ports ^ 0xd6e8_feb8_6659_fd93)
  }

  // A slot is hash (upper 32 bits) | row + 1 (31 bits) | direction.
  @inline(__always) private static func slot(_ hash: UInt64, _ id: ConntrackID, isReply: Bool) -> UInt64 {
    hash & 0xffff_ffff_0000_0000 | (UInt64(id.rawValue) &+ 1) &<< 1 | (isReply ? 1 : 0)
  }

  @inline(__always) private static func id(_ slot: UInt64) -> ConntrackID {
    ConntrackID(rawValue: UInt32(truncatingIfNeeded: (slot & 0xffff_ffff) &>> 1) &- 1)
  }

  /// The entry that a packet on a node belongs to, and the packet's direction.
  @inline(__always) func lookup(_ tuple: FlowTuple, _ node: NodeID) -> Hit? {
    let key = tuple.on(node)
    let hash = ConntrackTable.hash(key)
    var i = Int(truncatingIfNeeded: hash &>> shift)
    while true {
      let slot = slots[i]
      if slot == 0 { return nil }
      if (slot ^ hash) &>> 32 == 0 {
        let id = ConntrackTable.id(slot)
        let isReply = slot & 1 == 1
        if (isReply ? rows[id].reply : rows[id].original) == key { return Hit(id: id, isReply: isReply) }
      }
      i = (i &+ 1) & mask
    }
  }

  /// Asks the processor to bring a tuple's slot closer; changes nothing.
  @inline(__always) func prefetch(_ tuple: FlowTuple, _ node: NodeID) {
    let hash = ConntrackTable.hash(tuple.on(node))
    prefetchLine(UnsafeRawPointer(slots + Int(truncatingIfNeeded: hash &>> shift)))
  }

  /// Whether some connection of the node has this tuple in either direction.
  func isTaken(_ tuple: FlowTuple, _ node: NodeID) -> Bool { lookup(tuple, node) != nil }

  // MARK: Changing

  /// Enters a new connection under both its tuples; nil when the node's table is full.
  ///
  /// - Precondition: neither tuple is taken on the node.
  mutating func insert(
    original: FlowTuple, reply: FlowTuple, on node: NodeID, status: ConntrackEntry.Status, mark: UInt32,
    flags: TCPFlags, now: SimTime
  ) -> ConntrackID? {
    while counts.count <= node.index { counts.append(0) }
    if counts[node.index] >= maximum, !evictUnassured(on: node) { return nil }
    let isTCP = original.protocol == .tcp
    // A bare ACK picks a connection up in the middle (nf_conntrack_tcp_loose).
    let state: ConntrackTCPState = !isTCP ? .none : flags.contains(.syn) ? .synSent : .established
    var entry = ConntrackEntry(
      original: original.on(node), reply: reply.on(node), deadline: .zero, eventAt: .never, created: now, mark: mark,
      state: state, status: status, eventNumber: 0)
    entry.deadline = now + firstTimeout(entry)
    let id = rows.insert(entry)
    link(entry.original, id, isReply: false)
    link(entry.reply, id, isReply: true)
    counts[node.index] += 1
    return id
  }

  private func firstTimeout(_ entry: ConntrackEntry) -> SimDuration {
    switch entry.original.protocol {
    case .tcp: timeouts.timeout(entry.state)
    case .udp: timeouts.udp
    case .icmp, .icmpv6: timeouts.icmp
    case .sctp: timeouts.sctpCookie
    default: timeouts.generic
    }
  }

  /// Brings an entry up to date with a packet of its connection.
  @inline(__always) mutating func update(_ hit: Hit, flags: TCPFlags, now: SimTime) -> Judgement {
    if rows[hit.id].original.protocol == .tcp { return updateTCP(hit, flags, now) }
    if hit.isReply { rows[hit.id].status.insert(.seenReply) }
    let entry = rows[hit.id]
    let timeout: SimDuration
    switch entry.original.protocol {
    case .udp:
      // Source: nf_conntrack_proto_udp.c, nf_conntrack_udp_packet.
      let isStream = entry.status.contains(.seenReply) && now - entry.created >= timeouts.udpStreamAge
      if isStream { rows[hit.id].status.insert(.assured) }
      timeout = isStream ? timeouts.udpStream : timeouts.udp
    case .sctp:
      timeout = entry.status.contains(.seenReply) ? timeouts.sctpEstablished : timeouts.sctpCookie
    case .icmp, .icmpv6: timeout = timeouts.icmp
    default: timeout = timeouts.generic
    }
    rows[hit.id].deadline = now + timeout
    return .valid
  }

  private mutating func updateTCP(_ hit: Hit, _ flags: TCPFlags, _ now: SimTime) -> Judgement {
    let state = rows[hit.id].state
    let next = ConntrackTCPTransitions.next(state, isReply: hit.isReply, flags)
    if next == ConntrackTCPTransitions.Step.invalid.rawValue { return .invalid }
    if next == ConntrackTCPTransitions.Step.ignore.rawValue { return .valid }
    guard let new = ConntrackTCPState(rawValue: next) else { return .invalid }
    if new == .synSent, state == .timeWait || state == .close, !hit.isReply {
      remove(hit.id)
      return .reopens
    }
    if hit.isReply { rows[hit.id].status.insert(.seenReply) }
    if flags.contains(.rst), !rows[hit.id].status.contains(.seenReply) || state == .synSent {
      // The only answer is an RST: there never was a connection.
      remove(hit.id)
      return .valid
    }
    if new == .established, state == .synReceived || state == .established {
      rows[hit.id].status.insert(.assured)
    }
    rows[hit.id].state = new
    rows[hit.id].deadline = now + timeouts.timeout(new)
    return .valid
  }

  /// Takes an entry out.
  mutating func remove(_ id: ConntrackID) {
    let entry = rows[id]
    unlink(entry.original, id, isReply: false)
    unlink(entry.reply, id, isReply: true)
    counts[entry.node.index] -= 1
    rows.remove(id)
  }

  private mutating func link(_ tuple: FlowTuple, _ id: ConntrackID, isReply: Bool) {
    if used &* 2 > mask { grow() }
    let hash = ConntrackTable.hash(tuple)
    var i = Int(truncatingIfNeeded: hash &>> shift)
    while slots[i] != 0 { i = (i &+ 1) & mask }
    slots[i] = ConntrackTable.slot(hash, id, isReply: isReply)
    used &+= 1
  }

  private mutating func unlink(_ tuple: FlowTuple, _ id: ConntrackID, isReply: Bool) {
    let hash = ConntrackTable.hash(tuple)
    let wanted = ConntrackTable.slot(hash, id, isReply: isReply)
    var i = Int(truncatingIfNeeded: hash &>> shift)
    while slots[i] != wanted {
      precondition(slots[i] != 0, "a conntrack tuple is not where its hash says")
      i = (i &+ 1) & mask
    }
    var j = i
    while true {
      j = (j &+ 1) & mask
      let slot = slots[j]
      if slot == 0 { break }
      // The upper 32 bits of the hash are in the slot, and the home place uses at most 31 of them.
      let home = Int(truncatingIfNeeded: slot &>> shift)
      if (j &- home) & mask >= (j &- i) & mask {
        slots[i] = slot
        i = j
      }
    }
    slots[i] = 0
    used &-= 1
  }

  @inline(never) private mutating func grow() {
    let old = slots
    let oldCount = mask + 1
    precondition(shift > 33, "more conntrack entries than a slot's hash can tell apart")
    shift -= 1
    mask = oldCount * 2 - 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: 0, count: mask + 1)
    for k in 0..<oldCount where old[k] != 0 {
      var i = Int(truncatingIfNeeded: old[k] &>> shift)
      while slots[i] != 0 { i = (i &+ 1) & mask }
      slots[i] = old[k]
    }
    old.deallocate()
  }

  /// Makes room on a full node by taking out an unassured entry, if one is near.
  ///
  /// The kernel looks through a few hash buckets (early_drop_list); so few rows are looked at here, round the table.
  private mutating func evictUnassured(on node: NodeID) -> Bool {
    for _ in 0..<min(rows.extent, 256) {
      evictionCursor = evictionCursor + 1 < rows.extent ? evictionCursor + 1 : 0
      let id = ConntrackID(index: evictionCursor)
      if rows.isLive(id), rows[id].node == node, !rows[id].status.contains(.assured) {
        remove(id)
        return true
      }
    }
    return false
  }

  // MARK: Time

  /// When to ask `expire` about an entry next, if it must be asked earlier than is planned; the number goes with it.
  @inline(__always) mutating func rearm(_ id: ConntrackID) -> (at: SimTime, number: UInt16)? {
    guard rows[id].deadline < rows[id].eventAt else { return nil }
    rows[id].eventNumber &+= 1
    rows[id].eventAt = rows[id].deadline
    return (rows[id].deadline, rows[id].eventNumber)
  }

  /// Says that the expiry event of an entry has fired.
  mutating func expire(_ id: ConntrackID, generation: UInt16, number: UInt16, now: SimTime) -> Expiry {
    guard rows.isLive(id), UInt16(truncatingIfNeeded: rows.generation(id)) == generation,
      rows[id].eventNumber == number
    else { return .over }
    if rows[id].deadline <= now {
      remove(id)
      return .over
    }
    rows[id].eventAt = rows[id].deadline
    return .again(rows[id].deadline)
  }

  // MARK: Sweeping

  /// Takes out the entries of a node that meet a condition, in row order; says how many.
  ///
  /// - Complexity: O(entries of all nodes).
  mutating func flush(on node: NodeID, where condition: (ConntrackEntry) -> Bool) -> Int {
    var flushed = 0
    for index in 0..<rows.extent {
      let id = ConntrackID(index: index)
      if rows.isLive(id), rows[id].node == node, condition(rows[id]) {
        remove(id)
        flushed += 1
      }
    }
    return flushed
  }
}
