// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// What became of requests, by when they were sent.
public struct RequestFigures: Hashable, Sendable {
  /// Requests that arrived at their client: those that ended and those in flight.
  public var sent = 0
  /// Tries made for the requests that ended.
  public var attempts = 0
  /// Requests answered in time without an error.
  public var succeeded = 0
  /// Requests that failed.
  public var failed = 0
  /// Requests that had not ended when the run did.
  public var inFlight = 0
  /// The share of the requests that ended which succeeded; nil when none ended.
  public var successRatio: Double?
  /// Failed requests by cause, in the order of `RequestFigures.causes`.
  public var failedBy = [Int](repeating: 0, count: RequestFigures.causes.count)

  /// Why a request can fail, in the order in which reports list the causes.
  public static let causes = RequestOutcome.allCases.filter { $0 != .succeeded }

  /// Counts nothing yet.
  public init() {}
}

/// Latency of succeeded requests, in seconds; nil where there was none.
public struct LatencyFigures: Hashable, Sendable {
  /// The mean, exact.
  public var mean: Double?
  /// The median.
  public var p50: Double?
  /// The 90th percentile.
  public var p90: Double?
  /// The 99th percentile.
  public var p99: Double?
  /// The 99.9th percentile.
  public var p999: Double?
  /// The greatest, exact.
  public var max: Double?
  /// The largest relative error of a percentile: 0 where the values themselves were kept.
  public var relativeError = LatencyHistogram.relativeError

  /// What they sum up, for who joins runs; nil where the values themselves were kept.
  private(set) var histogram: LatencyHistogram?

  /// The probabilities of the percentiles, in order.
  static let probabilities = [0.5, 0.9, 0.99, 0.999]

  /// Knows nothing yet.
  public init() {}

  /// Sums up a histogram.
  init(_ histogram: LatencyHistogram) {
    let quantiles = histogram.quantiles(LatencyFigures.probabilities)
    mean = histogram.mean
    (p50, p90, p99, p999) = (quantiles[0], quantiles[1], quantiles[2], quantiles[3])
    max = histogram.maximum
    self.histogram = histogram
  }

  /// Sums up values in nanoseconds.
  init(nanoseconds values: [UInt64]) {
    let sorted = values.sorted().map { Double($0) / 1e9 }
    mean = Moments.mean(sorted)
    p50 = Quantiles.type7(sorted: sorted, p: 0.5)
    p90 = Quantiles.type7(sorted: sorted, p: 0.9)
    p99 = Quantiles.type7(sorted: sorted, p: 0.99)
    p999 = Quantiles.type7(sorted: sorted, p: 0.999)
    max = sorted.last
    relativeError = 0
  }
}

/// How many outages there were and how long they lasted, in seconds.
public struct OutageFigures: Hashable, Sendable {
  /// How many.
  public var count = 0
  /// Their lengths together.
  public var total = 0.0
  /// The longest one's length; 0 when there was none.
  public var longest = 0.0

  /// Counts nothing yet.
  public init() {}
}

/// How evenly connections are spread over backends. A figure is nil where it is not defined.
public struct BalanceFigures: Hashable, Sendable {
  /// Jain's index.
  public var jain: Double?
  /// Gini's coefficient.
  public var gini: Double?
  /// Standard deviation over mean.
  public var coefficientOfVariation: Double?
  /// The busiest backend over the mean.
  public var maxOverMean: Double?
  /// Pearson's test against the exact probabilities: of connections, or of clients' first ones under ClientIP affinity.
  public var chiSquare: ChiSquareFigures?

  /// Knows nothing yet.
  public init() {}
}

/// The outcome of a chi-square test.
public struct ChiSquareFigures: Hashable, Sendable {
  /// The statistic; infinite when something was sent where nothing could go.
  public var statistic: Double
  /// Cells after pooling, less one.
  public var degreesOfFreedom: Double
  /// The chance of a statistic at least as large if the probabilities are the true ones.
  public var pValue: Double

  /// States an outcome.
  public init(statistic: Double, degreesOfFreedom: Double, pValue: Double) {
    self.statistic = statistic
    self.degreesOfFreedom = degreesOfFreedom
    self.pValue = pValue
  }
}

/// What one endpoint of a Service got.
public struct BackendFigures: Hashable, Sendable {
  /// The pod, `namespace/name`; nil for an endpoint that is no pod of ours.
  public var pod: String?
  /// Its node; nil when unknown.
  public var node: String?
  /// Its address and port.
  public var endpoint: String
  /// Connections that a rule sent there.
  public var connections = 0
  /// Requests whose last attempt went there.
  public var requests = 0
  /// Bytes of those requests and their responses.
  public var bytes = 0
  /// How long its pod's server takes for the requests that it took up, those of other Services among them, in seconds;
  /// nil for an endpoint that is no pod of ours.
  public var busyTime: Double?
  /// Its part of the Service's connections; nil when there were none.
  public var share: Double?
  /// Wilson's 95 % interval of the share.
  public var shareInterval: ClosedRange<Double>?
  /// The mean, over the Service's connections, of the exact probability at the moment each was opened.
  public var expectedShare: Double?
  /// The sum of those probabilities: how many connections the rules gave it on average; nil when not known.
  public var expectedConnections: Double?
  /// Clients whose first connection a rule sent there; nil for a Service without ClientIP affinity.
  public var clients: Int?
  /// How many such clients the rules gave it on average; nil without affinity or when not known.
  public var expectedClients: Double?

  /// The busy time in whole nanoseconds; 0 where it is not known.
  var busyNanoseconds: Int { busyTime.map { Int(($0 * 1e9).rounded()) } ?? 0 }

  /// Describes a backend that got nothing.
  public init(pod: String?, node: String?, endpoint: String) {
    self.pod = pod
    self.node = node
    self.endpoint = endpoint
  }
}

/// What one Service got.
public struct ServiceFigures: Hashable, Sendable {
  /// Its name.
  public var name: String
  /// Its namespace.
  public var namespace: String
  /// `ClusterIP`, `NodePort` …; nil for a Service that is gone.
  public var type: String?
  /// Its cluster IP, or `None`; nil without one.
  public var clusterIP: String?
  /// Its ports as kubectl prints them, `80:30080/TCP`.
  public var ports: [String]
  /// Addresses that reach it from outside.
  public var externalIPs: [String]
  /// Requests whose last attempt went to one of its endpoints.
  public var requests = RequestFigures()
  /// Its endpoints, in the order in which the run met them.
  public var backends: [BackendFigures] = []
  /// Whether a client stays with the pod that its first connection found (`sessionAffinity: ClientIP`).
  public var hasClientIPAffinity = false
  /// How many of its pods came, went, failed or were restored in the counted part of the run.
  public var podsChanged = 0
  /// How evenly its connections were spread.
  public var balance = BalanceFigures()
  /// How evenly those requests were spread.
  public var requestBalance = BalanceFigures()
  /// How evenly their bytes were spread.
  public var byteBalance = BalanceFigures()
  /// How evenly its pods were busy.
  public var busyBalance = BalanceFigures()

  /// Describes a Service.
  public init(
    name: String, namespace: String, type: String?, clusterIP: String?, ports: [String], externalIPs: [String]
  ) {
    self.name = name
    self.namespace = namespace
    self.type = type
    self.clusterIP = clusterIP
    self.ports = ports
    self.externalIPs = externalIPs
  }

  /// Connections to all backends.
  public var connections: Int { backends.reduce(0) { $0 + $1.connections } }
}

/// What one node's rules had to do.
public struct NodeFigures: Hashable, Sendable {
  /// Its name.
  public var name: String
  /// Connections that its rules balanced.
  public var connections = 0
  /// Requests whose last attempt met its rules first.
  public var requests = 0
  /// Bytes of those requests and their responses.
  public var bytes = 0

  /// Names a node.
  public init(name: String) { self.name = name }
}

/// What one workload saw.
public struct WorkloadFigures: Hashable, Sendable {
  /// Its name.
  public var name: String
  /// Its requests.
  public var requests = RequestFigures()
  /// Their latency.
  public var latency = LatencyFigures()
  /// Its outages.
  public var outage = OutageFigures()

  /// Names a workload.
  public init(name: String) { self.name = name }
}
