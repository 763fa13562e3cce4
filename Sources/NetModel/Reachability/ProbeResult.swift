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
  /// How many ways lead there: through which node, which branch of each rule.
  public var ways = 1
  /// The probability of ways that were not followed, because there were more than the limit. 0 when all were.
  public var unexplored = 0.0
  /// Why no rule was asked at all; nil when one was.
  public var unreachable: Obstacle?

  /// Why a connection from outside finds no way in.
  public enum Obstacle: Hashable, Sendable {
    /// Cluster IPs are known to the nodes' rules alone.
    case clusterIP
    /// Pods' addresses are routed inside the cluster only.
    case podAddress
    /// The load balancer has no node to send it to.
    case noTarget
    /// Nobody has the address.
    case unknownAddress
  }

  /// One end that the connection can come to, by however many ways.
  public struct Branch: Hashable, Sendable {
    /// Its probability.
    public var probability: Double
    /// How it ends; never `mixed`.
    public var verdict: ProbeVerdict
    /// The endpoint it is delivered to.
    public var endpoint: SocketAddress?
    /// Whether a MASQUERADE or SNAT rule applied.
    public var masquerade: Bool
    /// What the comment of the rule that drops or rejects it says; empty when there is none.
    public var reason = ""

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
