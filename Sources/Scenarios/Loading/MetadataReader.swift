// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Reads `metadata`, labels and selectors.
enum MetadataReader {
  /// Reads an object's metadata; an unset namespace is `default`, as for kubectl.
  ///
  /// - Returns: nil when there is no usable name.
  static func read(_ object: FieldReader, kind: String, isNamespaced: Bool) -> ObjectMeta? {
    let metadata = object.mapping("metadata")
    guard object["metadata"] != nil else {
      object.findings.error(.missingKey("metadata", of: kind), at: object.node.place)
      return nil
    }
    guard let name = metadata.requiredString("name", of: "metadata") else { return nil }
    let isValid = kind == "Service" || kind == "Namespace" ? ObjectNames.isLabel(name) : ObjectNames.isSubdomain(name)
    if !isValid {
      object.findings.error(
        .refused("'\(name)' is no name for a \(kind)", hint: "lower-case letters, digits and '-', at most 63"),
        at: metadata.place("name"))
    }
    var meta = ObjectMeta(name: name)
    if isNamespaced {
      meta.namespace = metadata.string("namespace") ?? "default"
      if !ObjectNames.isLabel(meta.namespace) {
        object.findings.error(
          .refused("'\(meta.namespace)' is no name for a namespace", hint: ""), at: metadata.place("namespace"))
      }
    } else if let namespace = metadata["namespace"] {
      object.findings.warning(.readAs("a \(kind) has no namespace", hint: "left out"), at: namespace.place)
    }
    meta.labels = labels(metadata["labels"], object.findings)
    meta.annotations = annotations(metadata["annotations"], object.findings)
    for owner in metadata.mappings("ownerReferences") where owner.bool("controller") == true {
      if let kind = owner.string("kind"), let name = owner.string("name") {
        meta.controller = ObjectMeta.OwnerReference(kind: kind, name: name)
      }
    }
    return meta
  }

  /// Labels with Kubernetes' rules for keys and values.
  static func labels(_ node: YAMLNode?, _ findings: Findings) -> Labels {
    Labels(
      strings(node, findings).compactMap { pair, value in
        if !ObjectNames.isLabelKey(pair.key) {
          findings.error(.refused("'\(pair.key)' is no label key", hint: ""), at: pair.keyPlace)
          return nil
        }
        if !ObjectNames.isLabelValue(value) {
          let hint = "at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends"
          findings.error(.refused("'\(value.prefix(70))' is no label value", hint: hint), at: pair.node.place)
          return nil
        }
        return (pair.key, value)
      })
  }

  private static func annotations(_ node: YAMLNode?, _ findings: Findings) -> Labels {
    Labels(strings(node, findings).map { ($0.pair.key, $0.value) })
  }

  private static func strings(_ node: YAMLNode?, _ findings: Findings) -> [(pair: YAMLPair, value: String)] {
    guard let node else { return [] }
    return (FieldReader(node, findings).node.pairs ?? []).compactMap { pair in
      // To Kubernetes a null value is an empty string.
      if pair.node.isNull { return (pair, "") }
      return ValueKind.string.read(pair.node, findings).map { (pair, $0) }
    }
  }

  /// A `LabelSelector`, `matchLabels` and `matchExpressions`.
  static func selector(_ node: YAMLNode, _ findings: Findings) -> LabelSelector {
    let fields = FieldReader(node, findings)
    var selector = LabelSelector(matchLabels: labels(fields["matchLabels"], findings))
    for requirement in fields.mappings("matchExpressions") {
      guard let key = requirement.requiredString("key", of: "the requirement"),
        let comparison: LabelSelector.Operator = requirement.read("operator", .word("operator"))
      else {
        requirement.require("operator", of: "the requirement")
        continue
      }
      let values = requirement.read("values", .list(.string)) ?? []
      let needsValues = comparison == .in || comparison == .notIn
      if needsValues == values.isEmpty {
        let text =
          needsValues
          ? "operator \(comparison.rawValue) needs values" : "operator \(comparison.rawValue) takes no values"
        findings.error(.refused(text, hint: ""), at: requirement.place("operator"))
      }
      selector.matchExpressions.append(.init(key: key, operator: comparison, values: values))
    }
    return selector
  }
}

extension Labels {
  /// `a=1,b=2`, as kubectl prints labels.
  var text: String { pairs.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }
}
