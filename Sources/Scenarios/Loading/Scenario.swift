// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// A scenario: everything that a run is made of, with the places that later messages point at.
public struct Scenario: Sendable {
  /// `metadata.name`, or the first file's name when there is no Scenario document.
  public var name = ""
  /// `metadata.description`; empty when there is none.
  public var description = ""
  /// Whether there is no Scenario document and this one was made up from the manifests.
  public var isImplied = false
  /// What was made up in place of a Scenario document, and what could not be, a sentence each.
  public var notes: [String] = []
  /// The world and what happens in it. `world.warmup` is zero while `warmup` is `automatic`.
  public var world = WorldSpecification()
  /// How many independent runs there are. Default 1.
  public var replications = 1
  /// Which requests are left out of the statistics.
  public var warmup = Warmup.fixed(.zero)
  /// How long without a failure ends an outage. Default 5s (chosen).
  public var outageGap = SimDuration.seconds(5)
  /// Questions about routing.
  public var probes: [Probe] = []
  /// Bounds on outcomes.
  public var expectations: [Expectation] = []
  /// The files this was read from, in order; `-` for standard input.
  public var files: [String] = []
  /// Where the objects and the scenario's elements stand.
  public var places = ScenarioPlaces()

  /// Makes a scenario with every default.
  public init() {}

  /// What is left out at the start.
  public enum Warmup: Hashable, Sendable {
    /// Requests sent before this.
    case fixed(SimDuration)
    /// As many as a test for the initial transient finds.
    case automatic
  }
}

/// A routing question with what is expected of its answer.
public struct Probe: Sendable {
  /// Its name, unique in the scenario.
  public var name: String
  /// The question.
  public var question: ProbeQuestion
  /// When it is asked; nil for after the initial state has settled.
  public var at: SimTime?
  /// What is expected; nil when it is only observed.
  public var expected: ProbeExpectation?
  /// Where it stands; nil for a question that no file asks.
  public var place: SourcePlace?

  /// Asks a question.
  public init(
    name: String, question: ProbeQuestion, at: SimTime? = nil, expected: ProbeExpectation? = nil,
    place: SourcePlace? = nil
  ) {
    self.name = name
    self.question = question
    self.at = at
    self.expected = expected
    self.place = place
  }
}

/// What a probe's answer should be; what is nil is not checked.
public struct ProbeExpectation: Hashable, Sendable {
  /// How the connection ends.
  public var verdict: ProbeVerdict?
  /// Exactly these endpoints, sorted.
  public var endpoints: [SocketAddress]?
  /// Whether some branch is masqueraded.
  public var masquerade: Bool?
  /// The probability of each endpoint, within 1e-6, sorted by endpoint.
  public var probabilities: [EndpointProbability]?

  /// An endpoint with its probability.
  public struct EndpointProbability: Hashable, Sendable {
    /// The endpoint.
    public var endpoint: SocketAddress
    /// Its probability, 0…1.
    public var probability: Double
  }

  /// Expects nothing yet.
  public init() {}
}

/// A bound on an outcome.
public struct Expectation: Hashable, Sendable {
  /// A path in the summary, within `subject`.
  public var metric: String
  /// What the metric is of.
  public var subject: Subject
  /// The window it is narrowed to; nil for the whole run.
  public var during: Range<SimTime>?
  /// The bounds, in the order written; all must hold. Durations are seconds, sizes bytes.
  public var bounds: [Bound]
  /// Where it stands.
  public var place: SourcePlace

  /// What a metric is of.
  public typealias Subject = Metric.Subject

  /// One bound, with the text it was written as.
  public struct Bound: Hashable, Sendable {
    /// How the value is judged.
    public var kind: Kind
    /// The value as written, for messages: `12s`, `0.999`.
    public var text: String

    /// How a value is judged.
    public enum Kind: Hashable, Sendable {
      case atLeast(Double)
      case atMost(Double)
      case equals(Double)
      case within(Double, Double)
    }
  }
}

/// Where things stand in the files.
public struct ScenarioPlaces: Sendable {
  /// The Scenario document's `metadata.name`; nil when there is none.
  public var scenario: SourcePlace?
  /// Workloads by their place in `world.workloads`.
  public var workloads: [SourcePlace] = []
  /// Clients by their place in `world.clients`.
  public var clients: [SourcePlace] = []
  /// Events by their place in `world.events`.
  public var events: [SourcePlace] = []
  /// Every object of the files.
  var objects = ObjectIndex()
  /// The `spec` of the Scenario document.
  var spec: YAMLNode?

  /// Where an object stands: its name, or a field of it when `field` is given and written there.
  public func place(kind: String, _ name: NamespacedName, field: [String] = []) -> SourcePlace? {
    objects.place(kind, name, field)
  }

  /// Where a key of the Scenario's `spec` stands, nil when it is left out.
  public func place(setting path: [String]) -> SourcePlace? { spec?[path]?.place }
}
