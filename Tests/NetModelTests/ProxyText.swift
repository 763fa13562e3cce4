// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import Testing

/// Prints what kube-proxy writes, as the tests compare it: a mark as `0x4000`, a host without its length.
enum ProxyText {
  /// The rules of each chain, by `table chain`, in the order of the ruleset.
  static func chains(_ ruleset: IPTablesRuleset) -> [(name: String, rules: [String])] {
    ruleset.tables.flatMap { table in
      table.chains.map { chain in
        ("\(table.name) \(chain.name)", chain.rules.map { "-A \(chain.name)" + line($0) })
      }
    }
  }

  /// The rules of one chain.
  static func rules(_ ruleset: IPTablesRuleset, _ table: String, _ chain: String) -> [String]? {
    chains(ruleset).first { $0.name == "\(table) \(chain)" }?.rules
  }

  /// The whole text.
  static func restore(_ ruleset: IPTablesRuleset) -> String {
    var text = ""
    for table in ruleset.tables {
      text += "*\(table.name)\n"
      for chain in table.chains { text += ":\(chain.name) \(chain.policy?.rawValue ?? "-") [0:0]\n" }
      for chain in table.chains { for rule in chain.rules { text += "-A \(chain.name)\(line(rule))\n" } }
      text += "COMMIT\n"
    }
    return text
  }

  static func line(_ rule: IPTablesRule) -> String {
    rule.matches.map { " " + text($0) }.joined() + (rule.target.map { " " + text($0) } ?? "")
  }

  private static func not(_ negated: Bool, _ text: String) -> String { negated ? "! " + text : text }
  private static func quoted(_ text: String) -> String { text.contains(" ") ? "\"\(text)\"" : text }
  private static func block(_ prefix: Prefix) -> String {
    prefix.isHost ? prefix.address.description : prefix.description
  }
  private static func hex(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }

  private static func text(_ match: IPTablesMatch) -> String {
    switch match {
    case .source(let prefix, let negated): not(negated, "-s " + block(prefix))
    case .destination(let prefix, let negated): not(negated, "-d " + block(prefix))
    case .inInterface(let name, let negated): not(negated, "-i " + name)
    case .protocol(let transport, let negated): not(negated, "-p " + (transport?.name ?? "all"))
    case .module(let name): "-m " + name
    case .destinationPort(let ports, let negated): not(negated, "--dport \(ports.lowerBound)")
    case .comment(let comment): "-m comment --comment " + quoted(comment)
    case .addressType(let side, let types, let negated):
      "-m addrtype " + not(negated, side.rawValue + (types == .local ? " LOCAL" : " ?"))
    case .connectionState(let states, let negated, _): "-m conntrack " + not(negated, "--ctstate " + names(states))
    case .mark(let value, let mask, let negated): "-m mark " + not(negated, "--mark \(hex(value))/\(hex(mask))")
    case .statisticRandom(let probability, _): "-m statistic --mode random --probability " + probability.text
    case .recent(let recent):
      "-m recent --name \(recent.name) \(recent.operation.rawValue)"
        + (recent.seconds.map { " --seconds \($0)" } ?? "") + (recent.reap ? " --reap" : "")
    case .nfacct(let name): "-m nfacct --nfacct-name " + name
    default: "(not a match of kube-proxy's)"
    }
  }

  private static func names(_ states: IPTablesMatch.ConnectionStates) -> String {
    let all: [(IPTablesMatch.ConnectionStates, String)] = [
      (.invalid, "INVALID"), (.new, "NEW"), (.related, "RELATED"), (.established, "ESTABLISHED"),
      (.untracked, "UNTRACKED"), (.snat, "SNAT"), (.dnat, "DNAT"),
    ]
    return all.filter { states.contains($0.0) }.map(\.1).joined(separator: ",")
  }

  private static func text(_ target: IPTablesTarget) -> String {
    switch target {
    case .jump(let chain): "-j " + chain
    case .return: "-j RETURN"
    case .accept: "-j ACCEPT"
    case .drop: "-j DROP"
    case .reject: "-j REJECT"
    case .dnat(let range):
      "-j DNAT --to-destination "
        + (range.addresses.flatMap { a in range.ports.map { SocketAddress(a.lowerBound, $0.lowerBound).description } }
          ?? "?")
    case .masquerade(_, let flags): "-j MASQUERADE" + (flags.contains(.randomFully) ? " --random-fully" : "")
    case .mark(let operation): "-j MARK \(operation.spelling.rawValue) \(hex(operation.operand))"
    default: "(not a target of kube-proxy's)"
    }
  }
}

/// A cluster as kube-proxy's tests state it, and the rules of one of its nodes.
struct ProxyCluster {
  var configuration = KubeProxyConfiguration()
  var node = ProxyNode(
    name: "test-node", nodeIPs: [ip("192.168.0.2")],
    localAddresses: ["127.0.0.1", "::1", "192.168.0.2", "192.168.1.2", "192.168.99.11", "2001:db8::1", "2001:db8:1::2"]
      .map { ip($0) })
  var features = IPTablesFeatures.none
  var services: [Service] = []
  var slices: [EndpointSlice] = []

  /// The node of kube-proxy's tests, whose pods are 10.0.0.0/8.
  init(_ services: [Service] = [], _ slices: [EndpointSlice] = []) {
    configuration.clusterCIDRs = [block("10.0.0.0/8"), block("fd00:10::/64")]
    self.services = services
    self.slices = slices
  }

  /// Everything, as all nodes share it.
  func shared() -> SharedRules {
    let log = ServiceLog()
    for service in services { log.set(service, at: LogPoint(rawValue: 1)) }
    for slice in slices { log.set(slice, at: LogPoint(rawValue: 1)) }
    let shared = SharedRules(
      log: log, configuration: configuration, addresses: AddressTable(), features: features)
    shared.setNode(Self.nodeID, node)
    return shared
  }

  static let nodeID = NodeID(rawValue: 0)
  static let now = NodeView(node: nodeID, services: .latest, endpoints: .latest)

  func ruleset(_ family: IPFamily = .ipv4, extras: IPTablesProxy.Extras = []) -> IPTablesRuleset {
    shared().ruleset(Self.now, family: family, extras: extras) ?? IPTablesRuleset(family: family)
  }

  /// The rules of one chain; nil when there is no such chain.
  func rules(_ table: String, _ chain: String, _ family: IPFamily = .ipv4) -> [String]? {
    ProxyText.rules(ruleset(family), table, chain)
  }

  /// The plan of the first port of the first Service.
  func plan(_ family: IPFamily = .ipv4) -> ServicePlan? {
    let shared = shared()
    return shared.ports(Self.now, family: family).first.flatMap { shared.plan(of: $0, Self.now) }
  }
}

func ip(_ text: String, at: SourceLocation = #_sourceLocation) -> Address {
  guard let address = Address(text) else {
    Issue.record("no address: \(text)", sourceLocation: at)
    return .unspecified(.ipv4)
  }
  return address
}

func block(_ text: String, at: SourceLocation = #_sourceLocation) -> Prefix {
  guard let prefix = Prefix(text) else {
    Issue.record("no block: \(text)", sourceLocation: at)
    return Prefix(host: .unspecified(.ipv4))
  }
  return prefix
}

func service(
  _ name: String, _ clusterIPs: String..., ports: [Service.Port]? = nil,
  change: (inout Service) -> Void = { _ in }
)
  -> Service
{
  let parts = name.split(separator: "/").map(String.init)
  var service = Service(
    metadata: ObjectMeta(name: parts[1], namespace: parts[0]), clusterIPs: clusterIPs.map { ip($0) },
    ports: ports ?? [Service.Port(name: "p80", port: 80)])
  change(&service)
  return service
}

func slice(
  _ serviceName: String, _ endpoints: [EndpointSlice.Endpoint], number: Int = 1, port: UInt16? = 80,
  portName: String = "p80", protocol: IPProtocol = .tcp
) -> EndpointSlice {
  let parts = serviceName.split(separator: "/").map(String.init)
  return EndpointSlice(
    metadata: ObjectMeta(
      name: "\(parts[1])-\(number)", namespace: parts[0], labels: ["kubernetes.io/service-name": parts[1]]),
    addressType: endpoints.first?.addresses.first?.family ?? .ipv4,
    ports: [EndpointSlice.Port(name: portName, protocol: `protocol`, port: port)], endpoints: endpoints)
}

func endpoint(
  _ address: String, on node: String? = nil, _ change: (inout EndpointSlice.Endpoint) -> Void = { _ in }
)
  -> EndpointSlice.Endpoint
{
  var endpoint = EndpointSlice.Endpoint(addresses: [ip(address)], nodeName: node)
  change(&endpoint)
  return endpoint
}

/// An endpoint whose pod is being deleted but still answers.
func terminating(_ address: String, on node: String? = nil, serving: Bool = true) -> EndpointSlice.Endpoint {
  endpoint(address, on: node) {
    $0.ready = false
    $0.serving = serving
    $0.terminating = true
  }
}
