// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How the pods that a selector matches answer. Times are seconds.
public struct ServerProfile: Hashable, Sendable {
  /// Which pods; an empty selector matches every pod.
  public var selector = Labels()
  /// Only pods of this namespace; nil for all.
  public var namespace: String?
  /// The service time of a request, in seconds. Default exponential, mean 20 ms (chosen).
  public var service = Distribution.exponential(mean: 0.020)
  /// Requests served at once. Default 8 (chosen).
  public var concurrency = 8
  /// Requests that may wait; more are answered with an error at once. Default 128 (chosen).
  public var queue = 128

  /// Makes the profile of a pod that no element of `servers` matches.
  public init() {}
}

/// A group of clients.
public struct ClientGroup: Hashable, Sendable {
  /// Its name, unique in the scenario.
  public var name: String
  /// How many clients. Default 1.
  public var count: Int
  /// Where they are.
  public var placement: ClientPlacement

  /// Makes a group.
  public init(name: String, count: Int = 1, placement: ClientPlacement = .external) {
    self.name = name
    self.count = count
    self.placement = placement
  }
}

/// Where clients are.
public enum ClientPlacement: Hashable, Sendable {
  /// Outside the cluster, each with an address of its own.
  case external
  /// Processes on this node, with its address.
  case node(String)
  /// Inside this pod, with its address.
  case pod(NamespacedName)
  /// Inside the pods that match, in name order, going round; nil namespace for all.
  case pods(Labels, namespace: String?)
}

/// What a workload or probe is addressed to.
public enum Destination: Hashable, Sendable {
  /// An address and port as they are.
  case socket(SocketAddress)
  /// A Service, reached as the client's place allows: load balancer or node port from outside, cluster IP inside.
  case service(NamespacedName, port: ServicePortReference?)
  /// A Service through its load balancer, wherever the client is.
  case loadBalancer(NamespacedName, port: ServicePortReference?)
  /// A port of a node's first internal address.
  case node(String, port: UInt16)
  /// A pod itself.
  case pod(NamespacedName, port: UInt16)
  /// A DNS name.
  case name(String, port: UInt16)
}

/// A Service's port by number or name.
public enum ServicePortReference: Hashable, Sendable {
  case number(UInt16)
  case name(String)
}

/// What clients of a group send.
public struct Workload: Hashable, Sendable {
  /// Its name, unique in the scenario.
  public var name: String
  /// The client group that sends.
  public var from: String
  /// Where to.
  public var to: Destination
  /// TCP or UDP. Default TCP.
  public var `protocol` = IPProtocol.tcp
  /// When requests come.
  public var arrivals = ArrivalProcess.poisson(perSecond: 100)
  /// The request's size in bytes. Default 500 (chosen).
  public var requestBytes = Distribution.constant(500)
  /// The response's size in bytes. Default 4Ki (chosen).
  public var responseBytes = Distribution.constant(4096)
  /// How connections are used again. Default none.
  public var connections = ConnectionReuse.none
  /// How long the client waits for the whole request, connect and retries included. Default 2s (chosen).
  public var timeout = SimDuration.seconds(2)
  /// Further tries after a failed one. Default 0.
  public var retryAttempts = 0
  /// The wait before the first retry; it doubles. Default 100ms (chosen).
  public var retryBackoff = SimDuration.milliseconds(100)

  /// Makes a workload with the default figures.
  public init(name: String, from: String, to: Destination) {
    self.name = name
    self.from = from
    self.to = to
  }
}

/// When requests come.
public enum ArrivalProcess: Hashable, Sendable {
  /// Independent, at this rate for the whole workload.
  case poisson(perSecond: Double)
  /// Evenly spaced, at this rate for the whole workload.
  case constant(perSecond: Double)
  /// Each client sends, waits for the answer, thinks (seconds), and sends again.
  case closed(think: Distribution)
}

/// How connections are used again.
public enum ConnectionReuse: Hashable, Sendable {
  /// A connection a request.
  case none
  /// One connection a client, renewed after so many requests or so long an idle time.
  case keepAlive(maxRequests: Int, idle: SimDuration)
  /// Up to `size` connections a client, renewed after so long an idle time or so great an age.
  case pool(size: Int, idle: SimDuration, maxAge: SimDuration)
}

/// Something that a scenario makes happen.
public struct ScheduledEvent: Hashable, Sendable {
  /// When.
  public var at: SimTime
  /// What.
  public var action: Action

  /// Schedules an action.
  public init(at: SimTime, action: Action) {
    self.at = at
    self.action = action
  }

  /// What can happen.
  public enum Action: Hashable, Sendable {
    /// Ends the containers of pods, which stay down until they are restored.
    case failPods(PodSelection)
    /// Brings failed pods back.
    case restorePods(PodSelection)
    /// Removes pods; their controllers make replacements.
    case deletePods(PodSelection)
    /// Sets a controller's replica count.
    case scale(kind: WorkloadController.Kind, NamespacedName, replicas: Int)
  }
}

/// Which pods an event concerns: those that match, in name order, then so many or such a share of them.
public struct PodSelection: Hashable, Sendable {
  /// Exactly this pod, when given.
  public var pod: NamespacedName?
  /// Else the pods with these labels.
  public var selector: Labels
  /// Only in this namespace; nil for all.
  public var namespace: String?
  /// At most so many; nil for all.
  public var count: Int?
  /// This share of them, rounded up, 0…1; nil for all.
  public var share: Double?

  /// Selects pods by labels.
  public init(selector: Labels = Labels(), namespace: String? = nil, count: Int? = nil, share: Double? = nil) {
    self.selector = selector
    self.namespace = namespace
    self.count = count
    self.share = share
  }

  /// How many of so many pods are meant: the share of them, rounded up, and at most `count`.
  ///
  /// A share is the number nearest to a decimal fraction, so it is compared with quotients that are rounded alike: 7 % of
  /// 100 are 7, although `0.07 * 100` comes out above 7.
  public func limit(of found: Int) -> Int {
    var result = found
    if let share {
      let whole = Double(found)
      result = min(max(Int(min(max(whole * share, 0), whole)) - 1, 0), found)
      while result < found, Double(result) / whole < share { result += 1 }
    }
    if let count { result = min(result, max(count, 0)) }
    return result
  }
}

/// A whole run's input: what the world is made of and what happens in it.
public struct WorldSpecification: Sendable {
  /// The experiment's seed. Default 1.
  public var seed: UInt64 = 1
  /// Which independent repetition this is, from 0.
  public var replication: UInt32 = 0
  /// How long requests are sent. Default 60s.
  public var duration = SimDuration.seconds(60)
  /// Requests sent before this are left out of the statistics. Default 0s.
  public var warmup = SimDuration.seconds(0)
  /// The cluster.
  public var cluster = ClusterSpecification()
  /// The network.
  public var network = NetworkParameters()
  /// Load balancers.
  public var loadBalancers = LoadBalancerParameters()
  /// How pods answer; the first that matches counts.
  public var servers: [ServerProfile] = []
  /// Clients.
  public var clients: [ClientGroup] = []
  /// What they send.
  public var workloads: [Workload] = []
  /// What happens.
  public var events: [ScheduledEvent] = []

  /// Makes an empty world.
  public init() {}
}
