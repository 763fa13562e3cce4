// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import SimCore
import Testing

@testable import NetModel

/// docs/probabilities.md against the rules that kube-proxy writes, compiled and enumerated.
@Suite struct ProbabilityTableTests {
  /// A row of the table: n, the endpoint farthest from 1/n, and how far.
  private static let rows: [(n: Int, endpoint: Int, deviation: String, relative: String)] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/probabilities.md")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 4, let n = Int(cells[0]), let endpoint = Int(cells[1]) else { return nil }
      return (n, endpoint, cells[2], cells[3])
    }
  }()

  /// The exact share of each of n endpoints, in the order in which the chain asks: every branch of a walk from PREROUTING.
  private func shares(_ n: Int) throws -> [Double] {
    let addresses = AddressTable()
    let log = ServiceLog()
    log.set(service("ns/web", "172.30.0.41"), at: LogPoint(rawValue: 1))
    let members = (0..<n).map { endpoint("10.180.\($0 / 200).\($0 % 200 + 1)", on: "node-1") }
    log.set(slice("ns/web", members), at: LogPoint(rawValue: 1))
    let shared = SharedRules(log: log, configuration: KubeProxyConfiguration(), addresses: addresses)
    shared.setNode(NodeID(index: 0), ProxyNode(name: "node-1", nodeIPs: [ip("192.168.0.1")]))
    let view = NodeView(
      node: NodeID(index: 0), services: LogPoint(rawValue: 1), endpoints: LogPoint(rawValue: 1))
    let ruleset = try #require(shared.ruleset(view, family: .ipv4, extras: .hookJumps))
    let program = Program(addresses: addresses, interfaces: InterfaceTable())
    let compiled = try program.compile(ruleset)
    let packet = PacketView(
      FlowTuple(
        source: addresses.intern(ip("10.180.9.9")), sourcePort: 40000, destination: addresses.intern(ip("172.30.0.41")),
        destinationPort: 80, protocol: .tcp))
    var shares: [AddressID: Double] = [:]
    var order: [AddressID] = []
    let locals = LocalAddresses(addresses)
    let memory = RuleMemory()
    var chooser = Enumerating()
    repeat {
      var units = NoUnits()
      var host = NodeContext(NodeID(index: 0), now: .zero, locals: locals, memory: memory, isProbe: true)
      var trace = NoTrace()
      let result = program.walk(
        compiled, .prerouting, .translation, packet, chooser: &chooser, units: &units, host: &host, trace: &trace)
      guard chooser.weight > 0 else { continue }
      if shares[result.nat.address] == nil { order.append(result.nat.address) }
      shares[result.nat.address, default: 0] += chooser.weight
    } while chooser.advance()
    return order.compactMap { shares[$0] }
  }

  @Test func tableIsWhatTheRulesGive() throws {
    #expect(Self.rows.map(\.n) == Array(1...100))
    for row in Self.rows {
      let shares = try shares(row.n)
      #expect(shares.count == row.n)
      let deviations = shares.map { $0 - 1 / Double(row.n) }
      // The deviations are eight orders below the shares: a double has the last two digits of them.
      let worst = deviations.map(\.magnitude).max() ?? 0
      let written = Double(row.deviation) ?? .nan
      #expect(abs(deviations[row.endpoint - 1] - written) < 2e-13, "\(row.n)")
      #expect(worst <= written.magnitude + 2e-13, "\(row.n)")
      #expect(abs((Double(row.relative) ?? .nan) - written * Double(row.n)) <= written.magnitude * Double(row.n) * 1e-3)
    }
  }
}
