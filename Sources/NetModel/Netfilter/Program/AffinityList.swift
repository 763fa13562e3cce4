// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The lists of the `recent` match, of all nodes of a world: what ClientIP session affinity remembers.
///
/// A list holds 100 addresses; the one seen longest ago makes room for a new one.
/// Source: net/netfilter/xt_recent.c; `ip_list_tot` is 100.
public final class AffinityList {
  /// How many addresses a list holds (xt_recent's parameter ip_list_tot).
  public static let capacity = 100

  private struct Entry {
    /// The list and the address.
    var key: KeyPair
    /// The last times it was seen, the latest last; only the latest while no rule has counted hits of the list.
    var stamps: [SimTime]
    /// Neighbours in the order of use, `.max` at the ends.
    var older: UInt32
    var newer: UInt32
  }

  struct List: BitwiseCopyable {
    var oldest: UInt32 = .max
    var newest: UInt32 = .max
    var count = 0
    /// How many times an entry remembers: 256 once a rule counts hits (XT_RECENT_MAX_NSTAMPS).
    var stamps = 1
  }

  private var rows: [Entry] = []
  private var free: [UInt32] = []
  private var places = FlatMap128<UInt32>()
  private var lists = FlatMap64<List>()

  /// Makes no list.
  public init() {}

  /// How many addresses a node's list holds.
  public func count(_ node: NodeID, _ list: RecentListID) -> Int { lists.find(key(node, list))?.count ?? 0 }

  /// The addresses of a node's list, seen longest ago first.
  public func addresses(_ node: NodeID, _ list: RecentListID) -> [AddressID] {
    var found: [AddressID] = []
    var row = lists.find(key(node, list))?.oldest ?? .max
    while row != .max {
      found.append(AddressID(rawValue: UInt32(truncatingIfNeeded: rows[Int(row)].key.second)))
      row = rows[Int(row)].newer
    }
    return found
  }

  private func key(_ node: NodeID, _ list: RecentListID) -> UInt64 {
    UInt64(node.rawValue) << 32 | UInt64(list.rawValue)
  }

  /// Answers a query and changes the list as the kernel does (`recent_mt`).
  public func answer(_ query: RecentQuery, _ node: NodeID, now: SimTime) -> Bool {
    let list = key(node, query.list)
    let key = KeyPair(list, UInt64(query.address.rawValue))
    if query.hitCount > 1 {
      var counted = lists.find(list) ?? List()
      counted.stamps = 256
      lists.insert(list, counted)
    }
    guard let row = places.find(key) else {
      guard query.operation == .set else { return query.negated }
      insert(key, now)
      return !query.negated
    }
    var result = query.negated
    switch query.operation {
    case .set: result = !result
    case .remove:
      remove(row)
      return !result
    case .check, .update:
      // Before the run began nothing was seen: a span longer than the clock takes in everything.
      let span = UInt64(query.seconds) * 1_000_000_000
      let since = SimTime(nanoseconds: now.nanoseconds > span ? now.nanoseconds - span : 0)
      var hits: UInt32 = 0
      for stamp in rows[Int(row)].stamps where query.seconds == 0 || stamp >= since {
        hits += 1
        if query.hitCount == 0 || hits >= query.hitCount {
          result = !result
          break
        }
      }
      let renews = query.operation == .update && result
      if query.reap { reap(list, since: since, working: renews ? row : nil) }
      // The entry itself may have been the one that was reaped.
      guard renews, places.find(key) == row else { return result }
    }
    touch(row, now)
    return result
  }

  /// Drops the list's oldest entry if it was last seen before `since` (`recent_entry_reap`: one a packet).
  private func reap(_ list: UInt64, since: SimTime, working: UInt32?) {
    guard let oldest = lists.find(list)?.oldest, oldest != .max, oldest != working else { return }
    if let last = rows[Int(oldest)].stamps.last, last < since { remove(oldest) }
  }

  private func insert(_ key: KeyPair, _ now: SimTime) {
    if let list = lists.find(key.first), list.count >= AffinityList.capacity { remove(list.oldest) }
    let entry = Entry(key: key, stamps: [now], older: .max, newer: .max)
    let row: UInt32
    if let reused = free.popLast() {
      row = reused
      rows[Int(row)] = entry
    } else {
      row = UInt32(rows.count)
      rows.append(entry)
    }
    places.insert(key, row)
    link(row, key.first)
  }

  private func link(_ row: UInt32, _ list: UInt64) {
    var state = lists.find(list) ?? List()
    rows[Int(row)].older = state.newest
    rows[Int(row)].newer = .max
    if state.newest != .max { rows[Int(state.newest)].newer = row } else { state.oldest = row }
    state.newest = row
    state.count += 1
    lists.insert(list, state)
  }

  private func unlink(_ row: UInt32) {
    let entry = rows[Int(row)]
    guard var state = lists.find(entry.key.first) else { return }
    if entry.older != .max { rows[Int(entry.older)].newer = entry.newer } else { state.oldest = entry.newer }
    if entry.newer != .max { rows[Int(entry.newer)].older = entry.older } else { state.newest = entry.older }
    state.count -= 1
    lists.insert(entry.key.first, state)
  }

  private func remove(_ row: UInt32) {
    guard row != .max else { return }
    unlink(row)
    places.remove(rows[Int(row)].key)
    free.append(row)
  }

  private func touch(_ row: UInt32, _ now: SimTime) {
    let list = rows[Int(row)].key.first
    let kept = lists.find(list)?.stamps ?? 1
    if rows[Int(row)].stamps.count >= kept { rows[Int(row)].stamps.removeFirst() }
    rows[Int(row)].stamps.append(now)
    unlink(row)
    link(row, list)
  }
}
