// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How many ICMP errors a node sends: a second per destination, up to six saved, and 1000 a second in all, 50 saved.
///
/// Source: Linux, net/ipv4/icmp.c (icmp_msgs_per_sec, icmp_msgs_burst, sysctl_icmp_ratelimit 1000) and
/// net/ipv4/inetpeer.c, inet_peer_xrlim_allow (XRLIM_BURST_FACTOR 6).
struct ICMPLimits: ~Copyable {
  private var peers = FlatMap64<Bucket>()
  private var nodes = FlatMap64<Bucket>()

  struct Bucket: BitwiseCopyable {
    var tokens: Int64
    var at: SimTime
  }

  /// Whether an error may be sent to an address now; takes the tokens if so.
  mutating func allows(_ node: NodeID, _ destination: AddressID, now: SimTime) -> Bool {
    let second: Int64 = 1_000_000_000
    // Node-wide: a token is 1 ms of time, 50 of them at most.
    var whole = nodes.find(UInt64(node.rawValue)) ?? Bucket(tokens: 50 * second / 1000, at: now)
    whole.tokens = min(50 * second / 1000, whole.tokens + (now - whole.at).nanoseconds)
    whole.at = now
    let key = UInt64(node.rawValue) << 32 | UInt64(destination.rawValue)
    // A peer that was never heard of has its six tokens saved.
    var peer = peers.find(key) ?? Bucket(tokens: 6 * second, at: now)
    peer.tokens = min(6 * second, peer.tokens + (now - peer.at).nanoseconds)
    peer.at = now
    let allowed = whole.tokens >= second / 1000 && peer.tokens >= second
    if allowed {
      whole.tokens -= second / 1000
      peer.tokens -= second
    }
    nodes.insert(UInt64(node.rawValue), whole)
    peers.insert(key, peer)
    return allowed
  }
}
