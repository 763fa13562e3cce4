// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// The Kubernetes objects of an input, in the order read.
struct Manifests {
  var namespaces: [String] = []
  var nodes: [Node] = []
  var pods: [Pod] = []
  var controllers: [WorkloadController] = []
  var services: [Service] = []
  var slices: [EndpointSlice] = []
  /// Slices that Endpoints objects would be mirrored to.
  var mirrored: [EndpointSlice] = []
  var ingressBackends: [IngressManifest.Backend] = []
  /// KubeProxyConfiguration documents.
  var proxies: [YAMLNode] = []
  /// Every object with its place.
  var objects = ObjectIndex()

  /// Notes an object; reports when its name is taken.
  ///
  /// - Returns: whether it is the first of its name.
  mutating func note(_ kind: String, _ name: NamespacedName, _ object: FieldReader) -> Bool {
    let place = object.mapping("metadata").place("name")
    let entry = ObjectIndex.Entry(kind: kind, name: name, namePlace: place, node: object.node)
    guard let first = objects.add(entry) else { return true }
    object.findings.error(.duplicateName(kind: kind, name: name.description, first: first.namePlace), at: place)
    return false
  }

  /// Whether nothing was read that a run could be made of.
  var isEmpty: Bool { objects.isEmpty && proxies.isEmpty }

  /// Where an object or a field of it stands.
  func place(_ kind: String, _ name: NamespacedName, _ field: String...) -> SourcePlace? {
    objects.place(kind, name, field)
  }

  /// The node of an object as written.
  func node(_ kind: String, _ name: NamespacedName) -> YAMLNode? { objects[kind, name]?.node }
}

/// Sorts documents by kind and reads the Kubernetes ones.
struct ManifestReader {
  /// What was read.
  private(set) var manifests = Manifests()
  /// The Scenario documents.
  private(set) var scenarios: [YAMLNode] = []
  private let findings: Findings
  /// Kinds that are not modelled: a warning each, not one an object.
  private var unmodelled: [Unmodelled] = []

  private struct Unmodelled {
    var kind: String
    var apiVersion: String
    var place: SourcePlace
    var count = 1
  }

  /// Starts with nothing.
  init(_ findings: Findings) { self.findings = findings }

  /// The API group and version each kind is served in; nil stands for the core group's v1.
  private static let groups: [(kind: String, apiVersion: String)] = [
    ("Namespace", "v1"), ("Node", "v1"), ("Pod", "v1"), ("Service", "v1"), ("Endpoints", "v1"), ("List", "v1"),
    ("Deployment", "apps/v1"), ("ReplicaSet", "apps/v1"), ("StatefulSet", "apps/v1"), ("DaemonSet", "apps/v1"),
    ("EndpointSlice", "discovery.k8s.io/v1"), ("Ingress", "networking.k8s.io/v1"),
    ("IngressClass", "networking.k8s.io/v1"), ("KubeProxyConfiguration", "kubeproxy.config.k8s.io/v1alpha1"),
    ("Scenario", "simrun/v1"),
  ]
  private static let retiredGroups = ["extensions/", "apps/", "discovery.k8s.io/", "networking.k8s.io/", "simrun/"]

  /// Reads a document.
  mutating func read(_ document: YAMLNode) {
    let object = FieldReader(document, findings, what: "a Kubernetes object or a Scenario")
    guard document.pairs != nil else { return }
    guard document["kind"] != nil else {
      findings.error(.missingKey("kind", of: "the document"), at: document.place.firstLine)
      return
    }
    guard let kind = object.requiredString("kind", of: "the document"),
      let apiVersion = object.requiredString("apiVersion", of: "the document")
    else { return }
    let known = ManifestReader.groups.first { $0.kind == kind }
    if let known, known.apiVersion != apiVersion {
      let isRetired = ManifestReader.retiredGroups.contains { apiVersion.hasPrefix($0) } || apiVersion == "v1"
      if isRetired {
        findings.error(
          .refused("\(kind) is not served in '\(apiVersion)'", hint: "write apiVersion: \(known.apiVersion)"),
          at: object.place("apiVersion"))
      } else {
        leaveOut(kind, apiVersion, at: object.place("kind"))
      }
      return
    }
    if apiVersion.hasPrefix("simrun/"), kind != "Scenario" {
      let nearest = NearestName.find(kind, among: ["Scenario"])
      findings.error(
        .unknownWord(kind, what: "kind of \(apiVersion)", nearest: nearest, allowed: ["Scenario"]),
        at: object.place("kind"))
      return
    }
    if known == nil, let items = document["items"]?.elements, kind.hasSuffix("List") {
      readItems(items, defaultKind: String(kind.dropLast(4)), apiVersion: apiVersion)
      return
    }
    guard known != nil else {
      leaveOut(kind, apiVersion, at: object.place("kind"))
      return
    }
    readKnown(kind, object)
  }

  private mutating func leaveOut(_ kind: String, _ apiVersion: String, at place: SourcePlace) {
    if let at = unmodelled.firstIndex(where: { $0.kind == kind && $0.apiVersion == apiVersion }) {
      unmodelled[at].count += 1
    } else {
      unmodelled.append(Unmodelled(kind: kind, apiVersion: apiVersion, place: place))
    }
  }

  private mutating func readItems(_ items: [YAMLNode], defaultKind: String, apiVersion: String) {
    for item in items {
      guard var pairs = item.pairs, item["kind"] == nil else {
        read(item)
        continue
      }
      // In a typed list (`kubectl get --raw`) the items do not repeat what they are.
      for (key, value) in [("apiVersion", apiVersion), ("kind", defaultKind)] where item[key] == nil {
        let node = YAMLNode(value: .scalar(YAMLScalar(text: value, isPlain: false)), place: item.place)
        pairs.insert(YAMLPair(key: key, keyPlace: item.place, node: node), at: 0)
      }
      read(YAMLNode(value: .mapping(pairs), place: item.place))
    }
  }

  private mutating func readKnown(_ kind: String, _ object: FieldReader) {
    switch kind {
    case "List":
      for item in object.list("items") { read(item) }
    case "Scenario": scenarios.append(object.node)
    case "KubeProxyConfiguration": manifests.proxies.append(object.node)
    default:
      let isNamespaced = !["Namespace", "Node", "IngressClass"].contains(kind)
      guard let metadata = MetadataReader.read(object, kind: kind, isNamespaced: isNamespaced),
        manifests.note(kind, metadata.namespacedName, object)
      else { return }
      readObject(kind, object, metadata)
    }
  }

  private mutating func readObject(_ kind: String, _ object: FieldReader, _ metadata: ObjectMeta) {
    if let controller = WorkloadController.Kind(rawValue: kind) {
      if let read = ControllerManifest.read(object, metadata, controller) { manifests.controllers.append(read) }
      return
    }
    switch kind {
    case "Namespace": manifests.namespaces.append(metadata.name)
    case "Node": manifests.nodes.append(NodeManifest.read(object, metadata))
    case "Pod": manifests.pods.append(PodManifest.read(object, metadata))
    case "Service": manifests.services.append(ServiceManifest.read(object, metadata))
    case "EndpointSlice": manifests.slices.append(EndpointSliceManifest.read(object, metadata))
    case "Endpoints": manifests.mirrored += EndpointsManifest.read(object, metadata)
    case "Ingress": manifests.ingressBackends += IngressManifest.read(object, metadata)
    default: break
    }
  }

  /// Tells which kinds were left out, and settles which Endpoints objects are mirrored: those of Services without a selector, unless their slices are given.
  mutating func finish() {
    for entry in unmodelled {
      findings.warning(
        .kindNotModelled(kind: entry.kind, apiVersion: entry.apiVersion, count: entry.count), at: entry.place)
    }
    unmodelled = []
    let owner = { (slice: EndpointSlice) in NamespacedName(slice.metadata.namespace, slice.serviceName ?? "") }
    let byHand = Set(manifests.services.filter { $0.selector == nil }.map(\.metadata.namespacedName))
    let given = Set(manifests.slices.map(owner))
    manifests.slices += manifests.mirrored.filter { byHand.contains(owner($0)) && !given.contains(owner($0)) }
    manifests.mirrored = []
  }
}

extension SourcePlace {
  /// Its first character: for what is missing from a long mapping.
  var firstLine: SourcePlace { part(0..<1) }
}
