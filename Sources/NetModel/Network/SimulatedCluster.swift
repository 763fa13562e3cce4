// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A whole simulated cluster with its clients: assembled, run in slices, asked questions, and read out in batches.
///
/// A class because a run is one thing with an identity; what is inside is rows. Not shared between threads: each
/// replication has its own.
public final class SimulatedCluster {
  var simulation: Simulation<World>

  /// Assembles the cluster and schedules everything that the specification says happens.
  ///
  /// - Throws: every `AssemblyProblem` found.
  public init(_ specification: WorldSpecification) throws(AssemblyProblems) {
    let assembly = ClusterAssembly(specification)
    guard assembly.problems.isEmpty else { throw AssemblyProblems(problems: assembly.problems) }
    simulation = Simulation(World(assembly))
    try simulation.model.replaceRules()
    for (number, event) in specification.events.enumerated() {
      simulation.scheduler.schedule(WorldEvent(kind: .scenario, a: UInt32(number)), at: event.at)
    }
    simulation.prepare { world, scheduler in
      for workload in world.workloads.ids where world.workloads[workload].clientCount > 0 {
        world.startWorkload(workload, &scheduler)
      }
    }
  }

  /// The clock.
  public var now: SimTime { simulation.now }
  /// Events fired so far.
  public var eventsFired: UInt64 { simulation.scheduler.eventsFired }
  /// The digests so far: of all events, of packets on links, of results.
  public var digests: (events: UInt64, packets: UInt64, results: UInt64) {
    (simulation.scheduler.digest.value, simulation.model.packetDigest.value, simulation.model.resultDigest.value)
  }
  /// The books.
  public var conservation: Conservation { simulation.model.books }

  /// Runs all events before `time`, and sets the clock there.
  ///
  /// - Throws: when a packet reached a rule that is not modelled; the run cannot go on from there.
  public func run(until time: SimTime) throws(ProbeProblem) {
    runEvents(until: time)
    if let problem = simulation.model.unmodelled { throw problem }
  }

  // Here the engine is specialised for the world: keep it in this module.
  private func runEvents(until time: SimTime) { simulation.run(until: time) }

  /// Whether a request is still under way: after `duration` the run goes on until this is false or its time is up.
  public var hasRequestsInFlight: Bool { simulation.model.books.requestsInFlight > 0 }

  /// Takes out the records written since the last call, in the order written.
  public func drainRequests(_ body: (UnsafeBufferPointer<RequestRecord>) -> Void) {
    simulation.model.recorder.drainRequests(body)
  }

  /// Takes out the balancing decisions since the last call.
  public func drainConnections(_ body: (UnsafeBufferPointer<ConnectionRecord>) -> Void) {
    simulation.model.recorder.drainConnections(body)
  }

  /// How long each pod's server takes for the requests that it has taken up so far, in nanoseconds, by `PodID`.
  public var busyTimes: [UInt64] { simulation.model.pods.ids.map { simulation.model.pods[$0].server.busyTime } }

  /// Takes out the changes since the last call.
  public func drainChanges() -> [ChangeRecord] { simulation.model.recorder.takeChanges() }

  /// The spans of fixed probabilities so far, by `EpochID`.
  public var epochs: [ShareEpoch] { simulation.model.epochs.all }

  /// The rules that kube-proxy would hand to `iptables-restore` on a node now; nil when there is no such node.
  ///
  /// - Parameters:
  ///   - hooks: whether the jumps from the built-in chains are there too.
  ///   - randomFully: whether the node's iptables has `MASQUERADE --random-fully`, which kube-proxy then writes. The
  ///     simulated packets always use it, as nodes of this decade do.
  public func ruleset(node: String, family: IPFamily, hooks: Bool, randomFully: Bool = false) -> IPTablesRuleset? {
    guard let index = simulation.model.control.nodes.firstIndex(where: { $0.metadata.name == node }) else { return nil }
    let view = simulation.model.rules.node(NodeID(index: index)).view
    let rules = simulation.model.rules.shared.ruleset(view, family: family, extras: hooks ? .hookJumps : [])
    guard var rules, !randomFully else { return rules }
    for t in rules.tables.indices {
      for c in rules.tables[t].chains.indices where rules.tables[t].chains[c].name == ChainNames.postrouting {
        for r in rules.tables[t].chains[c].rules.indices {
          if case .masquerade(let ports, let flags) = rules.tables[t].chains[c].rules[r].target {
            let kept = flags.subtracting(.randomFully)
            rules.tables[t].chains[c].rules[r].target = .masquerade(toPorts: ports, flags: kept)
          }
        }
      }
    }
    return rules
  }

  /// What exists now and what ids stand for.
  public func inventory() -> Inventory { simulation.model.inventory(now: now) }
}

/// All problems of one assembly.
public struct AssemblyProblems: Error, Sendable {
  /// The problems, in the order of the specification.
  public var problems: [AssemblyProblem]

  /// Collects problems.
  public init(problems: [AssemblyProblem]) { self.problems = problems }
}

/// Why a probe could not be answered.
public enum ProbeProblem: Error, Hashable, Sendable {
  /// A name in the question stands for nothing: what kind of thing, and the name.
  case unknown(kind: String, name: String)
  /// The destination has no address (a pending load balancer, a headless Service without endpoints …).
  case noAddress(String)
  /// No packet goes from an IPv4 address to an IPv6 one, nor back.
  case differentFamilies(Address, Address)
  /// A walked packet met a match or target that is not modelled: the node, table, chain, rule number and its text.
  case notModelled(node: String, table: String, chain: String, rule: Int, text: String)
}
