// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Puts names to sums: an observer's windows and what the ids in them stand for become a summary.
struct SummaryBuilder {
  /// The sums and changes.
  let observer: Observer
  /// What ids stand for.
  let inventory: Inventory
  /// The exact probabilities by epoch.
  let epochs: [ShareEpoch]
  /// The workloads' names, by `WorkloadID`.
  let workloads: [String]
  /// Requests that had not ended when the run did.
  var inFlight: [SimulatedCluster.OpenRequest] = []
  /// When the scenario's events happen, by their number.
  var eventTimes: [SimTime] = []
  /// How pods answer; the first that matches counts.
  var servers: [ServerProfile] = []

  /// The figures of a window: 0 is the counted part of the run, further ones follow in the order asked for.
  func summary(window: Int) -> Summary {
    let tally = observer.windows[window]
    var summary = Summary()
    var outcomes = [Int](repeating: 0, count: RequestOutcome.allCases.count)
    var attempts = 0
    var latency = LatencyHistogram()
    var open = [Int](repeating: 0, count: workloads.count)
    for request in inFlight where tally.window.contains(request.arrival) && request.workload.index < open.count {
      open[request.workload.index] += 1
    }
    for (number, (row, name)) in zip(tally.workloads, workloads).enumerated() {
      var figures = WorkloadFigures(name: name)
      let ours = open[number]
      figures.requests = RequestFigures(outcomes: row.outcomes, attempts: row.attempts, inFlight: ours)
      figures.latency = LatencyFigures(row.latency)
      figures.outage = OutageFigures(row.outages.spans)
      summary.workloads.append(figures)
      for at in outcomes.indices { outcomes[at] += row.outcomes[at] }
      attempts += row.attempts
      latency.add(row.latency)
    }
    summary.requests = RequestFigures(outcomes: outcomes, attempts: attempts, inFlight: open.reduce(0, +))
    summary.latency = LatencyFigures(latency)
    summary.outage = OutageFigures(tally.workloads.flatMap(\.outages.spans))
    summary.outages = outages(tally)
    summary.services = services(tally, window)
    summary.nodes = inventory.nodes.enumerated().map { at, node in
      var figures = NodeFigures(name: node.metadata.name)
      guard at < tally.nodes.count else { return figures }
      figures.connections = tally.nodes[at].connections
      figures.requests = tally.nodes[at].requests
      figures.bytes = tally.nodes[at].bytes
      return figures
    }
    summary.cluster.nodes = inventory.nodes.count
    summary.cluster.pods = inventory.pods.reduce(0) { $0 + ($1.exists ? 1 : 0) }
    return summary
  }

  private func outages(_ tally: WindowTally) -> [Summary.Outage] {
    let names = OutageCause.Names(pod: podName, node: nodeName, fullServers: fullServers(tally))
    let cause = OutageCause(
      changes: observer.changes, eventTimes: eventTimes, drops: observer.drops, names: names)
    var found: [Summary.Outage] = []
    for (row, name) in zip(tally.workloads, workloads) {
      for span in row.outages.spans {
        let (explanation, failures) = (cause.explain(span), span.failures)
        var outage = Summary.Outage(
          workload: name, start: span.start.seconds, end: span.end.seconds, cause: explanation.cause,
          failed: failures.total)
        outage.failedBy = RequestFigures.causes.map(failures.count)
        outage.withoutEndpoint = failures.unrouted.reduce(0, +)
        outage.stages = explanation.stages
        found.append(outage)
      }
    }
    // Stable, so that outages that start together stay in the order of their workloads.
    return found.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }.map(\.element)
  }

  /// The servers that answered with errors because they were full: `2 pods, 8 at once and 128 waiting each`.
  private func fullServers(_ tally: WindowTally) -> String? {
    let overloaded = Int(RequestOutcome.overloaded.rawValue)
    var pods: [PodID] = []
    for (at, row) in tally.backends.enumerated() where row.outcomes[overloaded] > 0 && at < inventory.backends.count {
      let pod = inventory.backends[at].pod
      if !pod.isNone, !pods.contains(pod) { pods.append(pod) }
    }
    guard !pods.isEmpty else { return nil }
    let profiles = pods.map { id -> ServerProfile in
      let metadata = inventory.pods[id.index].pod.metadata
      return servers.first {
        metadata.labels.matches($0.selector) && ($0.namespace.map { $0 == metadata.namespace } ?? true)
      } ?? ServerProfile()
    }
    let count = "\(NumberText.grouped(pods.count)) pod\(pods.count == 1 ? "" : "s")"
    let (most, queue) = (profiles[0].concurrency, profiles[0].queue)
    guard profiles.allSatisfy({ $0.concurrency == most && $0.queue == queue }) else { return "\(count) full" }
    return "\(count), \(NumberText.grouped(most)) at once and \(NumberText.grouped(queue)) waiting each"
  }

  private func services(_ tally: WindowTally, _ window: Int) -> [ServiceFigures] {
    var figures = inventory.services.map(ServiceFigures.init)
    var rows: [NamespacedName: Int] = [:]
    for (at, service) in inventory.services.enumerated() { rows[service.metadata.namespacedName] = at }
    // The Service ports of a Service that is gone keep their rows; so does what it got.
    let owners = inventory.servicePorts.map { port -> Int in
      if let row = rows[port.service] { return row }
      rows[port.service] = figures.count
      figures.append(
        ServiceFigures(
          name: port.service.name, namespace: port.service.namespace, type: nil, clusterIP: nil, ports: [],
          externalIPs: []))
      return figures.count - 1
    }
    let expected = expectedConnections(tally)
    var members = [[Int]](repeating: [], count: figures.count)
    for (at, backend) in inventory.backends.enumerated() where backend.servicePort.index < owners.count {
      members[owners[backend.servicePort.index]].append(at)
    }
    let firsts = firstConnections(tally, owners)
    let changed = changedPods(tally)
    for at in figures.indices {
      figures[at].backends = members[at].map { backend($0, tally, window) }
      let ours = members[at].map { expected[$0] }
      let known: [Double]? = ours.contains { $0 > 0 } ? ours : nil
      Balance.shares(&figures[at].backends, expected: known)
      for (place, member) in members[at].enumerated() {
        if let known { figures[at].backends[place].expectedConnections = known[place] }
        guard figures[at].hasClientIPAffinity else { continue }
        figures[at].backends[place].clients = firsts.counts[member]
        figures[at].backends[place].expectedClients = firsts.expected[member]
      }
      figures[at].podsChanged = Set(members[at].map { inventory.backends[$0].pod }).count { changed.contains($0) }
      figures[at].balance = Balance.figures(figures[at].backends, expected: known, of: \.connections)
      figures[at].balance.chiSquare = Balance.test(figures[at])
      figures[at].requestBalance = Balance.figures(figures[at].backends, expected: known, of: \.requests)
      figures[at].byteBalance = Balance.figures(figures[at].backends, expected: known, of: \.bytes)
      figures[at].busyBalance = Balance.figures(figures[at].backends, expected: known, of: \.busyNanoseconds)
      figures[at].requests = requests(members[at], tally)
    }
    return figures.enumerated()
      .sorted {
        (NamespacedName($0.element.namespace, $0.element.name), $0.offset)
          < (NamespacedName($1.element.namespace, $1.element.name), $1.offset)
      }
      .map(\.element)
  }

  /// Requests whose last attempt went to one of these backends.
  private func requests(_ members: [Int], _ tally: WindowTally) -> RequestFigures {
    var outcomes = [Int](repeating: 0, count: RequestOutcome.allCases.count)
    var attempts = 0
    for member in members where member < tally.backends.count {
      for at in outcomes.indices { outcomes[at] += tally.backends[member].outcomes[at] }
      attempts += tally.backends[member].attempts
    }
    return RequestFigures(outcomes: outcomes, attempts: attempts)
  }

  /// For each backend, the sum of its exact probabilities over the counted connections.
  private func expectedConnections(_ tally: WindowTally) -> [Double] {
    var expected = [Double](repeating: 0, count: inventory.backends.count)
    for (connections, epoch) in zip(tally.epochs, epochs) where connections > 0 {
      for share in epoch.shares where share.backend.index < expected.count {
        expected[share.backend.index] += Double(connections) * share.probability
      }
    }
    return expected
  }

  /// Each client's first connection to a Service up to a window's end: how many went to each backend, and how many the
  /// rules would have sent there on average. A client's first one may lie before the window: those in it follow it.
  private func firstConnections(_ tally: WindowTally, _ owners: [Int]) -> (counts: [Int], expected: [Double]) {
    var counts = [Int](repeating: 0, count: inventory.backends.count)
    var expected = [Double](repeating: 0, count: inventory.backends.count)
    guard inventory.services.contains(where: { $0.clientIPAffinity != nil }) else { return (counts, expected) }
    var met: Set<UInt64> = []
    for row in observer.firsts.rows where row.at < tally.window.upperBound && row.backend.index < counts.count {
      let port = inventory.backends[row.backend.index].servicePort.index
      guard port < owners.count else { continue }
      guard met.insert(UInt64(owners[port]) << 32 | UInt64(row.client.rawValue)).inserted else { continue }
      counts[row.backend.index] += 1
      guard !row.epoch.isNone, row.epoch.index < epochs.count else { continue }
      for share in epochs[row.epoch.index].shares where share.backend.index < expected.count {
        expected[share.backend.index] += share.probability
      }
    }
    return (counts, expected)
  }

  /// Pods that came, went, failed or were restored in a window.
  private func changedPods(_ tally: WindowTally) -> Set<PodID> {
    Set(
      observer.changes.filter { change in
        guard tally.window.contains(change.at), !change.pod.isNone else { return false }
        return switch change.kind {
        case .podFailed, .podDeleted, .podRemoved, .podCreated, .podStarted: true
        case .kubeletNoticed, .endpointSliceWritten, .rulesApplied, .scaled: false
        }
      }.map(\.pod))
  }

  private func backend(_ at: Int, _ tally: WindowTally, _ window: Int) -> BackendFigures {
    let backend = inventory.backends[at]
    var figures = BackendFigures(
      pod: podName(backend.pod), node: nodeName(backend.node), endpoint: backend.endpoint.description)
    figures.busyTime = observer.busyTimes.nanoseconds(of: backend.pod.index, window: window).map { Double($0) / 1e9 }
    guard at < tally.backends.count else { return figures }
    figures.connections = tally.backends[at].connections
    figures.requests = tally.backends[at].requests
    figures.bytes = tally.backends[at].bytes
    return figures
  }

  private func podName(_ id: PodID) -> String? {
    id.index < inventory.pods.count ? inventory.pods[id.index].pod.metadata.namespacedName.description : nil
  }

  private func nodeName(_ id: NodeID) -> String? {
    id.index < inventory.nodes.count ? inventory.nodes[id.index].metadata.name : nil
  }
}

extension OutageFigures {
  /// Sums up spans.
  init(_ spans: [OutageTracker.Span]) {
    self.init()
    let lengths = spans.map { ($0.end - $0.start).seconds }
    count = spans.count
    total = lengths.reduce(0, +)
    longest = lengths.max() ?? 0
  }
}

extension ServiceFigures {
  /// Describes a Service that exists.
  init(_ service: Service) {
    let ingress = service.loadBalancerIngress.compactMap { $0.ip?.description ?? $0.hostname }
    self.init(
      name: service.metadata.name, namespace: service.metadata.namespace, type: service.type.rawValue,
      clusterIP: service.isHeadless ? "None" : service.clusterIPs.first?.description,
      ports: service.ports.map(\.kubectlText), externalIPs: ingress + service.externalIPs.map(\.description))
    hasClientIPAffinity = service.clientIPAffinity != nil
  }
}

extension Service.Port {
  /// As kubectl prints it: `80/TCP`, `80:30080/TCP`.
  public var kubectlText: String {
    "\(port)" + (nodePort.map { ":\($0)" } ?? "") + "/" + `protocol`.name.uppercased()
  }
}
