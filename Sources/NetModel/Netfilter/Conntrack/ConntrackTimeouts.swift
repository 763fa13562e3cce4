// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How long conntrack keeps what; the kernel's defaults.
///
/// Source: Documentation/networking/nf_conntrack-sysctl.rst, and the file beside each.
public struct ConntrackTimeouts: Hashable, Sendable, BitwiseCopyable {
  /// Default 120 s. Source: nf_conntrack_proto_tcp.c, `tcp_timeouts`, as all of TCP here.
  public var tcpSynSent = SimDuration.seconds(120)
  /// Default 60 s.
  public var tcpSynReceived = SimDuration.seconds(60)
  /// Default 5 days; kube-proxy sets 24 h.
  public var tcpEstablished = SimDuration.seconds(432_000)
  /// Default 120 s.
  public var tcpFinWait = SimDuration.seconds(120)
  /// Default 60 s; kube-proxy sets 1 h.
  public var tcpCloseWait = SimDuration.seconds(60)
  /// Default 30 s.
  public var tcpLastAck = SimDuration.seconds(30)
  /// Default 120 s.
  public var tcpTimeWait = SimDuration.seconds(120)
  /// Default 10 s.
  public var tcpClose = SimDuration.seconds(10)
  /// Default 300 s: the most a connection gets that was picked up midway and not answered yet.
  public var tcpUnacknowledged = SimDuration.seconds(300)
  /// Default 30 s. Source: nf_conntrack_proto_udp.c, `udp_timeouts`.
  public var udp = SimDuration.seconds(30)
  /// Default 120 s: once answered and older than `udpStreamAfter`.
  public var udpStream = SimDuration.seconds(120)
  /// 2 s, fixed in nf_conntrack_proto_udp.c, `nf_conntrack_udp_packet`.
  public var udpStreamAfter = SimDuration.seconds(2)
  /// Default 30 s. Source: nf_conntrack_proto_icmp.c, `nf_ct_icmp_timeout`.
  public var icmp = SimDuration.seconds(30)
  /// Default 3 s, before an answer. Source: nf_conntrack_proto_sctp.c, `sctp_timeouts`, COOKIE_WAIT.
  public var sctpNew = SimDuration.seconds(3)
  /// Default 5 days; 210 s for kernels that count heartbeats (from 6.1 ESTABLISHED is 210 s).
  public var sctpEstablished = SimDuration.seconds(432_000)
  /// Default 600 s. Source: nf_conntrack_proto_generic.c.
  public var generic = SimDuration.seconds(600)
  /// Whether a connection may be picked up midway. Default true: sysctl nf_conntrack_tcp_loose.
  public var tcpLoose = true

  /// The kernel's defaults.
  public init() {}

  /// The time-out of a TCP state.
  func tcp(_ state: TCPTracking) -> SimDuration {
    switch state {
    case .none, .synSent, .synSent2: tcpSynSent
    case .synReceived: tcpSynReceived
    case .established: tcpEstablished
    case .finWait: tcpFinWait
    case .closeWait: tcpCloseWait
    case .lastAck: tcpLastAck
    case .timeWait: tcpTimeWait
    case .close: tcpClose
    }
  }
}
