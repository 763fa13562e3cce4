// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How long conntrack keeps an entry after its last packet, by state.
///
/// Source of the defaults: Linux, Documentation/networking/nf_conntrack-sysctl.rst; net/netfilter/
/// nf_conntrack_proto_{tcp,udp,sctp,generic,icmp}.c.
public struct ConntrackTimeouts: Hashable, Sendable, BitwiseCopyable {
  /// A SYN was seen. 120 s.
  public var synSent = SimDuration.seconds(120)
  /// A SYN-ACK was seen. 60 s.
  public var synReceived = SimDuration.seconds(60)
  /// The handshake is complete. 432000 s; kube-proxy sets 86400 s.
  public var established = SimDuration.seconds(432_000)
  /// A FIN was seen. 120 s.
  public var finWait = SimDuration.seconds(120)
  /// The FIN was acknowledged. 60 s; kube-proxy sets 3600 s.
  public var closeWait = SimDuration.seconds(60)
  /// The second FIN was seen. 30 s.
  public var lastAck = SimDuration.seconds(30)
  /// The second FIN was acknowledged. 120 s.
  public var timeWait = SimDuration.seconds(120)
  /// An RST was seen. 10 s.
  public var close = SimDuration.seconds(10)
  /// A UDP flow without an answer, or younger than 2 s. 30 s.
  public var udp = SimDuration.seconds(30)
  /// A UDP flow that was answered and is older than 2 s. 120 s.
  public var udpStream = SimDuration.seconds(120)
  /// ICMP. 30 s.
  public var icmp = SimDuration.seconds(30)
  /// SCTP before it is established. 3 s (cookie).
  public var sctpCookie = SimDuration.seconds(3)
  /// SCTP. 432000 s.
  public var sctpEstablished = SimDuration.seconds(432_000)
  /// Everything else. 600 s.
  public var generic = SimDuration.seconds(600)
  /// From which age an answered UDP flow counts as a stream. 2 s (nf_conntrack_proto_udp.c).
  public var udpStreamAge = SimDuration.seconds(2)

  /// The kernel's defaults.
  public init() {}

  /// The kernel's defaults with what kube-proxy sets on its node.
  ///
  /// Source: pkg/proxy/conntrack/sysctls.go.
  public init(kubeProxy: KubeProxyConfiguration) {
    if kubeProxy.conntrackTCPEstablishedTimeout > .zero { established = kubeProxy.conntrackTCPEstablishedTimeout }
    if kubeProxy.conntrackTCPCloseWaitTimeout > .zero { closeWait = kubeProxy.conntrackTCPCloseWaitTimeout }
  }

  /// The time-out of a TCP state.
  @inline(__always) func timeout(_ state: ConntrackTCPState) -> SimDuration {
    switch state {
    case .none, .synSent, .synSent2: synSent
    case .synReceived: synReceived
    case .established: established
    case .finWait: finWait
    case .closeWait: closeWait
    case .lastAck: lastAck
    case .timeWait: timeWait
    case .close: close
    }
  }
}
