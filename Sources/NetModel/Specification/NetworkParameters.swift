// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Latencies, bandwidths and losses of the three kinds of link, and what lies outside the cluster.
public struct NetworkParameters: Hashable, Sendable {
  /// A pod or process to the root namespace of its node. Default 20us, 10Gbit (chosen: a veth pair).
  public var pod = LinkParameters(latency: .microseconds(20), bitsPerSecond: 10_000_000_000)
  /// A node to another, or a load balancer to a node. Default 200us, 10Gbit, jitter 20us (chosen: one zone).
  public var node = LinkParameters(
    latency: .microseconds(200), bitsPerSecond: 10_000_000_000, jitter: .microseconds(20))
  /// A client outside to a node or load balancer. Default 15ms, 1Gbit (chosen: the internet within a region).
  public var external = LinkParameters(latency: .milliseconds(15), bitsPerSecond: 1_000_000_000)
  /// The largest packet on every link, in bytes. Default 1500 (Ethernet, RFC 894).
  public var mtu = 1500
  /// What a packet to a pod's address meets when the pod is gone. Default bridge.
  public var deadAddress = DeadAddress.bridge
  /// Where external clients have their addresses, one block a family. Default 203.0.113.0/24 (RFC 5737).
  public var clientCIDRs: [Prefix] = [Prefix.literal("203.0.113.0/24")]

  /// What answers for the address of a pod that is gone.
  public enum DeadAddress: String, Hashable, Sendable, CaseIterable {
    /// Host unreachable once ARP has given up, `neighbourTimeout`, for a client elsewhere (bridge CNI).
    case bridge
    /// Nothing at all (a blackhole route for the node's block).
    case blackhole
    /// Host unreachable at once (an unreachable route).
    case unreachable
  }

  /// How long a node asks for a neighbour that is gone: three probes, measured on Linux 6.18.
  static let neighbourTimeout = SimDuration.milliseconds(3070)

  /// Makes the default network.
  public init() {}
}

/// One kind of link, one direction of it.
public struct LinkParameters: Hashable, Sendable {
  /// Propagation, one way.
  public var latency: SimDuration
  /// Bits a second that the transmitter puts on the wire.
  public var bitsPerSecond: UInt64
  /// Uniform in ± this, order on a link kept. Default 0.
  public var jitter: SimDuration
  /// The share of packets lost, 0…1. Default 0.
  public var loss: Double
  /// How many bytes may wait before the transmitter; more are dropped (drop-tail). Default 1 MiB (chosen: about 700
  /// full packets, near Linux's txqueuelen of 1000).
  public var queueBytes: UInt32

  /// Makes a link.
  public init(
    latency: SimDuration, bitsPerSecond: UInt64, jitter: SimDuration = .nanoseconds(0), loss: Double = 0,
    queueBytes: UInt32 = 1 << 20
  ) {
    self.latency = latency
    self.bitsPerSecond = bitsPerSecond
    self.jitter = jitter
    self.loss = loss
    self.queueBytes = queueBytes
  }
}

/// What stands in front of Services of type LoadBalancer.
public struct LoadBalancerParameters: Hashable, Sendable {
  /// The provider whose preset these fields came from; `none` leaves Services `<pending>` for ever. Default generic.
  public var provider = "generic"
  /// Whether load balancers are provisioned at all: false for provider `none`.
  public var isProvided = true
  /// How a connection finds its node. Default flow-hash (5-tuple, as pass-through L4 balancers have it).
  public var algorithm = Algorithm.flowHash
  /// From the Service's creation to its address. Default 30s (chosen: defaults.md, section 6, GCP 0.5–1 min).
  public var provisioning = SimDuration.seconds(30)
  /// How targets are checked.
  public var healthCheck = HealthCheck()
  /// Where load balancers have their addresses, one block a family. Default 198.51.100.0/24 (RFC 5737).
  public var addresses: [Prefix] = [Prefix.literal("198.51.100.0/24")]

  /// How a connection finds its target.
  public enum Algorithm: String, Hashable, Sendable, CaseIterable {
    case flowHash = "flow-hash"
    case roundRobin = "round-robin"
    case random
    case leastConnections = "least-connections"
  }

  /// A target's health check.
  public struct HealthCheck: Hashable, Sendable {
    /// Default 10s.
    public var interval = SimDuration.seconds(10)
    /// Default 2s.
    public var timeout = SimDuration.seconds(2)
    /// Default 2.
    public var healthyThreshold = 2
    /// Default 2.
    public var unhealthyThreshold = 2

    /// Makes the default check (chosen: between GCP's and AWS's, defaults.md, section 6).
    public init() {}
  }

  /// Makes the generic load balancer.
  public init() {}
}
