// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Linux's TCP timing, each value with its source; the defaults are those of a 6.x kernel.
public struct TCPParameters: Hashable, Sendable, BitwiseCopyable {
  /// The retransmission time-out before any round trip was measured. 1 s: include/net/tcp.h, TCP_TIMEOUT_INIT.
  public var initialTimeout = SimDuration.seconds(1)
  /// The least retransmission time-out beyond the round trip. 200 ms: tcp.h, TCP_RTO_MIN.
  public var minimumTimeout = SimDuration.milliseconds(200)
  /// The greatest retransmission time-out. 120 s: tcp.h, TCP_RTO_MAX.
  public var maximumTimeout = SimDuration.seconds(120)
  /// Exponentially spaced SYNs after the linear ones. 6: sysctl tcp_syn_retries.
  public var synRetries: UInt8 = 6
  /// SYNs one second apart before the spacing doubles. 4 (from Linux 6.5): sysctl tcp_syn_linear_timeouts.
  public var synLinearTimeouts: UInt8 = 4
  /// Repeated SYN-ACKs. 5: sysctl tcp_synack_retries.
  public var synAckRetries: UInt8 = 5
  /// How long data is sent again before the connection is given up: 15 doublings from 200 ms, 924.6 s:
  /// net/ipv4/tcp_timer.c, tcp_model_timeout with sysctl tcp_retries2.
  public var dataGiveUp = SimDuration.milliseconds(924_600)
  /// The first congestion window in segments. 10: tcp.h, TCP_INIT_CWND (RFC 6928).
  public var initialWindow: UInt32 = 10
  /// How long an acknowledgement may wait for data to ride on. 40 ms: tcp.h, TCP_DELACK_MIN.
  public var delayedAck = SimDuration.milliseconds(40)
  /// Duplicate acknowledgements that make a segment count as lost. 3: sysctl tcp_reordering.
  public var duplicateThreshold: UInt8 = 3
  /// How long a closed connection's port stays taken. 60 s: tcp.h, TCP_TIMEWAIT_LEN.
  public var timeWait = SimDuration.seconds(60)
  /// Bytes of data in a full segment: the MTU less 40 bytes of headers and 12 of time stamps.
  public var segmentBytes: UInt32 = 1448

  /// Linux's defaults.
  public init() {}

  /// Linux's defaults on a path with this MTU.
  public init(mtu: Int, family: IPFamily = .ipv4) {
    let headers = family == .ipv4 ? 52 : 72
    segmentBytes = UInt32(max(mtu - headers, 88))
  }

  /// How long to wait after the `retransmission`-th SYN (0 is the first SYN); nil when it was the last one and the
  /// wait before giving up is over.
  public func synWait(after retransmission: UInt8) -> SimDuration {
    if retransmission <= synLinearTimeouts { return initialTimeout }
    let doublings = min(retransmission - synLinearTimeouts, 16)
    return min(SimDuration.nanoseconds(initialTimeout.nanoseconds << Int64(doublings)), maximumTimeout)
  }

  /// How many times a SYN is sent again in all.
  public var synRetransmissions: UInt8 { synRetries + synLinearTimeouts }
}
