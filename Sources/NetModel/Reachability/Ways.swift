// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// All ways that one new connection can go, with exact probabilities: what probes, traces and expected shares ask.
///
/// A connection for the first time: no conntrack entry, no affinity. It walks the same rules as packets do.
struct Ways {
  let rules: CompiledRules
  let locals: LocalAddresses
  let memory: RuleMemory
  let interfaces: NodeInterfaces
  let control: ControlPlane
  let addresses: AddressTable
  let owner: (AddressID) -> Place
  let podNode: (PodID) -> NodeID
  let now: SimTime
  private let conntrack = ConntrackTable()

  init(_ world: borrowing World, now: SimTime) {
    rules = world.rules
    locals = world.locals
    memory = world.memory
    interfaces = world.interfaces
    control = world.control
    addresses = world.addresses
    let owners = (0..<world.owners.count).map { world.owners[AddressID(index: $0)] }
    owner = { $0.index < owners.count ? owners[$0.index] : .nowhere }
    let nodes = world.pods.ids.map { world.pods[$0].node }
    podNode = { nodes[$0.index] }
    self.now = now
  }

  /// One way through a node.
  struct Passage {
    var probability: Double
    var outcome: NodeWalk.Outcome
    /// The number of this way among those the odometer turns through.
    var path: Int
  }

  /// Whether a process of the node sends this, so that it starts at OUTPUT.
  func isLocalOutput(_ source: AddressID, _ node: NodeID) -> Bool { locals.isLocal(source, on: node) }

  /// Every way of a first packet through one node.
  func passages(_ tuple: FlowTuple, _ node: NodeID) -> [Passage] {
    var result: [Passage] = []
    var chooser = Enumerating()
    var path = 0
    repeat {
      var trace = NoTrace()
      let outcome = walk(tuple, node, chooser: &chooser, trace: &trace)
      if chooser.weight > 0 { result.append(Passage(probability: chooser.weight, outcome: outcome, path: path)) }
      path += 1
    } while chooser.advance() && path < 1 << 20
    return result
  }

  /// One way through a node, watched.
  func walk<Choice: Chooser, Watch: Tracer>(
    _ tuple: FlowTuple, _ node: NodeID, chooser: inout Choice, trace: inout Watch
  ) -> NodeWalk.Outcome {
    let own = control.nodeAddresses[node.index]
    let parts = NodeParts(
      rules: rules, locals: locals, memory: memory, conntrack: conntrack, interfaces: interfaces)
    let walk = NodeWalk(node: node, now: now, nodeAddressIPv4: own.ipv4, nodeAddressIPv6: own.ipv6)
    var draws = KeyedDraw(seed: 0, purpose: .snatPort, entity: tuple.addresses)
    let source = owner(tuple.source)
    let isOwnPod = source.kind == .pod && podNode(source.pod) == node || isInPodBlock(tuple.source, node)
    return walk.run(
      parts, tuple, flags: .syn, length: 60, isLocalOutput: isLocalOutput(tuple.source, node),
      inInterface: isOwnPod ? interfaces.pods : interfaces.uplink, isProbe: true, chooser: &chooser, draws: &draws,
      trace: &trace,
      outInterface: { address in
        let target = owner(address)
        return target.kind == .pod && podNode(target.pod) == node ? interfaces.pods : interfaces.uplink
      })
  }

  private func isInPodBlock(_ address: AddressID, _ node: NodeID) -> Bool {
    let value = addresses[address]
    return control.nodes[node.index].podCIDRs.contains { $0.contains(value) }
  }

  /// How a way through one node ends, as a probe calls it.
  func branch(_ passage: Passage) -> ProbeResult.Branch {
    let outcome = passage.outcome
    var branch = ProbeResult.Branch(
      probability: passage.probability, verdict: .unmatched, endpoint: nil, masquerade: outcome.hasSNAT)
    switch outcome.verdict {
    case .drop, .unmodelled: branch.verdict = .drop
    case .reject: branch.verdict = .reject
    case .accept:
      if outcome.hasDNAT {
        branch.verdict = .deliver
        let reached = outcome.entry.translated(.original)
        branch.endpoint = SocketAddress(addresses[reached.destination], reached.destinationPort)
      } else if outcome.isForLocalProcess, !outcome.decisive.isNone {
        branch.verdict = .accept
      }
    }
    if branch.verdict == .drop || branch.verdict == .reject { branch.masquerade = false }
    return branch
  }

  /// Merges branches that end alike, in the order in which they were first met.
  static func merged(_ branches: [ProbeResult.Branch]) -> [ProbeResult.Branch] {
    struct Key: Hashable {
      var verdict: ProbeVerdict
      var endpoint: SocketAddress?
      var masquerade: Bool
    }
    var places: [Key: Int] = [:]
    var result: [ProbeResult.Branch] = []
    for branch in branches {
      let key = Key(verdict: branch.verdict, endpoint: branch.endpoint, masquerade: branch.masquerade)
      if let at = places[key] {
        result[at].probability += branch.probability
      } else {
        places[key] = result.count
        result.append(branch)
      }
    }
    return result
  }
}
