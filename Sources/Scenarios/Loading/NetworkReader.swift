// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The keys of `spec.network`.
enum NetworkKeys {
  /// A link's delay: at most an hour.
  static let delay = ValueKind<SimDuration>.duration(atMost: .seconds(3600))

  /// The keys of one kind of link, with its defaults.
  static func link(
    _ name: String, latency: String, bandwidth: String, jitter: String, isPod: Bool = false, _ source: String
  ) -> KeyTable {
    var keys = [
      Key("latency", delay, default: latency, source: source, "Propagation, one way.").erased,
      Key("bandwidth", .bandwidth, default: bandwidth, source: source, "What the transmitter puts on the wire.").erased,
      Key("jitter", delay, default: jitter, source: source, "Uniform in ± this, at most the latency, order kept.")
        .erased,
      Key("loss", .share, default: "0", source: "chosen", "The share of packets lost.").erased,
      Key("queue", .bytes, default: "1Mi", source: "chosen, near Linux's txqueuelen", "What may wait; more is dropped.")
        .erased,
    ]
    if isPod { keys.append(mtu.erased) }
    return KeyTable(name: name, keys: keys)
  }

  static let mtu = Key(
    "mtu", ValueKind<Int>.count(68...65535), default: "1500", source: "RFC 894", "The largest packet on every link.")
  static let pod = link(
    "PodLink", latency: "20us", bandwidth: "10Gbit", jitter: "0s", isPod: true, "chosen: a veth pair")
  static let node = link("NodeLink", latency: "200us", bandwidth: "10Gbit", jitter: "20us", "chosen: one zone")
  static let external = link(
    "ExternalLink", latency: "15ms", bandwidth: "1Gbit", jitter: "0s", "chosen: the internet within a region")
  static let deadAddress = Key(
    "deadAddress", ValueKind<NetworkParameters.DeadAddress>.word("answer"), default: "bridge",
    source: "chosen: kindnet's, flannel's and bridge's way", "What a packet to a pod that is gone meets.")
  static let clientCIDR = Key(
    "clientCIDR", ValueKind<[Prefix]>.blocks, default: "203.0.113.0/24", source: "RFC 5737",
    "Where external clients are.")

  static let table = KeyTable(
    name: "Network",
    keys: [
      Key("pod", .object(pod), "A pod or process to its node.").erased,
      Key("node", .object(node), "A node to another, or a load balancer to a node.").erased,
      Key("external", .object(external), "A client outside to a node or load balancer.").erased,
      deadAddress.erased, clientCIDR.erased,
    ])
}

/// Reads `spec.network`.
enum NetworkReader {
  /// Reads the network's parameters.
  static func read(_ fields: FieldReader) -> NetworkParameters {
    fields.allow(NetworkKeys.table)
    var network = NetworkParameters()
    network.pod = link(fields.mapping("pod"), NetworkKeys.pod, network.pod)
    network.node = link(fields.mapping("node"), NetworkKeys.node, network.node)
    network.external = link(fields.mapping("external"), NetworkKeys.external, network.external)
    if let mtu = fields.mapping("pod").read(NetworkKeys.mtu) { network.mtu = mtu }
    if let answer = fields.read(NetworkKeys.deadAddress) { network.deadAddress = answer }
    if let blocks = fields.read(NetworkKeys.clientCIDR) { network.clientCIDRs = blocks }
    return network
  }

  private static func link(_ fields: FieldReader, _ table: KeyTable, _ defaults: LinkParameters) -> LinkParameters {
    fields.allow(table)
    var link = defaults
    if let value = fields.read("latency", NetworkKeys.delay) { link.latency = value }
    if let value = fields.read("bandwidth", .bandwidth) { link.bitsPerSecond = value }
    if let value = fields.read("jitter", NetworkKeys.delay) {
      link.jitter = value
      if value > link.latency {
        fields.findings.error(
          .refused(
            "the jitter is more than the latency, \(Quantities.text(link.latency))",
            hint: "a packet would arrive before it is sent"), at: fields.place("jitter"))
      }
    }
    if let value = fields.read("loss", .share) { link.loss = value }
    if let value = fields.read("queue", .bytes) { link.queueBytes = UInt32(clamping: Int64(value)) }
    return link
  }
}

/// The keys of `spec.loadBalancers`.
enum LoadBalancerKeys {
  static let providers = [
    "generic", "none", "aws-nlb", "aws-alb", "aws-classic", "gcp-l4", "gcp-l7", "azure", "metallb", "metallb-bgp",
    "docker-desktop", "k3s", "minikube",
  ]
  static let provider = Key(
    "provider", ValueKind<String>.word("provider", providers), default: "generic", source: "chosen",
    "Presets of the fields below; none leaves Services <pending>.")
  static let algorithm = Key(
    "algorithm", ValueKind<LoadBalancerParameters.Algorithm>.word("algorithm"), default: "flow-hash",
    source: "pass-through L4 balancers", "How a connection finds its target.")
  static let provisioning = Key(
    "provisioning", ValueKind<SimDuration>.duration, default: "30s", source: "chosen, within GCP's 0.5 to 1 min",
    "From a Service's creation to its address.")
  static let addresses = Key(
    "addresses", ValueKind<[Prefix]>.blocks, default: "198.51.100.0/24", source: "RFC 5737",
    "Where load balancers have their addresses.")
  static let healthCheck = KeyTable(
    name: "HealthCheck",
    keys: [
      Key("interval", .positiveDuration, default: "10s", source: "chosen, AWS's", "Between checks.").erased,
      Key("timeout", .positiveDuration, default: "2s", source: "chosen", "How long an answer may take.").erased,
      Key("healthyThreshold", .positive, default: "2", source: "chosen, AWS's", "Successes that bring a target in.")
        .erased,
      Key("unhealthyThreshold", .positive, default: "2", source: "chosen, AWS's", "Failures that take a target out.")
        .erased,
    ])

  static let table = KeyTable(
    name: "LoadBalancers",
    keys: [
      provider.erased, algorithm.erased, provisioning.erased,
      Key("healthCheck", .object(healthCheck), "How targets are checked.").erased, addresses.erased,
    ])
}

/// Reads `spec.loadBalancers`.
enum LoadBalancerReader {
  /// Reads the load balancers' parameters.
  static func read(_ fields: FieldReader) -> LoadBalancerParameters {
    fields.allow(LoadBalancerKeys.table)
    var balancers = LoadBalancerParameters()
    if let provider = fields.read(LoadBalancerKeys.provider) {
      balancers.provider = provider
      balancers.isProvided = provider != "none"
      if !EngineSupport.providers.contains(provider) {
        fields.findings.error(
          .notModelledYet(
            "provider \(provider) is not modelled yet",
            hint: "modelled: \(EngineSupport.providers.joined(separator: ", "))"), at: fields.place("provider"))
      }
    }
    if let value = fields.read(LoadBalancerKeys.algorithm) { balancers.algorithm = value }
    if let value = fields.read(LoadBalancerKeys.provisioning) { balancers.provisioning = value }
    if let value = fields.read(LoadBalancerKeys.addresses) { balancers.addresses = value }
    let check = fields.mapping("healthCheck")
    check.allow(LoadBalancerKeys.healthCheck)
    if let value = check.read("interval", .positiveDuration) { balancers.healthCheck.interval = value }
    if let value = check.read("timeout", .positiveDuration) { balancers.healthCheck.timeout = value }
    if let value = check.read("healthyThreshold", .positive) { balancers.healthCheck.healthyThreshold = value }
    if let value = check.read("unhealthyThreshold", .positive) { balancers.healthCheck.unhealthyThreshold = value }
    EngineSupport.check(balancers, fields)
    return balancers
  }
}
