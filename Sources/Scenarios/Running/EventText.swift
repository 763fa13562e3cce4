// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

extension ScheduledEvent.Action {
  /// What happens, in the words of the scenario file: `fail pod app=httpenv`.
  public var words: String {
    switch self {
    case .failPods(let pods): "fail \(pods.words)"
    case .restorePods(let pods): "restore \(pods.words)"
    case .deletePods(let pods): "delete \(pods.words)"
    case .scale(let kind, let name, let replicas):
      "scale \(kind.rawValue.lowercased())/\(name) to \(replicas)"
    }
  }
}

extension PodSelection {
  fileprivate var words: String {
    if let pod { return "pod \(pod)" }
    let labels = selector.pairs.map { $0.value.isEmpty ? $0.key : "\($0.key)=\($0.value)" }.joined(separator: ",")
    let which = (labels.isEmpty ? "every label" : labels) + (namespace.map { " in \($0)" } ?? "")
    if let count { return "\(count) \(count == 1 ? "pod" : "pods") of \(which)" }
    if let share { return "\(share) of the pods of \(which)" }
    return "pods of \(which)"
  }
}
