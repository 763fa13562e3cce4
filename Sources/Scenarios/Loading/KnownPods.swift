// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// The pods that there will be: those given and those that controllers make.
struct KnownPods {
  /// Pods of one set of labels.
  struct Group {
    /// The pod's name, or its controller's.
    var name: NamespacedName
    /// The controller's kind; nil for a pod that is given.
    var kind: WorkloadController.Kind?
    /// How many.
    var count: Int
    var labels: Labels
    var spec: PodSpec
    /// Whether there is such a pod at the start: a controller may be scaled up later.
    var isPresent: Bool { count > 0 || kind == .daemonSet }
  }

  /// The groups in the order of the files, pods first.
  let groups: [Group]
  private let byNamespace: [String: [Group]]
  /// The groups with a label, in order; looked up by a selector's first pair.
  private let byLabel: [LabelKey: [Int]]

  private struct LabelKey: Hashable {
    var key: String
    var value: String
  }

  /// Collects the pods of a cluster.
  init(_ cluster: ClusterSpecification) {
    var groups = cluster.pods.map {
      Group(name: $0.metadata.namespacedName, kind: nil, count: 1, labels: $0.metadata.labels, spec: $0.spec)
    }
    for controller in cluster.controllers {
      groups.append(
        Group(
          name: controller.metadata.namespacedName, kind: controller.kind, count: controller.replicas,
          labels: controller.templateLabels, spec: controller.template))
    }
    self.groups = groups
    byNamespace = Dictionary(grouping: groups, by: \.name.namespace)
    var byLabel: [LabelKey: [Int]] = [:]
    for (index, group) in groups.enumerated() {
      for pair in group.labels.pairs { byLabel[LabelKey(key: pair.key, value: pair.value), default: []].append(index) }
    }
    self.byLabel = byLabel
  }

  /// The groups of a namespace, in order.
  func inNamespace(_ namespace: String) -> [Group] { byNamespace[namespace] ?? [] }

  /// The groups that carry the labels, in order.
  func matching(_ selector: Labels, namespace: String?) -> [Group] {
    guard let first = selector.pairs.first else { return namespace.map(inNamespace) ?? groups }
    return (byLabel[LabelKey(key: first.key, value: first.value)] ?? []).map { groups[$0] }.filter {
      (namespace == nil || $0.name.namespace == namespace) && $0.labels.matches(selector)
    }
  }

  /// Whether some pod carries the labels.
  func contains(_ selector: Labels, namespace: String?) -> Bool {
    !matching(selector, namespace: namespace).isEmpty
  }

  /// Whether there may be a pod of this name: one given, or one that a controller makes.
  func mayContain(_ name: NamespacedName) -> Bool {
    inNamespace(name.namespace).contains { group in
      guard let kind = group.kind else { return group.name == name }
      guard name.name.hasPrefix(group.name.name + "-") else { return false }
      guard kind == .statefulSet else { return true }
      return Int(name.name.dropFirst(group.name.name.count + 1)).map { $0 >= 0 } ?? false
    }
  }

  /// What pods carry instead of what a selector asks for.
  func hint(for selector: Labels, namespace: String?) -> String {
    let candidates = namespace.map(inNamespace) ?? groups
    if let other = namespace.flatMap({ own in groups.first { $0.name.namespace != own && $0.labels.matches(selector) } }
    ) {
      return "pods of namespace \(other.name.namespace) carry it"
    }
    if candidates.isEmpty { return "there is no pod" + (namespace.map { " in namespace \($0)" } ?? "") }
    for wanted in selector.pairs where !candidates.contains(where: { $0.labels[wanted.key] == wanted.value }) {
      let values = candidates.compactMap { $0.labels[wanted.key] }
      if let near = NearestName.find(wanted.value, among: values) ?? values.first {
        return "pods carry \(wanted.key)=\(near)"
      }
      let keys = candidates.flatMap { $0.labels.pairs.map(\.key) }
      if let near = NearestName.find(wanted.key, among: keys) { return "pods carry the label '\(near)'" }
    }
    return candidates.first { !$0.labels.isEmpty }.map { "pods carry \($0.labels.text)" } ?? "no pod has labels"
  }
}
