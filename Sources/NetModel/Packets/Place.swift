// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `BalancerID` numbers.
public enum BalancerRow {}
/// An external load balancer: one a Service of type LoadBalancer.
public typealias BalancerID = ID<BalancerRow>

/// Where a packet is or goes: the network outside, a load balancer, a node's root namespace, or a pod's.
struct Place: Hashable, BitwiseCopyable, Sendable {
  /// Kind in the upper 3 bits, row number below.
  let rawValue: UInt32

  /// The kinds of place.
  enum Kind: UInt32 {
    case nowhere, outside, balancer, node, pod
  }

  @inline(__always) private init(_ kind: Kind, _ row: UInt32) { rawValue = kind.rawValue << 29 | row }

  /// No place: no route leads there.
  static let nowhere = Place(.nowhere, 0)
  /// The network outside the cluster, where external clients are.
  static let outside = Place(.outside, 0)
  /// A load balancer.
  @inline(__always) static func balancer(_ id: BalancerID) -> Place { Place(.balancer, id.rawValue) }
  /// A node's root namespace.
  @inline(__always) static func node(_ id: NodeID) -> Place { Place(.node, id.rawValue) }
  /// A pod's namespace.
  @inline(__always) static func pod(_ id: PodID) -> Place { Place(.pod, id.rawValue) }

  /// Which kind it is.
  @inline(__always) var kind: Kind { Kind(rawValue: rawValue >> 29) ?? .nowhere }
  /// Its row in the table of its kind.
  @inline(__always) var row: UInt32 { rawValue & 0x1fff_ffff }
  /// The node, if it is one.
  @inline(__always) var node: NodeID { kind == .node ? NodeID(rawValue: row) : .none }
  /// The pod, if it is one.
  @inline(__always) var pod: PodID { kind == .pod ? PodID(rawValue: row) : .none }
  /// The load balancer, if it is one.
  @inline(__always) var balancer: BalancerID { kind == .balancer ? BalancerID(rawValue: row) : .none }
}
