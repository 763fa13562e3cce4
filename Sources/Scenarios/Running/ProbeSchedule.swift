// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Asks probes at their moment: before whatever happens at that instant.
struct ProbeSchedule {
  private let probes: [Probe]
  /// Numbers of probes in order of time, then of the scenario.
  private let order: [Int]
  private var asked = 0
  private var found: [Run.ProbeAnswer?]

  /// Schedules probes; those without a moment come first.
  init(_ probes: [Probe]) {
    self.probes = probes
    order = probes.indices.sorted { (probes[$0].moment, $0) < (probes[$1].moment, $1) }
    found = probes.map { _ in nil }
  }

  /// When the next probe asks; nil when all have.
  var next: SimTime? { asked < order.count ? probes[order[asked]].moment : nil }

  /// Asks the next probe.
  mutating func ask(_ cluster: SimulatedCluster) {
    let number = order[asked]
    asked += 1
    found[number] = ProbeSchedule.answer(probes[number], cluster)
  }

  /// The answers in the scenario's order.
  var answers: [Run.ProbeAnswer] { found.compactMap { $0 } }

  private static func answer(_ probe: Probe, _ cluster: SimulatedCluster) -> Run.ProbeAnswer {
    do {
      let result = try cluster.probe(probe.question)
      // A walk is for whoever reads a failure: only where something is expected.
      let trace = probe.expected == nil ? nil : try? cluster.trace(probe.question)
      return Run.ProbeAnswer(outcome: .success(result), trace: trace)
    } catch {
      return Run.ProbeAnswer(outcome: .failure(error), trace: nil)
    }
  }
}

extension Probe {
  /// When it asks.
  fileprivate var moment: SimTime { at ?? .zero }
}

/// Counts ready endpoints at whole seconds, anew only after a slice was written.
struct EndpointWatch {
  private let workloads: [Workload]
  private var seen = 0
  private var last: Int?

  /// Watches the Services that workloads address.
  init(_ workloads: [Workload]) { self.workloads = workloads }

  /// Notes the count at the cluster's time.
  mutating func look(at cluster: SimulatedCluster, observer: inout Observer) {
    guard !workloads.isEmpty else { return }
    let changes = observer.changes
    if last == nil || changes[seen...].contains(where: { $0.kind == .endpointSliceWritten }) {
      let inventory = cluster.inventory()
      last = TargetedServices(workloads, services: inventory.services).readyEndpoints(inventory.endpointSlices)
    }
    seen = changes.count
    if let last { observer.note(endpoints: last, at: cluster.now) }
  }
}
