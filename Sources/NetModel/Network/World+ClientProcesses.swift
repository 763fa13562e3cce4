// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// Clients that live in pods: their process ends and starts with the pod's.
extension World {
  /// The process of the clients in a pod ends, and with it all that they had under way: the requests fail, the kernel
  /// closes the sockets. With the pod's network gone nothing is said to the other end any more.
  mutating func endClients(in pod: PodID, isGone: Bool, _ scheduler: inout Scheduler<WorldEvent>) {
    for client in clients.ids where clients[client].pod == pod { clients[client].life &+= 1 }
    for index in 0..<flows.extent {
      let id = FlowID(index: index)
      guard flows.isLive(id), clients[flows[id].client].pod == pod else { continue }
      let slot = flows[id].request
      if !slot.isNone {
        requests[slot].flow = .none
        requests[slot].backend = flows[id].backend
        requests[slot].node = flows[id].firstNode
        flows[id].request = .none
      }
      if flows[id].isOpenAtClient { closeAtClient(id, &scheduler) }
      // A host-network pod's sockets stay with its node's kernel.
      if isGone, !pods[pod].isOnHost, flows[id].isTCP { ends[id].client.abort() }
      freeIfOver(id, now: scheduler.now)
    }
    for workload in workloads.ids where workloads[workload].reuse != .none {
      for client in clientsOf(workload) where clients[client].pod == pod { pools.empty(workload, client) }
    }
    for index in 0..<requests.extent {
      let slot = RequestSlotID(index: index)
      guard requests.isLive(slot), clients[requests[slot].client].pod == pod else { continue }
      finish(slot, .aborted, &scheduler)
    }
  }

  /// The process of the clients in a pod has started again: those of closed loops begin anew.
  mutating func restartClients(in pod: PodID, _ scheduler: inout Scheduler<WorldEvent>) {
    for workload in workloads.ids where workloads[workload].isClosed {
      for client in clientsOf(workload) where clients[client].pod == pod {
        scheduleThink(workload, client, turn: 0, &scheduler)
      }
    }
  }

  private func clientsOf(_ workload: WorkloadID) -> [ClientID] {
    (0..<workloads[workload].clientCount).map { ClientID(rawValue: workloads[workload].firstClient + $0) }
  }
}
