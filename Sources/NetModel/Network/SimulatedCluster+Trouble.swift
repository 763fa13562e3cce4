// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// What has gone wrong so far and what is still open, for those who explain it.
extension SimulatedCluster {
  /// Packets that each node's conntrack table had no room for, by `NodeID`.
  public var packetsRefusedByConntrack: [UInt64] {
    var counts: [UInt64] = []
    for node in simulation.model.nodes.ids { counts.append(simulation.model.nodes[node].conntrackRefusals) }
    return counts
  }

  /// A request that has not ended.
  public struct OpenRequest: Hashable, Sendable {
    /// Its workload.
    public var workload: WorkloadID
    /// When it arrived at its client.
    public var arrival: SimTime

    /// Describes a request.
    public init(workload: WorkloadID, arrival: SimTime) {
      self.workload = workload
      self.arrival = arrival
    }
  }

  /// The requests that have not ended, in no order that means something.
  public var openRequests: [OpenRequest] {
    guard hasRequestsInFlight else { return [] }
    var found: [OpenRequest] = []
    for place in 0..<simulation.model.requests.extent {
      let slot = RequestSlotID(index: place)
      guard simulation.model.requests.isLive(slot) else { continue }
      let request = simulation.model.requests[slot]
      found.append(OpenRequest(workload: request.workload, arrival: request.arrival))
    }
    return found
  }
}
