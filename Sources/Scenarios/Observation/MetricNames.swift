// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// The metrics that an expectation can bound, by what they are of: the numbers in the tree that a run's JSON shows.
enum MetricNames {
  /// A metric.
  struct Name: Hashable {
    /// Its path within its subject.
    var path: String
    /// Whether it is a length of time, in seconds; else a count, a size in bytes or a ratio.
    var isTime: Bool
  }

  /// The metrics of a kind of subject, in the order of the JSON.
  ///
  /// Elements of lists have subjects of their own, and what stands beside the figures of a whole run (its seed, its
  /// replications) is no outcome.
  static func of(_ subject: Metric.Subject) -> [Name] {
    guard let tree = Metric.tree(of: example(of: subject), in: .complete) else { return [] }
    var names: [Name] = []
    collect(tree, path: "", depth: 0, isRun: subject == .run, into: &names)
    return names
  }

  private static func collect(_ datum: Datum, path: String, depth: Int, isRun: Bool, into names: inout [Name]) {
    if case .object(let fields) = datum {
      for field in fields {
        let below = path.isEmpty ? field.name : path + "." + field.name
        collect(field.value, path: below, depth: depth + 1, isRun: isRun, into: &names)
      }
    } else if datum.number != nil, !isRun || depth > 1 {
      let isTime = if case .seconds = datum { true } else { false }
      names.append(Name(path: path, isTime: isTime))
    }
  }

  /// What stands in the complete summary for a subject of this kind.
  private static func example(of subject: Metric.Subject) -> Metric.Subject {
    switch subject {
    case .run: .run
    case .service: .service(NamespacedName("a", "a"))
    case .pod: .pod(NamespacedName("a", "a"))
    case .workload: .workload("a")
    case .node: .node("a")
    }
  }
}

extension Summary {
  /// A summary in which one object of each kind has every figure, so that no name is missing from its tree.
  static let complete: Summary = {
    var latency = LatencyFigures()
    (latency.mean, latency.p50, latency.p90, latency.p99, latency.p999, latency.max) = (0, 0, 0, 0, 0, 0)
    var requests = RequestFigures()
    requests.successRatio = 0
    var balance = BalanceFigures()
    (balance.jain, balance.gini, balance.coefficientOfVariation, balance.maxOverMean) = (0, 0, 0, 0)
    balance.chiSquare = ChiSquareFigures(statistic: 0, degreesOfFreedom: 0, pValue: 0)
    var backend = BackendFigures(pod: "a/a", node: "a", endpoint: "a")
    (backend.busyTime, backend.share, backend.shareInterval, backend.expectedShare) = (0, 0, 0...0, 0)
    backend.clients = 0
    var service = ServiceFigures(
      name: "a", namespace: "a", type: "a", clusterIP: "a", ports: [], externalIPs: [])
    service.requests = requests
    service.backends = [backend]
    (service.balance, service.requestBalance, service.byteBalance, service.busyBalance) = (
      balance, balance, balance, balance
    )
    var workload = WorkloadFigures(name: "a")
    (workload.requests, workload.latency) = (requests, latency)
    var summary = Summary()
    (summary.requests, summary.latency) = (requests, latency)
    (summary.services, summary.workloads, summary.nodes) = ([service], [workload], [NodeFigures(name: "a")])
    return summary
  }()
}
