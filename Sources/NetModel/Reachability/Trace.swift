// SPDX-License-Identifier: GPL-3.0-or-later

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
  /// The rule's whole line as `iptables-save` writes it, or what else there is to say.
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

/// A walk to the end: one way of those that a probe enumerates, with every rule it met, there and back.
public struct Trace: Sendable {
  /// The steps in order.
  public var steps: [TraceStep]
  /// How this way ends, and the chance of this one alone.
  public var branch: ProbeResult.Branch
  /// All branches, exact.
  public var result: ProbeResult
  /// What the client meets where the rules lead.
  public var end: End

  /// What the client meets where the rules lead.
  public enum End: Hashable, Sendable {
    /// The rules end it, it leaves the cluster, or nothing is known against an answer.
    case open
    /// The pod's process is gone and its network is there: the client is refused.
    case podDown(String)
    /// The pod lives, but nothing listens on the port: the client is refused.
    case portClosed(String)
    /// The pod is gone and the client is told so: no route to host.
    case podGone(String)
    /// The pod is gone and the client hears nothing.
    case podGoneSilently(String)
  }

  /// Joins a walk and the whole.
  public init(steps: [TraceStep], branch: ProbeResult.Branch, result: ProbeResult, end: End = .open) {
    self.steps = steps
    self.branch = branch
    self.result = result
    self.end = end
  }
}
