// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The lists of `recent` on all nodes: who was sent to an endpoint, and when.
///
/// A list holds 100 addresses, the oldest goes first: ClientIP affinity fails beyond 100 clients an endpoint.
/// Source: Linux, net/netfilter/xt_recent.c, `ip_list_tot`, `recent_mt`.
final class AffinityLists {
  static let capacity = 100
  private var places = FlatMap64<UInt32>()
  private var lists: [[Entry]] = []

  private struct Entry {
    var address: AddressID
    var seen: SimTime
    var hits: UInt32
  }

  /// Asks and changes a list of a node.
  func ask(_ query: RecentQuery, node: NodeID, now: SimTime) -> Bool {
    let key = UInt64(node.rawValue) << 32 | UInt64(query.list.rawValue)
    let list: Int
    if let known = places.find(key) {
      list = Int(known)
    } else {
      list = lists.count
      lists.append([])
      places.insert(key, UInt32(list))
    }
    let at = lists[list].firstIndex { $0.address == query.address }
    var matched: Bool
    switch query.operation {
    case .set:
      touch(list, at, query.address, now)
      matched = true
    case .remove:
      matched = at != nil
      if let at { lists[list].remove(at: at) }
    case .check, .update:
      matched = at.map { isRecent(lists[list][$0], query, now) } ?? false
      if query.operation == .update, matched { touch(list, at, query.address, now) }
    }
    if query.reap, let oldest = lists[list].first, query.seconds > 0,
      oldest.seen + .seconds(Int64(query.seconds)) < now
    {
      lists[list].removeFirst()
    }
    return matched != query.negated
  }

  private func isRecent(_ entry: Entry, _ query: RecentQuery, _ now: SimTime) -> Bool {
    if query.seconds > 0, entry.seen + .seconds(Int64(query.seconds)) < now { return false }
    return query.hitCount == 0 || entry.hits >= query.hitCount
  }

  /// Lists are kept in the order of their last touch, oldest first.
  private func touch(_ list: Int, _ at: Int?, _ address: AddressID, _ now: SimTime) {
    var entry = Entry(address: address, seen: now, hits: 1)
    if let at {
      entry.hits = lists[list][at].hits &+ 1
      lists[list].remove(at: at)
    } else if lists[list].count == AffinityLists.capacity {
      lists[list].removeFirst()
    }
    lists[list].append(entry)
  }
}
