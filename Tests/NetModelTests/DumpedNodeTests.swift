// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

/// What a node's own rules do to the packets of a run, where they are a dump.
@Suite struct DumpedNodeTests {
  /// A cluster whose clients send to a pod of another node, every node with these rules.
  private func outcomes(
    from placement: ClientPlacement, _ rules: String, sets: String = "", protocol transport: IPProtocol = .tcp,
    rate: Double = 50, to: (Address) -> Destination
  ) throws -> [RequestOutcome: Int] {
    var specification = Httpenv.load(.clusterIP, from: placement, rate: rate, protocol: transport)
    specification.duration = .seconds(2)
    specification.clients[0].count = 1
    specification.workloads[0].timeout = .seconds(1)
    let inventory = try SimulatedCluster(specification).inventory()
    let pod = try #require(inventory.pods.first { inventory.nodes[$0.node.index].metadata.name == "node-2" })
    let address = try #require(pod.pod.podIPs.first)
    specification.workloads[0].to = to(address)
    let parsed = IPTablesSaveParser.parse(rules.replacing("POD", with: "\(address)"), family: .ipv4)
    #expect(parsed.problems.isEmpty, "\(parsed.problems)")
    let declared = IPSetSaveParser.parse(sets.replacing("POD", with: "\(address)"))
    #expect(declared.problems.isEmpty, "\(declared.problems)")
    specification.cluster.rulesFrom = inventory.nodes.map {
      .init(node: $0.metadata.name, rules: parsed.ruleset, sets: declared.sets)
    }
    let result = try WorldTests.run(specification)
    #expect(result.books.balances)
    return Dictionary(grouping: result.requests, by: \.outcome).mapValues(\.count)
  }

  private static func filter(forward: String = "ACCEPT", output: String = "ACCEPT", _ rules: [String] = []) -> String {
    "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD \(forward) [0:0]\n:OUTPUT \(output) [0:0]\n"
      + rules.map { $0 + "\n" }.joined() + "COMMIT\n"
  }

  /// Rules, and whether a process of node-1 is answered through them.
  private static let processes: [(rules: String, isAnswered: Bool)] = [
    // What a local process sends and gets is not forwarded: but on node-2, where the pod is.
    (filter(forward: "DROP", ["-A FORWARD -d POD/32 -j ACCEPT", "-A FORWARD -s POD/32 -j ACCEPT"]), true),
    (filter(forward: "DROP"), false),
    // The SYN passes, nothing after it.
    (filter(output: "DROP", ["-A OUTPUT -m conntrack --ctstate NEW -j ACCEPT"]), false),
    (filter(output: "DROP", ["-A OUTPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT"]), true),
    ("*mangle\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -m conntrack --ctstate ESTABLISHED -j DROP\nCOMMIT\n", false),
    ("*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --tcp-flags SYN NONE -j DROP\nCOMMIT\n", false),
  ]

  @Test(arguments: processes.indices) func aProcessesPacketsGoThroughOutput(_ row: Int) throws {
    let (rules, isAnswered) = DumpedNodeTests.processes[row]
    let outcomes = try outcomes(from: .node("node-1"), rules) { .socket(SocketAddress($0, 8888)) }
    #expect(outcomes.keys.map { $0 } == [isAnswered ? .succeeded : .timeout], "\(rules)")
  }

  /// Whether the error that a closed UDP port sends comes back through FORWARD.
  @Test(arguments: [
    ("-A FORWARD -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT", RequestOutcome.timeout),
    ("-A FORWARD -m conntrack --ctstate NEW,ESTABLISHED,RELATED -j ACCEPT", .refused),
    ("-A FORWARD -p udp -j ACCEPT\n-A FORWARD -p icmp -m icmp --icmp-type port-unreachable -j ACCEPT", .refused),
    ("-A FORWARD -p udp -j ACCEPT\n-A FORWARD -p icmp -m icmp --icmp-type host-unreachable -j ACCEPT", .timeout),
  ])
  func anErrorIsRelated(_ rules: String, _ wanted: RequestOutcome) throws {
    let outcomes = try outcomes(
      from: .node("node-1"), DumpedNodeTests.filter(forward: "DROP", [rules]), protocol: .udp, rate: 2
    ) { .socket(SocketAddress($0, 81)) }
    #expect(outcomes.keys.map { $0 } == [wanted])
  }

  @Test func forwardSeesTheDestinationTranslatedAndTheSourceNot() throws {
    let nat =
      "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 10.96.77.77/32 -p tcp -m tcp --dport 80 -j DNAT "
      + "--to-destination POD:8888\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -d 10.96.77.77/32 -p tcp -m tcp --dport 80 -j DNAT "
      + "--to-destination POD:8888\nCOMMIT\n"
    let rules = DumpedNodeTests.filter(
      forward: "DROP", ["-A FORWARD -d POD/32 -j ACCEPT", "-A FORWARD -s POD/32 -j ACCEPT"])
    let service = try #require(SocketAddress("10.96.77.77:80"))
    for placement in [ClientPlacement.node("node-1"), .pods(["app": "httpenv"], namespace: nil)] {
      let outcomes = try outcomes(from: placement, rules + nat) { _ in .socket(service) }
      #expect(outcomes.keys.map { $0 } == [.succeeded], "\(placement)")
    }
  }

  @Test func aSetIsAskedWhereItsMembersAreKnown() throws {
    let rules = DumpedNodeTests.filter([
      "-A FORWARD -m set --match-set allowed dst -j ACCEPT", "-A FORWARD -d POD/32 -j DROP",
    ])
    let known = try outcomes(
      from: .node("node-1"), rules, sets: "create allowed hash:ip family inet\nadd allowed POD\n"
    ) { .socket(SocketAddress($0, 8888)) }
    #expect(known.keys.map { $0 } == [.succeeded])
    // Unknown, it is an error where a packet reaches it, and only there.
    #expect(throws: ProbeProblem.self) {
      try self.outcomes(from: .node("node-1"), rules) { .socket(SocketAddress($0, 8888)) }
    }
    let elsewhere = DumpedNodeTests.filter(["-A FORWARD -p udp -m set --match-set allowed dst -j DROP"])
    let passed = try outcomes(from: .node("node-1"), elsewhere) { .socket(SocketAddress($0, 8888)) }
    #expect(passed.keys.map { $0 } == [.succeeded])
  }

  @Test func whatIsWrongWithADumpIsSaidInWords() throws {
    var specification = Httpenv.cluster(.clusterIP)
    let set = IPSet(name: "pairs", type: "hash:ip,port")
    let rule = IPTablesRule([.set(name: "pairs", flags: [.source], negated: false)], .drop)
    specification.cluster.rulesFrom = [
      .init(
        node: "node-1",
        rules: IPTablesRuleset(
          family: .ipv4,
          tables: [
            IPTablesTable(
              name: "filter", chains: [IPTablesChain(name: "FORWARD", policy: .accept, rules: [rule])])
          ]), sets: [set])
    ]
    do {
      _ = try SimulatedCluster(specification)
      Issue.record("assembled")
    } catch {
      #expect(
        error.problems.map(\.message) == [
          "the dump of node-1: table filter, chain FORWARD, rule 1: the flags do not fit the dimensions of set 'pairs'"
        ])
    }
  }
}
