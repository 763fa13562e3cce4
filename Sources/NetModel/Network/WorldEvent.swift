// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Something that happens to the world: a kind and ids, 16 bytes.
struct WorldEvent: BitwiseCopyable {
  var kind: Kind
  var small: UInt8 = 0
  var short: UInt16 = 0
  var a: UInt32 = 0
  var b: UInt32 = 0
  var c: UInt32 = 0

  /// The kinds of event.
  enum Kind: UInt8, BitwiseCopyable {
    /// A packet has crossed a link; a: packet.
    case packet
    /// A workload's next request; a: workload.
    case arrival
    /// A closed-loop client has thought; a: client, b: workload, c: its turn, short: its process's number.
    case think
    /// An end's timer; a: flow, b: generation, small: 1 for the server's.
    case transportTimer
    /// A server has finished a request; a: flow, b: generation, c: pod.
    case served
    /// A request's time is up; a: request, b: generation.
    case requestTimeout
    /// A retry is due; a: request, b: generation.
    case retry
    /// A conntrack entry may be over: its row says whether it is, or when to ask again; a: row.
    case conntrackExpiry
    /// An error answer that waited for ARP; a: packet.
    case unreachable
    /// The scenario's event; a: its number.
    case scenario
    /// The kubelet of a pod looks at it; a: pod, b: cause.
    case kubelet
    /// A pod's containers start; a: pod, b: cause.
    case podStart
    /// A terminating pod's grace is over, or its process has ended; a: pod, b: cause.
    case podStop
    /// A controller reconciles; a: controller, b: cause.
    case reconcile
    /// The EndpointSlice controller writes a Service's slices; a: service, b: cause.
    case endpointSlices
    /// A node's kube-proxy hears of the slices up to a point; a: node, b: cause, c: the point.
    case proxyHears
    /// A node's kube-proxy starts a sync; a: node.
    case proxySync
    /// A node's kube-proxy has finished a sync; a: node.
    case proxyApplied
  }

  /// Kind and ids in one word, for the digest: all 16 bytes, multiplied and folded, so that no two fields overlap.
  @inline(__always) var word: UInt64 {
    let head = UInt64(kind.rawValue) << 56 | UInt64(small) << 48 | UInt64(short) << 32 | UInt64(a)
    return foldedProduct(head ^ 0xa076_1d64_78bd_642f, (UInt64(b) << 32 | UInt64(c)) ^ 0xe703_7ed1_a0b4_28db)
  }
}
