// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A Pod (core/v1), as given or as a controller made it.
///
/// Source: staging/src/k8s.io/api/core/v1/types.go.
public struct Pod: Hashable, Sendable {
  /// Name, namespace, labels, owner.
  public var metadata: ObjectMeta
  /// What it runs.
  public var spec: PodSpec
  /// Its addresses, first family first; empty until it has some.
  public var podIPs: [Address]
  /// Its phase.
  public var phase: Phase
  /// The `Ready` condition as given; nil when the status says nothing, which is read as ready.
  public var ready: Bool?
  /// Whether `metadata.deletionTimestamp` is set.
  public var isTerminating: Bool

  /// `status.phase`.
  public enum Phase: String, Hashable, Sendable, CaseIterable {
    case pending = "Pending"
    case running = "Running"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case unknown = "Unknown"
  }

  /// Makes a running pod.
  public init(metadata: ObjectMeta, spec: PodSpec = PodSpec(), podIPs: [Address] = []) {
    self.metadata = metadata
    self.spec = spec
    self.podIPs = podIPs
    phase = .running
    ready = nil
    isTerminating = false
  }
}

/// The part of a pod's or pod template's `spec` that is modelled.
public struct PodSpec: Hashable, Sendable {
  /// The node it is bound to; nil until it is scheduled.
  public var nodeName: String?
  /// Its containers, sidecars left out.
  public var containers: [Container]
  /// Whether it uses the node's addresses.
  public var hostNetwork: Bool
  /// `terminationGracePeriodSeconds`. Default 30 s (core/v1/defaults.go).
  public var terminationGracePeriod: SimDuration
  /// `nodeSelector`.
  public var nodeSelector: Labels
  /// Whether it tolerates every taint (what DaemonSets of the system do).
  public var toleratesEverything: Bool

  /// Makes a spec with the API server's defaults.
  public init(containers: [Container] = [], nodeName: String? = nil) {
    self.nodeName = nodeName
    self.containers = containers
    hostNetwork = false
    terminationGracePeriod = .seconds(30)
    nodeSelector = Labels()
    toleratesEverything = false
  }
}

/// A container: its name and ports.
public struct Container: Hashable, Sendable {
  /// The container's name.
  public var name: String
  /// Its image, for display.
  public var image: String
  /// Its declared ports.
  public var ports: [Port]
  /// How often the kubelet asks whether it is ready; nil when it has no readiness probe.
  public var readinessProbe: ContainerProbe?

  /// A declared port.
  public struct Port: Hashable, Sendable {
    /// The name that a `targetPort` may use; empty when it has none.
    public var name: String
    /// The port number.
    public var containerPort: UInt16
    /// TCP, UDP or SCTP. Default TCP.
    public var `protocol`: IPProtocol

    /// Declares a port.
    public init(name: String = "", containerPort: UInt16, protocol: IPProtocol = .tcp) {
      self.name = name
      self.containerPort = containerPort
      self.protocol = `protocol`
    }
  }

  /// Makes a container.
  public init(name: String, image: String = "", ports: [Port] = []) {
    self.name = name
    self.image = image
    self.ports = ports
    readinessProbe = nil
  }
}

/// The timing of a kubelet probe. Defaults: core/v1/defaults.go.
public struct ContainerProbe: Hashable, Sendable {
  /// Before this long after the container's start a tick does nothing. Default 0 s.
  public var initialDelay = SimDuration.seconds(0)
  /// The time between probes. Default 10 s.
  public var period = SimDuration.seconds(10)
  /// How long a probe waits for its answer. Default 1 s.
  public var timeout = SimDuration.seconds(1)
  /// Results in a row that make it succeed. Default 1.
  public var successThreshold = 1
  /// Results in a row that make it fail. Default 3.
  public var failureThreshold = 3

  /// Makes a probe with the API server's defaults.
  public init() {}
}
