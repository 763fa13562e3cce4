// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Sums up replications: counts are added, rates averaged, and each average gets its 95 % limits (Student's t).
///
/// Latencies and tests are no averages: quantiles are those of all requests together and a test is of all counts
/// together, since a mean of quantiles is no quantile and a mean of p-values no p-value. The limits of a latency figure
/// are those of the mean of what each run found. A second of the timeline shows means.
///
/// Objects are matched by name (backends by endpoint), so the order of the replications' threads cannot show.
struct SummaryMerge {
  private(set) var intervals: [Summary.Interval] = []

  /// The summary of all replications, in their order; that of the only one as it is.
  static func merge(_ parts: [Summary]) -> Summary {
    guard var whole = parts.first, parts.count > 1 else { return parts.first ?? Summary() }
    var merge = SummaryMerge()
    whole.replications = parts.count
    whole.engine = EngineMerge.merge(parts.map(\.engine))
    whole.requests = merge.requests(parts.map(\.requests), "requests")
    whole.latency = merge.latency(parts.map(\.latency), "latency")
    whole.outage = merge.outage(parts.map(\.outage), "outage")
    whole.services = merge.matched(parts.map(\.services), key: { "\($0.namespace)/\($0.name)" }) { merge, key, rows in
      merge.service(rows, "services.\(key)")
    }
    whole.nodes = merge.matched(parts.map(\.nodes), key: \.name) { _, _, rows in
      var node = rows[0]
      node.connections = rows.sum(\.connections)
      node.requests = rows.sum(\.requests)
      node.bytes = rows.sum(\.bytes)
      return node
    }
    whole.workloads = merge.matched(parts.map(\.workloads), key: \.name) { merge, key, rows in
      var workload = rows[0]
      workload.requests = merge.requests(rows.map(\.requests), "workloads.\(key).requests")
      workload.latency = merge.latency(rows.map(\.latency), "workloads.\(key).latency")
      workload.outage = merge.outage(rows.map(\.outage), "workloads.\(key).outage")
      return workload
    }
    // A second's figures are for a chart: no limits for each of thousands.
    var quiet = SummaryMerge()
    whole.timeline = quiet.matched(parts.map(\.timeline), key: { String($0.start) }) { quiet, _, rows in
      var bucket = rows[0]
      bucket.requests = quiet.requests(rows.map(\.requests), "")
      bucket.latency = quiet.latency(rows.map(\.latency), "")
      bucket.endpoints = Moments.mean(rows.compactMap(\.endpoints))
      return bucket
    }
    whole.outages = parts.enumerated().flatMap { number, part in
      part.outages.map { outage in
        var outage = outage
        outage.replication = number + 1
        return outage
      }
    }
    whole.intervals = merge.intervals
    return whole
  }

  /// The mean of what is known, and its limits under a path.
  private mutating func mean(_ values: [Double?], _ path: String) -> Double? {
    let known = values.compactMap { $0 }
    if let interval = Intervals.mean(known) {
      intervals.append(Summary.Interval(path: path, low: interval.low, high: interval.high))
    }
    return Moments.mean(known)
  }

  private mutating func requests(_ rows: [RequestFigures], _ path: String) -> RequestFigures {
    var figures = RequestFigures()
    figures.sent = rows.sum(\.sent)
    figures.attempts = rows.sum(\.attempts)
    figures.succeeded = rows.sum(\.succeeded)
    figures.failed = rows.sum(\.failed)
    figures.inFlight = rows.sum(\.inFlight)
    figures.failedBy = figures.failedBy.indices.map { at in rows.reduce(0) { $0 + $1.failedBy[at] } }
    figures.successRatio = mean(rows.map(\.successRatio), "\(path).successRatio")
    return figures
  }

  private mutating func latency(_ rows: [LatencyFigures], _ path: String) -> LatencyFigures {
    var means = averages(rows, path)
    means.max = rows.compactMap(\.max).max()
    let tallies = rows.compactMap(\.histogram)
    guard var whole = tallies.first, tallies.count == rows.count else { return means }
    for tally in tallies.dropFirst() { whole.add(tally) }
    return LatencyFigures(whole)
  }

  private mutating func averages(_ rows: [LatencyFigures], _ path: String) -> LatencyFigures {
    var figures = LatencyFigures()
    figures.mean = mean(rows.map(\.mean), "\(path).mean")
    figures.p50 = mean(rows.map(\.p50), "\(path).p50")
    figures.p90 = mean(rows.map(\.p90), "\(path).p90")
    figures.p99 = mean(rows.map(\.p99), "\(path).p99")
    figures.p999 = mean(rows.map(\.p999), "\(path).p999")
    figures.max = mean(rows.map(\.max), "\(path).max")
    figures.relativeError = rows.map(\.relativeError).max() ?? 0
    return figures
  }

  private mutating func outage(_ rows: [OutageFigures], _ path: String) -> OutageFigures {
    var figures = OutageFigures()
    figures.count = rows.sum(\.count)
    figures.total = mean(rows.map(\.total), "\(path).total") ?? 0
    figures.longest = mean(rows.map(\.longest), "\(path).longest") ?? 0
    return figures
  }

  private mutating func service(_ rows: [ServiceFigures], _ path: String) -> ServiceFigures {
    var service = rows[0]
    service.backends = matched(rows.map(\.backends), key: \.endpoint) { merge, key, backends in
      var backend = backends[0]
      backend.connections = backends.sum(\.connections)
      backend.requests = backends.sum(\.requests)
      backend.bytes = backends.sum(\.bytes)
      backend.busyTime = merge.mean(backends.map(\.busyTime), "\(path).backends.\(key).busyTime")
      backend.share = merge.mean(backends.map(\.share), "\(path).backends.\(key).share")
      backend.expectedShare = merge.mean(backends.map(\.expectedShare), "\(path).backends.\(key).expectedShare")
      let shares = Intervals.mean(backends.compactMap(\.share))
      backend.shareInterval = shares.map { $0.low...$0.high }
      backend.expectedConnections = backends.sum(\.expectedConnections)
      backend.clients = backends.sum(\.clients)
      backend.expectedClients = backends.sum(\.expectedClients)
      return backend
    }
    service.podsChanged = rows.map(\.podsChanged).max() ?? 0
    service.requests = requests(rows.map(\.requests), "\(path).requests")
    service.balance = balance(rows.map(\.balance), "\(path).balance")
    service.balance.chiSquare = Balance.test(service)
    service.requestBalance = balance(rows.map(\.requestBalance), "\(path).balance.requests")
    service.byteBalance = balance(rows.map(\.byteBalance), "\(path).balance.bytes")
    service.busyBalance = balance(rows.map(\.busyBalance), "\(path).balance.busyTime")
    return service
  }

  private mutating func balance(_ rows: [BalanceFigures], _ path: String) -> BalanceFigures {
    var figures = BalanceFigures()
    figures.jain = mean(rows.map(\.jain), "\(path).jain")
    figures.gini = mean(rows.map(\.gini), "\(path).gini")
    figures.coefficientOfVariation = mean(rows.map(\.coefficientOfVariation), "\(path).coefficientOfVariation")
    figures.maxOverMean = mean(rows.map(\.maxOverMean), "\(path).maxOverMean")
    return figures
  }

  /// Merges rows with the same key, in the order in which the keys are first met.
  private mutating func matched<Row>(
    _ parts: [[Row]], key: (Row) -> String, _ merge: (inout SummaryMerge, String, [Row]) -> Row
  ) -> [Row] {
    var order: [String] = []
    var rows: [String: [Row]] = [:]
    for row in parts.joined() {
      if rows[key(row)] == nil { order.append(key(row)) }
      rows[key(row), default: []].append(row)
    }
    return order.map { key in merge(&self, key, rows[key] ?? []) }
  }
}

extension Array {
  fileprivate func sum(_ path: KeyPath<Element, Int>) -> Int { reduce(0) { $0 + $1[keyPath: path] } }

  /// The sum of what is known; nil where nothing is.
  fileprivate func sum<Number: AdditiveArithmetic>(_ path: KeyPath<Element, Number?>) -> Number? {
    let known = compactMap { $0[keyPath: path] }
    return known.isEmpty ? nil : known.reduce(.zero, +)
  }
}

/// Sums up what the engine did in several runs.
enum EngineMerge {
  /// Totals, and digests over the runs' digests in their order.
  static func merge(_ parts: [Summary.EngineFigures]) -> Summary.EngineFigures {
    var whole = Summary.EngineFigures()
    whole.events = parts.reduce(0) { $0 &+ $1.events }
    whole.packets = parts.reduce(0) { $0 &+ $1.packets }
    whole.simulatedSeconds = parts.reduce(0) { $0 + $1.simulatedSeconds }
    whole.digest = DigestText.joined(parts.map(\.digest))
    whole.digests.events = DigestText.joined(parts.map(\.digests.events))
    whole.digests.packets = DigestText.joined(parts.map(\.digests.packets))
    whole.digests.results = DigestText.joined(parts.map(\.digests.results))
    return whole
  }
}
