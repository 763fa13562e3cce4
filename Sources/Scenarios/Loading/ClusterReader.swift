// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The keys of `spec.cluster`.
enum ClusterKeys {
  static let nodes = Key(
    "nodes", ValueKind<Int>.count(1...65_000), default: "3", source: "chosen",
    "How many nodes there are; or give Node manifests.")
  static let podCIDR = Key(
    "podCIDR", ValueKind<[Prefix]>.blocks(ofAtLeast: 8), default: "10.244.0.0/16",
    source: "kubeadm's and flannel's documentation",
    "The pods' blocks, one a family; node-k has the k-th /24.")
  static let serviceCIDR = Key(
    "serviceCIDR", ValueKind<[Prefix]>.blocks(ofAtLeast: 8), default: "10.96.0.0/12",
    source: "kubeadm v1beta4/defaults.go",
    "The Services' blocks, one a family.")
  static let nodeCIDR = Key(
    "nodeCIDR", ValueKind<[Prefix]>.blocks(ofAtLeast: 16), default: "192.168.0.0/16", source: "chosen",
    "The nodes' blocks, one a family.")
  static let nodePortRange = Key(
    "nodePortRange", ValueKind<ClosedRange<UInt16>>.portRange, default: "30000-32767", source: "kube-apiserver options",
    "Where node ports are.")

  static let table = KeyTable(
    name: "Cluster",
    keys: [
      nodes.erased, podCIDR.erased, serviceCIDR.erased, nodeCIDR.erased, nodePortRange.erased,
      Key("proxy", .object(ProxyReader.table), "kube-proxy, with the keys of a KubeProxyConfiguration.").erased,
      Key(
        "localAddresses", .map(.list(.string(pattern: nil))), "Addresses of nodes beside those of their Node objects."
      )
      .erased,
      Key("rulesFrom", .map(.string(pattern: nil)), "Real dumps that replace what kube-proxy would write on a node.")
        .erased,
      Key(
        "setsFrom", .map(.string(pattern: nil)), "What ipset save printed on a node, for the sets that its dump asks."
      )
      .erased,
    ])
}

extension ValueKind where Value == [Prefix] {
  /// A block, or a list of one a family.
  static var blocks: ValueKind {
    ValueKind<[Prefix]>.oneOrMore(.prefix).then { blocks, node, findings in
      if blocks.isEmpty, node.elements?.isEmpty ?? true { findings.bad(node, expected: "a CIDR block") }
      if Set(blocks.map(\.family)).count < blocks.count {
        findings.error(.refused("at most one block a family", hint: ""), at: node.place)
        return nil
      }
      return blocks.isEmpty ? nil : blocks
    }
  }
}

extension ValueKind where Value == [Prefix] {
  /// Blocks of at least so many addresses: a power of two.
  ///
  /// kube-apiserver refuses a Service range below 8 (pkg/controlplane/services.go, ServiceIPRange); nodes begin at the
  /// block's eleventh address.
  static func blocks(ofAtLeast least: UInt64) -> ValueKind {
    ValueKind<[Prefix]>.blocks.then { blocks, node, findings in
      var areWideEnough = true
      for (index, block) in blocks.enumerated() where block.count < least {
        areWideEnough = false
        let place = node.elements?[safe: index]?.place ?? node.place
        let width = (block.family == .ipv4 ? 32 : 128) - least.trailingZeroBitCount
        findings.error(
          .refused(
            "\(block) has \(block.count == 1 ? "one address" : "\(block.count) addresses"), too few",
            hint: "a /\(width) or wider"),
          at: place)
      }
      return areWideEnough ? blocks : nil
    }
  }
}

extension ValueKind where Value == ClosedRange<UInt16> {
  /// `30000-32767`.
  static var portRange: ValueKind {
    ValueKind(schema: .string(pattern: "^[0-9]+-[0-9]+$")) { node, findings in
      let parts = node.scalar?.text.split(separator: "-", omittingEmptySubsequences: false) ?? []
      if parts.count == 2, let low = UInt16(parts[0]), let high = UInt16(parts[1]), low >= 1, low <= high {
        return low...high
      }
      findings.bad(node, expected: "a range of ports such as 30000-32767")
      return nil
    }
  }
}

/// Reads `spec.cluster` and joins it with the manifests.
enum ClusterReader {
  /// Reads the settings; `manifests` bring the objects.
  static func read(
    _ fields: FieldReader, _ manifests: Manifests, _ scenario: inout Scenario
  ) {
    fields.allow(ClusterKeys.table)
    let findings = fields.findings
    var cluster = ClusterSpecification()
    if let count = fields.read(ClusterKeys.nodes) {
      cluster.nodeCount = count
      if !manifests.nodes.isEmpty, manifests.nodes.count != count {
        findings.error(
          .refused(
            "\(count) nodes are asked for beside \(manifests.nodes.count) Node objects", hint: "leave nodes out"),
          at: fields.place("nodes"))
      }
    }
    if let blocks = fields.read(ClusterKeys.podCIDR) { cluster.podCIDRs = blocks }
    if let blocks = fields.read(ClusterKeys.serviceCIDR) { cluster.serviceCIDRs = blocks }
    if let blocks = fields.read(ClusterKeys.nodeCIDR) { cluster.nodeCIDRs = blocks }
    if let range = fields.read(ClusterKeys.nodePortRange) { cluster.nodePortRange = range }
    readProxy(fields, manifests, &cluster)
    readLocalAddresses(fields, &cluster)
    readRules(fields, &cluster)
    cluster.nodes = manifests.nodes
    cluster.pods = manifests.pods
    cluster.controllers = manifests.controllers
    cluster.services = manifests.services
    cluster.endpointSlices = manifests.slices
    ServiceDefaults.apply(&cluster, manifests)
    scenario.world.cluster = cluster
  }

  private static func readProxy(
    _ fields: FieldReader, _ manifests: Manifests, _ cluster: inout ClusterSpecification
  ) {
    let findings = fields.findings
    if manifests.proxies.count > 1 {
      findings.error(
        .refused("a second KubeProxyConfiguration", hint: "first at \(manifests.proxies[0].place)"),
        at: manifests.proxies[1].place.firstLine)
    }
    let own = fields.mapping("proxy")
    own.allow(ProxyReader.table)
    for key in ProxyReader.table.keys {
      if case .object(let table) = key.schema { own.mapping(key.name).allow(table) }
    }
    let base = manifests.proxies.first ?? .empty(at: own.node.place)
    let joined = ProxyReader.merge(base, own.node)
    cluster.proxy = ProxyReader.read(joined, podCIDRs: cluster.podCIDRs, findings)
    if let cost = own.read(ProxyReader.ruleCost) { cluster.ruleCost = cost }
  }

  private static func readLocalAddresses(_ fields: FieldReader, _ cluster: inout ClusterSpecification) {
    for pair in fields.mapping("localAddresses").node.pairs ?? [] {
      let addresses = ValueKind.oneOrMore(.address).read(pair.node, fields.findings) ?? []
      cluster.localAddresses.append(.init(node: pair.key, addresses: addresses))
    }
  }

  private static func readRules(_ fields: FieldReader, _ cluster: inout ClusterSpecification) {
    let dumps = fields.mapping("rulesFrom")
    let sets = fields.mapping("setsFrom")
    for pair in dumps.node.pairs ?? [] {
      guard let rules = text(pair, fields.findings).flatMap({ RuleDumpReader.read($0, fields.findings) }) else {
        continue
      }
      cluster.rulesFrom.append(.init(node: pair.key, rules: rules))
    }
    for pair in sets.node.pairs ?? [] {
      let read = text(pair, fields.findings).flatMap { RuleDumpReader.readSets($0, fields.findings) }
      if dumps[pair.key] == nil {
        fields.findings.error(
          .refused("the node has no dump that could ask these sets", hint: "give it in rulesFrom"), at: pair.keyPlace)
      }
      guard let read, let at = cluster.rulesFrom.firstIndex(where: { $0.node == pair.key }) else { continue }
      cluster.rulesFrom[at].sets = read
    }
  }

  /// The file that a node's pair names, beside the scenario.
  private static func text(_ pair: YAMLPair, _ findings: Findings) -> SourceText? {
    guard let path = ValueKind.string.read(pair.node, findings) else { return nil }
    let full = InputFiles.path(path, from: findings.directory)
    switch InputFiles.read(full, order: pair.node.place.source.order) {
    case .success(let text): return text
    case .failure(let failure):
      findings.error(.unreadable(file: full, reason: failure.reason), at: pair.node.place)
      return nil
    }
  }
}
