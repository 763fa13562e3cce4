// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import TestSupport
import Testing

@testable import NetModel

/// kube-proxy's rules by way of shared units, against the same node's whole text compiled as if it were a dump.
@Suite struct ProgramClusterTests {
  /// What is compared of a walk.
  struct Seen: Equatable {
    var verdict: Verdict
    var nat: NATRequest
    var mark: UInt32
    var rulesWalked: UInt32
    var decisive: RuleOrigin?
  }

  /// The way of a packet through the hooks it would cross, one result a hook.
  private func cross<Choice: Chooser, Units: UnitResolver, Trace: Tracer>(
    _ program: Program, _ ruleset: RulesetID, _ packet: PacketView, isOutput: Bool, isCounted: Bool = true,
    chooser: inout Choice, units: inout Units, host: inout ProgramHost, trace: Trace = NoTrace()
  ) -> [Seen] {
    var packet = packet
    var seen: [Seen] = []
    var trace = trace
    let isLocal = isOutput ? [Hook.output] : [.prerouting]
    for hook in isLocal + [.input, .forward, .postrouting] {
      for phase in [HookPhase.translation, .filtering] {
        let result = program.walk(
          ruleset, hook, phase, packet, chooser: &chooser, units: &units, host: &host, trace: &trace)
        seen.append(
          Seen(
            verdict: result.verdict, nat: result.nat, mark: result.mark,
            rulesWalked: isCounted ? result.rulesWalked : 0, decisive: isCounted ? program.origin(result.decisive) : nil
          ))
        packet.mark = result.mark
        if result.nat.kind == .destination {
          packet.tuple.destination = result.nat.address
          packet.tuple.destinationPort = result.nat.minPort
          packet.state.insert(.dnat)
        }
      }
    }
    return seen
  }

  @Test("equal to the whole text for every door and source", arguments: 1...8 as ClosedRange<UInt64>)
  func equalsDump(seed: UInt64) throws {
    for family in [IPFamily.ipv4, .ipv6] {
      let cluster = ProgramCluster(seed: seed, family: family)
      for (n, node) in cluster.nodes.enumerated() {
        for view in cluster.views(n) {
          let text = try #require(cluster.rules.shared.ruleset(view, family: family, extras: .hookJumps))
          let dump = Program(addresses: cluster.addresses, interfaces: cluster.interfaces)
          let whole = try dump.compile(text)
          var at = cluster.rules.node(view.node)
          at.view = view
          let mine = family == .ipv4 ? at.ipv4 : at.ipv6
          var exact = cluster.rules.units(of: at, family: family, isExact: true)
          var near = cluster.rules.units(of: at, family: family)
          let local = node.localAddresses
          var ours = ProgramHost(addresses: cluster.addresses, program: cluster.rules.program, local: local)
          var theirs = ProgramHost(addresses: cluster.addresses, program: dump, local: local)
          for (s, source) in cluster.sources(n).enumerated() {
            for (d, door) in cluster.doors.enumerated() {
              let packet = cluster.packet(source, door)
              let draws = KeyedDraw(
                seed: seed, purpose: DrawPurpose(rawValue: 1), entity: UInt64(s * 1000 + d))
              var none = NoUnits()
              var a = Sampling(draws)
              let expected = cross(
                dump, whole, packet, isOutput: source.isOutput, chooser: &a, units: &none, host: &theirs)
              var b = Sampling(draws)
              let found = cross(
                cluster.rules.program, mine, packet, isOutput: source.isOutput, chooser: &b, units: &exact, host: &ours)
              #expect(found == expected, "seed \(seed), \(family), \(view), \(source.address) to \(door)")
              var watched = Sampling(draws)
              let traced = cross(
                cluster.rules.program, mine, packet, isOutput: source.isOutput, chooser: &watched, units: &exact,
                host: &ours, trace: RecordedTrace())
              #expect(traced == found)
              var c = Sampling(draws)
              let quick = cross(
                cluster.rules.program, mine, packet, isOutput: source.isOutput, isCounted: false, chooser: &c,
                units: &near, host: &ours)
              #expect(
                quick.map(\.nat) == expected.map(\.nat) && quick.map(\.verdict) == expected.map(\.verdict)
                  && quick.map(\.mark) == expected.map(\.mark))
            }
          }
        }
      }
    }
  }

  @Test("a thousand bases compile a Service once, and a split Service's endpoints once")
  func compilesOnce() throws {
    let cluster = ProgramCluster(seed: 3)
    let program = cluster.rules.program
    func walkAll() {
      for (n, node) in cluster.nodes.enumerated() {
        var at = cluster.rules.node(NodeID(index: n))
        at.view = cluster.views(n)[0]
        var units = cluster.rules.units(of: at, family: .ipv4)
        var host = ProgramHost(addresses: cluster.addresses, program: program, local: node.localAddresses)
        for door in cluster.doors {
          let packet = cluster.packet(cluster.sources(n)[4], door)
          var chooser = Sampling(KeyedDraw(seed: 1, purpose: DrawPurpose(rawValue: 1), entity: 1))
          _ = cross(program, at.ipv4, packet, isOutput: false, chooser: &chooser, units: &units, host: &host)
        }
      }
    }
    walkAll()
    let compiled = program.ruleCount
    walkAll()
    #expect(program.ruleCount == compiled)
    var written = 300
    for n in 0..<cluster.rules.shared.unitCount {
      let unit = cluster.rules.shared.rules(of: RuleUnitID(index: n))
      written += unit.dispatch.count
      for chain in unit.chains { written += chain.rules.count }
    }
    #expect(compiled < written)
  }
}
