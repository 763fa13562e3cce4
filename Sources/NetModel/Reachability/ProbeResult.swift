// SPDX-License-Identifier: GPL-3.0-or-later

/// A question: where can one new connection go?
public struct ProbeQuestion: Hashable, Sendable {
  /// Only this node's rules are asked; nil to walk the whole way.
  public var via: String?
  /// Who asks.
  public var from: Source
  /// Where to.
  public var to: Destination
  /// TCP, UDP or SCTP.
  public var `protocol`: IPProtocol

  /// Where the connection comes from.
  public enum Source: Hashable, Sendable {
    /// An address, inside or outside.
    case address(Address)
    /// A pod.
    case pod(NamespacedName)
    /// A process on a node.
    case node(String)
    /// The first client of a group.
    case client(String)
  }

  /// Asks a question.
  public init(via: String?, from: Source, to: Destination, protocol: IPProtocol = .tcp) {
    self.via = via
    self.from = from
    self.to = to
    self.protocol = `protocol`
  }
}

/// How a new connection ends, as the scenario contract names it.
public enum ProbeVerdict: String, Hashable, Sendable, CaseIterable {
  /// A rule sends it to an endpoint.
  case deliver
  /// A rule accepts it unchanged for a local process.
  case accept
  /// A rule drops it.
  case drop
  /// A rule rejects it.
  case reject
  /// No rule changes it and it leaves as addressed.
  case unmatched
  /// Branches end differently.
  case mixed
}

/// The answer to a probe: every branch with its exact probability, and what they come to.
public struct ProbeResult: Sendable {
  /// What the branches come to.
  public var verdict: ProbeVerdict
  /// The branches, merged by equal outcome, in the order in which they were first met.
  public var branches: [Branch]

  /// One way the connection can go.
  public struct Branch: Hashable, Sendable {
    /// Its probability.
    public var probability: Double
    /// How it ends; never `mixed`.
    public var verdict: ProbeVerdict
    /// The endpoint it is delivered to.
    public var endpoint: SocketAddress?
    /// Whether a MASQUERADE or SNAT rule applied.
    public var masquerade: Bool

    /// Describes a branch.
    public init(probability: Double, verdict: ProbeVerdict, endpoint: SocketAddress?, masquerade: Bool) {
      self.probability = probability
      self.verdict = verdict
      self.endpoint = endpoint
      self.masquerade = masquerade
    }
  }

  /// Sums up branches.
  public init(branches: [Branch]) {
    self.branches = branches
    let verdicts = Set(branches.map(\.verdict))
    verdict = verdicts.count == 1 ? branches[0].verdict : verdicts.isEmpty ? .unmatched : .mixed
  }

  /// The endpoints of delivered branches, each once, sorted.
  public var endpoints: [SocketAddress] {
    Array(Set(branches.compactMap(\.endpoint))).sorted()
  }

  /// Whether some branch is masqueraded.
  public var masquerade: Bool { branches.contains { $0.masquerade } }

  /// The probability of each endpoint, in the order of `endpoints`.
  public var probabilities: [(endpoint: SocketAddress, probability: Double)] {
    endpoints.map { endpoint in
      (endpoint, branches.reduce(0) { $1.endpoint == endpoint ? $0 + $1.probability : $0 })
    }
  }
}

/// One step of a walk: a rule looked at, a translation, a hop.
public struct TraceStep: Hashable, Sendable {
  /// What the step is.
  public var kind: Kind
  /// The node, load balancer, pod or client it happens at.
  public var place: String
  /// `PREROUTING`, `INPUT`, `FORWARD`, `OUTPUT`, `POSTROUTING`; empty outside the hooks.
  public var hook: String
  /// The table; empty outside the rules.
  public var table: String
  /// The chain; empty outside the rules.
  public var chain: String
  /// The rule's number in its chain, from 1; 0 outside the rules.
  public var ruleNumber: Int
  /// The rule as `iptables-save` writes it, or what else there is to say.
  public var text: String
  /// What it does: `taken`, `not taken`, `mark 0x4000`, `DNAT 10.244.1.2:8888` …
  public var effect: String
  /// The probability of going this way here: 1 where nothing is left to chance.
  public var probability: Double
  /// How many rules of this chain Linux would have passed by before it.
  public var passedBy: Int
  /// Simulated time since the walk began, in nanoseconds.
  public var nanoseconds: Int64
  /// The packet as it is after the step.
  public var packet: String

  /// The kinds of step.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case hop
    case balance
    case rule
    case dnat
    case snat
    case route
    case conntrack
    case deliver
    case reply
  }

  /// Describes a step.
  public init(kind: Kind, place: String, text: String) {
    self.kind = kind
    self.place = place
    hook = ""
    table = ""
    chain = ""
    ruleNumber = 0
    self.text = text
    effect = ""
    probability = 1
    passedBy = 0
    nanoseconds = 0
    packet = ""
  }
}

/// A walk to the end: one path of those that a probe enumerates, with every rule it met, there and back.
public struct Trace: Sendable {
  /// The steps in order.
  public var steps: [TraceStep]
  /// How the walk ended.
  public var branch: ProbeResult.Branch
  /// All branches, exact.
  public var result: ProbeResult

  /// Joins a walk and the whole.
  public init(steps: [TraceStep], branch: ProbeResult.Branch, result: ProbeResult) {
    self.steps = steps
    self.branch = branch
    self.result = result
  }
}
