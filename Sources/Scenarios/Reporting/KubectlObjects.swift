// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// A cluster's objects as `kubectl get -o json` and `-o yaml` print them, as far as they are modelled.
public struct KubectlObjects: Sendable {
  private let inventory: Inventory
  private let namespace: String?

  /// Lists what exists in an inventory: of one namespace, or of all.
  public init(_ inventory: Inventory, namespace: String?) {
    self.inventory = inventory
    self.namespace = namespace
  }

  /// A `List`, keys sorted, four blanks an indent, as kubectl has it.
  public func json(_ kinds: [KubectlTable.Kind]) -> String { JSONText.pretty(list(kinds), columns: 0, step: 4) }

  /// A `List` in blocks.
  public func yaml(_ kinds: [KubectlTable.Kind]) -> String { YAMLText.render(list(kinds)) }

  /// A `List` as data.
  func list(_ kinds: [KubectlTable.Kind]) -> Datum {
    let items = kinds.flatMap { kind in
      objects(kind).filter { namespace == nil || !kind.isNamespaced || $0.name.namespace == namespace }
        .enumerated().sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }.map(\.element.datum)
    }
    return Datum.fields([
      "apiVersion": .text("v1"), "items": .list(items), "kind": .text("List"),
      "metadata": .fields(["resourceVersion": .text("")]),
    ])
  }

  private func objects(_ kind: KubectlTable.Kind) -> [(name: NamespacedName, datum: Datum)] {
    switch kind {
    case .services: inventory.services.map { ($0.metadata.namespacedName, $0.manifest.sorted) }
    case .endpointslices: inventory.endpointSlices.map { ($0.metadata.namespacedName, $0.manifest.sorted) }
    case .pods:
      inventory.pods.filter(\.exists).map { state in
        let node = state.node.isNone ? nil : inventory.nodes[safe: state.node.index]?.metadata.name
        return (state.pod.metadata.namespacedName, state.manifest(node: node).sorted)
      }
    case .nodes: inventory.nodes.map { (NamespacedName("", $0.metadata.name), $0.manifest.sorted) }
    case .deployments:
      inventory.controllers.filter { $0.kind == .deployment }
        .map { ($0.metadata.namespacedName, $0.manifest.sorted) }
    case .endpoints: LegacyEndpoints.all(inventory).map { ($0.name, $0.manifest.sorted) }
    }
  }
}

extension Datum {
  /// Keys in byte order on every level, what is absent left out: as Go marshals a map.
  var sorted: Datum {
    switch self {
    case .object(let fields):
      .object(
        fields.filter { $0.value != .absent }.map { Field($0.name, $0.value.sorted) }
          .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    case .list(let elements): .list(elements.map(\.sorted))
    case .text, .count, .exact, .sampled, .seconds, .flag, .absent: self
    }
  }

  /// A list, or nothing when it is empty.
  static func some(_ elements: [Datum]) -> Datum { elements.isEmpty ? .absent : .list(elements) }
}

extension Labels {
  /// As an object; nothing when empty.
  var datum: Datum { isEmpty ? .absent : .object(pairs.map { Datum.Field($0.key, .text($0.value)) }) }
}

extension ObjectMeta {
  /// As an object's `metadata`.
  var datum: Datum {
    .fields([
      "name": .text(name), "namespace": namespace.isEmpty ? .absent : .text(namespace), "labels": labels.datum,
      "annotations": annotations.datum,
    ])
  }
}
