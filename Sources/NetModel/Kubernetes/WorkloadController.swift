// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A Deployment, ReplicaSet, StatefulSet or DaemonSet (apps/v1): what keeps a number of pods of one template.
public struct WorkloadController: Hashable, Sendable {
  /// Which of the four it is.
  public var kind: Kind
  /// Name, namespace, labels, owner.
  public var metadata: ObjectMeta
  /// How many pods it wants; a DaemonSet has one a node and ignores it. Default 1 (apps/v1/defaults.go).
  public var replicas: Int
  /// Which pods are its own.
  public var selector: LabelSelector
  /// The labels of its pods.
  public var templateLabels: Labels
  /// The spec of its pods.
  public var template: PodSpec
  /// How long a new pod must be ready to count as available. Default 0 s.
  public var minReady: SimDuration

  /// The kinds, spelled as in the API.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case deployment = "Deployment"
    case replicaSet = "ReplicaSet"
    case statefulSet = "StatefulSet"
    case daemonSet = "DaemonSet"
  }

  /// Makes a controller with the API server's defaults.
  public init(kind: Kind, metadata: ObjectMeta, replicas: Int = 1, selector: LabelSelector, templateLabels: Labels) {
    self.kind = kind
    self.metadata = metadata
    self.replicas = replicas
    self.selector = selector
    self.templateLabels = templateLabels
    template = PodSpec()
    minReady = .seconds(0)
  }
}
