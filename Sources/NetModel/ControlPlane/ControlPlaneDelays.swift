// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How long each stage takes from something that happens to a pod until every node's rules follow.
public struct ControlPlaneDelays: Hashable, Sendable {
  /// How often a kubelet relists its containers. 1 s: pkg/kubelet/kubelet.go, genericPlegRelistPeriod.
  public var plegRelist = SimDuration.seconds(1)
  /// A write to the API server, with etcd's sync. 5 ms (chosen: within the 1 s of the API call latency SLO).
  public var apiWrite = SimDuration.milliseconds(5)
  /// A controller's or kubelet's watch, from the write to the event. 10 ms (chosen).
  public var watch = SimDuration.milliseconds(10)
  /// A kube-proxy's watch: uniform from 0 to this. 50 ms (chosen: many watchers are served in turn).
  public var proxyWatch = SimDuration.milliseconds(50)
  /// From a pod's binding to its containers running, images there. 1500 ms (chosen: sandbox, network, container).
  public var containerStart = SimDuration.milliseconds(1500)
  /// From the end of a pod's containers to its network being gone. 500 ms (chosen: sandbox removal).
  public var sandboxRemoval = SimDuration.milliseconds(500)
  /// What a sync costs beside its lines: two runs of iptables-save and one of iptables-restore. 40 ms (chosen).
  public var syncBase = SimDuration.milliseconds(40)
  /// A line of restore input. 18.4 us: 12.8 s for 696,000 lines, kubernetes issue 96018.
  public var syncPerLine = SimDuration.nanoseconds(18_400)

  /// The delays of a quiet cluster.
  public init() {}
}
