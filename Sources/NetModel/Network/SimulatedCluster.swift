// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A mistake that shows only when the cluster is put together: something cannot be allocated or placed.
public struct AssemblyProblem: Error, Hashable, Sendable {
  /// The kind of the object concerned, as in its manifest; empty when it is a setting.
  public var kind: String
  /// The object concerned.
  public var object: NamespacedName
  /// What is wrong, in one sentence without the object's name.
  public var message: String
  /// What would mend it.
  public var hint: String

  /// States a problem.
  public init(kind: String, object: NamespacedName, message: String, hint: String = "") {
    self.kind = kind
    self.object = object
    self.message = message
    self.hint = hint
  }
}

/// A whole simulated cluster with its clients: assembled, run in slices, asked questions, and read out in batches.
///
/// A class because a run is one thing with an identity; what is inside is rows. Not shared between threads: each
/// replication has its own.
public final class SimulatedCluster {
  /// Assembles the cluster and schedules everything that the specification says happens.
  ///
  /// - Throws: every `AssemblyProblem` found.
  public init(_ specification: WorldSpecification) throws(AssemblyProblems) {
    throw AssemblyProblems(problems: [])
  }

  /// The clock.
  public var now: SimTime { .zero }
  /// Events fired so far.
  public var eventsFired: UInt64 { 0 }
  /// The digests so far: of all events, of packets on links, of results.
  public var digests: (events: UInt64, packets: UInt64, results: UInt64) { (0, 0, 0) }
  /// The books.
  public var conservation: Conservation { Conservation() }

  /// Runs all events before `time`, and sets the clock there.
  public func run(until time: SimTime) {}

  /// Whether a request is still under way: after `duration` the run goes on until this is false or its time is up.
  public var hasRequestsInFlight: Bool { false }

  /// Takes out the records written since the last call, in the order written.
  public func drainRequests(_ body: (UnsafeBufferPointer<RequestRecord>) -> Void) {}
  /// Takes out the balancing decisions since the last call.
  public func drainConnections(_ body: (UnsafeBufferPointer<ConnectionRecord>) -> Void) {}
  /// Takes out the changes since the last call.
  public func drainChanges() -> [ChangeRecord] { [] }
  /// The spans of fixed probabilities so far, by `EpochID`.
  public var epochs: [ShareEpoch] { [] }
  /// What exists now and what ids stand for.
  public func inventory() -> Inventory { Inventory() }

  /// The text that kube-proxy would hand to `iptables-restore` on a node; nil when there is no such node.
  public func ruleset(node: String, family: IPFamily, hooks: Bool) -> IPTablesRuleset? { nil }
  /// Enumerates where a new connection can go now.
  public func probe(_ question: ProbeQuestion) throws(ProbeProblem) -> ProbeResult { ProbeResult(branches: []) }
  /// Walks one branch (the likeliest, or that of `endpoint`) rule by rule, there and back.
  public func trace(_ question: ProbeQuestion, endpoint: SocketAddress? = nil) throws(ProbeProblem) -> Trace {
    Trace(
      steps: [], branch: .init(probability: 1, verdict: .unmatched, endpoint: nil, masquerade: false),
      result: ProbeResult(branches: []))
  }
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
  /// A walked packet met a match or target that is not modelled: the node, table, chain, rule number and its text.
  case notModelled(node: String, table: String, chain: String, rule: Int, text: String)
}
