// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Reads kube-proxy's configuration: a KubeProxyConfiguration document, and `cluster.proxy` over it.
enum ProxyReader {
  private static let types = "kube-proxy config/v1alpha1/defaults.go"
  static let iptables = KeyTable(
    name: "ProxyIPTables",
    keys: [
      Key("masqueradeBit", .integer(0...31), default: "14", source: types, "The bit of the mark that asks for SNAT.")
        .erased,
      Key("masqueradeAll", .bool, default: "false", source: types, "Whether all Service traffic is masqueraded.")
        .erased,
      Key("localhostNodePorts", .bool, default: "true", source: types, "Whether node ports answer on 127.0.0.1.")
        .erased,
      Key("minSyncPeriod", .anyDuration, default: "1s", source: types, "From the end of a sync to the next start.")
        .erased,
      Key(
        "syncPeriod", .anyPositiveDuration, default: "30s", source: types, "When rules are looked at without a change."
      )
      .erased,
    ])
  static let nftables = KeyTable(name: "ProxyNFTables", keys: iptables.keys.filter { $0.name != "localhostNodePorts" })
  static let ipvs = KeyTable(
    name: "ProxyIPVS",
    keys: [
      Key("scheduler", .string, default: "rr", source: types, "The scheduler of every virtual server.").erased,
      Key("minSyncPeriod", .anyDuration, default: "0s", source: types, "From the end of a sync to the next start.")
        .erased,
      Key("syncPeriod", .anyPositiveDuration, default: "30s", source: types, "When everything is synced anyway.")
        .erased,
      Key("excludeCIDRs", .list(.prefix), "Virtual servers that kube-proxy leaves alone.").erased,
      Key("strictARP", .bool, default: "false", source: types, "Whether only the owner answers ARP.").erased,
      Key("tcpTimeout", .anyDuration, default: "0s", source: types, "0 keeps the kernel's.").erased,
      Key("tcpFinTimeout", .anyDuration, default: "0s", source: types, "0 keeps the kernel's.").erased,
      Key("udpTimeout", .anyDuration, default: "0s", source: types, "0 keeps the kernel's.").erased,
    ])
  static let conntrack = KeyTable(
    name: "ProxyConntrack",
    keys: [
      Key("maxPerCore", .count, default: "32768", source: types, "Entries a core.").erased,
      Key("min", .count, default: "131072", source: types, "Entries at least.").erased,
      Key("tcpEstablishedTimeout", .anyDuration, default: "24h", source: types, "nf_conntrack_tcp_timeout_established.")
        .erased,
      Key("tcpCloseWaitTimeout", .anyDuration, default: "1h", source: types, "nf_conntrack_tcp_timeout_close_wait.")
        .erased,
      Key("tcpBeLiberal", .bool, default: "false", source: types, "nf_conntrack_tcp_be_liberal.").erased,
      Key("udpTimeout", .anyDuration, default: "0s", source: types, "0 keeps the kernel's.").erased,
      Key("udpStreamTimeout", .anyDuration, default: "0s", source: types, "0 keeps the kernel's.").erased,
    ])
  static let detectLocal = KeyTable(
    name: "ProxyDetectLocal",
    keys: [
      Key("bridgeInterface", .string, "The bridge that local pods are behind.").erased,
      Key("interfaceNamePrefix", .string, "How the interfaces of local pods begin.").erased,
    ])
  static let ruleCost = Key(
    "ruleCost", ValueKind<SimDuration>.duration(atMost: .milliseconds(1)), default: "25ns", source: "chosen",
    "What Linux charges for a rule walked.")

  /// The keys of `cluster.proxy`.
  static let table = KeyTable(
    name: "Proxy",
    keys: [
      Key("mode", .word("proxy mode", modes), default: "iptables", source: types, "kube-proxy's backend.").erased,
      Key("clusterCIDR", .string, default: nil, "The pods' blocks; left out podCIDR, \"\" for none.").erased,
      Key(
        "detectLocalMode", .word("mode", KubeProxyConfiguration.DetectLocalMode.allCases.map(\.rawValue)),
        default: "ClusterCIDR", source: types, "How traffic from local pods is told."
      ).erased,
      Key("detectLocal", .object(detectLocal), "What the mode needs.").erased,
      Key("nodePortAddresses", .list(.string), "Where node ports are served: CIDRs, or primary.").erased,
      Key("iptables", .object(iptables), "The iptables mode.").erased,
      Key("ipvs", .object(ipvs), "The ipvs mode.").erased,
      Key("nftables", .object(nftables), "The nftables mode.").erased,
      Key("conntrack", .object(conntrack), "Linux's connection tracking.").erased,
      ruleCost.erased,
    ])
  private static let modes = KubeProxyConfiguration.Mode.allCases.map(\.rawValue)

  /// Joins the documents and `cluster.proxy`, later ones winning key by key.
  static func merge(_ a: YAMLNode, _ b: YAMLNode) -> YAMLNode {
    guard var pairs = a.pairs, let over = b.pairs else { return b }
    for pair in over where !pair.node.isNull {
      if let at = pairs.firstIndex(where: { $0.key == pair.key }) {
        pairs[at].node = pairs[at].node.isNull ? pair.node : merge(pairs[at].node, pair.node)
        pairs[at].keyPlace = pair.keyPlace
      } else {
        pairs.append(pair)
      }
    }
    return YAMLNode(value: .mapping(pairs), place: b.place)
  }

  /// Reads the joined configuration; `podCIDRs` stand in for an absent clusterCIDR.
  static func read(_ node: YAMLNode, podCIDRs: [Prefix], _ findings: Findings) -> KubeProxyConfiguration {
    let fields = FieldReader(node, findings)
    var proxy = KubeProxyConfiguration()
    if let mode = fields["mode"], mode.scalar?.text != "" {
      proxy.mode = ValueKind.word("proxy mode").read(mode, findings) ?? .iptables
      EngineSupport.check(proxy.mode, at: mode.place, findings)
    }
    proxy.clusterCIDRs = clusterCIDRs(fields, podCIDRs)
    if let mode = fields["detectLocalMode"], mode.scalar?.text != "" {
      proxy.detectLocalMode = ValueKind.word("detectLocalMode").read(mode, findings) ?? .clusterCIDR
    }
    let local = fields.mapping("detectLocal")
    proxy.detectLocalBridgeInterface = local.string("bridgeInterface") ?? ""
    proxy.detectLocalInterfaceNamePrefix = local.string("interfaceNamePrefix") ?? ""
    readNodePortAddresses(fields, &proxy)
    readMode(fields, &proxy)
    let track = fields.mapping("conntrack")
    proxy.conntrackTCPBeLiberal = track.bool("tcpBeLiberal") ?? false
    if let value = track.read("tcpEstablishedTimeout", .anyDuration) { proxy.conntrackTCPEstablishedTimeout = value }
    if let value = track.read("tcpCloseWaitTimeout", .anyDuration) { proxy.conntrackTCPCloseWaitTimeout = value }
    if let value = track.read("udpTimeout", .anyDuration) { proxy.conntrackUDPTimeout = value }
    if let value = track.read("udpStreamTimeout", .anyDuration) { proxy.conntrackUDPStreamTimeout = value }
    if let value = track.read("maxPerCore", .count) { proxy.conntrackMaxPerCore = UInt32(value) }
    if let value = track.read("min", .count) { proxy.conntrackMin = UInt32(value) }
    return proxy
  }

  private static func clusterCIDRs(_ fields: FieldReader, _ podCIDRs: [Prefix]) -> [Prefix] {
    guard let node = fields["clusterCIDR"] else { return podCIDRs }
    guard let text = ValueKind.string.read(node, fields.findings) else { return [] }
    if text.isEmpty { return [] }
    let prefixes = text.split(separator: ",", omittingEmptySubsequences: false).compactMap {
      AddressText.readPrefix($0.trimmed, node, fields.findings)
    }
    if Set(prefixes.map(\.family)).count < prefixes.count {
      fields.findings.error(.refused("clusterCIDR has at most one block a family", hint: ""), at: node.place)
    }
    return prefixes
  }

  private static func readNodePortAddresses(_ fields: FieldReader, _ proxy: inout KubeProxyConfiguration) {
    let nodes = fields.list("nodePortAddresses")
    if nodes.isEmpty { return }
    if nodes.contains(where: { $0.scalar?.text == "primary" }) {
      proxy.nodePortAddresses = .primary
      if nodes.count > 1 {
        fields.findings.error(
          .refused("'primary' stands alone in nodePortAddresses", hint: ""), at: fields.place("nodePortAddresses"))
      }
      return
    }
    proxy.nodePortAddresses = .cidrs(nodes.compactMap { ValueKind.prefix.read($0, fields.findings) })
  }

  private static func readMode(_ fields: FieldReader, _ proxy: inout KubeProxyConfiguration) {
    proxy.localhostNodePorts = proxy.mode != .nftables
    proxy.minSyncPeriod = proxy.mode == .ipvs ? .zero : .seconds(1)
    // ipvs takes its masquerading from the iptables section (v1alpha1/types.go).
    let marks = fields.mapping(proxy.mode == .nftables ? "nftables" : "iptables")
    if let bit = marks.integer("masqueradeBit", in: 0...31) { proxy.masqueradeBit = UInt8(bit) }
    proxy.masqueradeAll = marks.bool("masqueradeAll") ?? false
    if proxy.mode != .nftables, let value = marks.bool("localhostNodePorts") { proxy.localhostNodePorts = value }
    let timing = fields.mapping(proxy.mode.rawValue)
    if let value = timing.read("minSyncPeriod", .anyDuration) { proxy.minSyncPeriod = value }
    if let value = timing.read("syncPeriod", .anyDuration), value > .zero { proxy.syncPeriod = value }
    EngineSupport.checkSyncPeriod(proxy, at: timing.place("syncPeriod"), fields.findings)
    if let value = fields.mapping("ipvs").string("scheduler"), !value.isEmpty { proxy.ipvsScheduler = value }
  }
}
