// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Reads a Deployment, ReplicaSet, StatefulSet or DaemonSet.
enum ControllerManifest {
  /// Reads a controller; nil when it has no selector.
  static func read(
    _ object: FieldReader, _ metadata: ObjectMeta, _ kind: WorkloadController.Kind
  ) -> WorkloadController? {
    let findings = object.findings
    let spec = object.mapping("spec")
    guard object["spec"] != nil else {
      findings.error(.missingKey("spec", of: kind.rawValue), at: object.node.place)
      return nil
    }
    spec.require("selector", "template", of: "spec")
    guard let selectorNode = spec["selector"], spec["template"] != nil else { return nil }
    let template = spec.mapping("template")
    let labels = MetadataReader.labels(template.mapping("metadata")["labels"], findings)
    let selector = MetadataReader.selector(selectorNode, findings)
    if selector.matchLabels.isEmpty, selector.matchExpressions.isEmpty {
      findings.error(
        .refused("an empty selector is refused", hint: "name labels of the template"), at: selectorNode.place)
    } else if !selector.matches(labels) {
      let hint = labels.isEmpty ? "the template has no labels" : "the template carries \(labels.text)"
      findings.error(.refused("the selector does not match the template's labels", hint: hint), at: selectorNode.place)
    }
    var controller = WorkloadController(kind: kind, metadata: metadata, selector: selector, templateLabels: labels)
    if kind != .daemonSet {
      controller.replicas = spec.integer("replicas", in: 0...Int64(Int32.max)).map(Int.init) ?? 1
    }
    controller.template = PodManifest.spec(template.mapping("spec"))
    controller.minReady = .seconds(spec.integer("minReadySeconds", in: 0...Int64(Int32.max)) ?? 0)
    return controller
  }
}
