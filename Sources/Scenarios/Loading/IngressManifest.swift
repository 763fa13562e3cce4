// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Checks an Ingress: what it routes to is not modelled yet, but its backends' names are kept.
enum IngressManifest {
  /// A backend that an Ingress names.
  struct Backend: Sendable {
    /// The Service, in the Ingress's namespace.
    var service: NamespacedName
    /// Where it is named.
    var place: SourcePlace
  }

  /// The backends of an Ingress.
  static func read(_ object: FieldReader, _ metadata: ObjectMeta) -> [Backend] {
    let spec = object.mapping("spec")
    var backends: [Backend] = []
    let add = { (fields: FieldReader) in
      let service = fields.mapping("service")
      guard let name = service.string("name") else { return }
      backends.append(
        Backend(service: NamespacedName(metadata.namespace, name), place: service.place("name")))
    }
    add(spec.mapping("defaultBackend"))
    for rule in spec.mappings("rules") {
      for path in rule.mapping("http").mappings("paths") {
        _ = path.read("pathType", .word("pathType", ["Exact", "Prefix", "ImplementationSpecific"]))
        add(path.mapping("backend"))
      }
    }
    return backends
  }
}
