// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// What exists, for those who read and print it.
extension World {
  func inventory(now: SimTime) -> Inventory {
    var result = Inventory()
    result.now = now
    result.nodes = control.nodes
    for (index, object) in control.pods.enumerated() {
      let runtime = pods[PodID(index: index)]
      let isRunning = runtime.condition == .running
      let containers = max(object.pod.spec.containers.count, 1)
      let status: String
      if object.pod.isTerminating {
        status = "Terminating"
      } else if object.node.isNone {
        status = "Pending"
      } else if object.isFailed {
        status = "Error"
      } else {
        status = isRunning ? "Running" : "ContainerCreating"
      }
      var state = Inventory.PodState(
        pod: object.pod, node: object.node, created: object.created, exists: object.exists && object.isObject,
        status: status, readyContainers: object.isReady ? containers : 0, restarts: object.restarts)
      state.lastRestart = object.lastRestart
      result.pods.append(state)
    }
    for index in 0..<log.count {
      let id = ServicePortID(index: index)
      let name = log.name(of: id)
      let service = control.services.first { $0.service.metadata.namespacedName == name.service }?.service
      let port = service?.ports.first { $0.name == name.port && $0.protocol == name.protocol }?.port ?? 0
      result.servicePorts.append(
        Inventory.ServicePortState(service: name.service, portName: name.port, port: port, protocol: name.protocol))
    }
    result.backends = control.backends
    for client in clients.ids {
      let runtime = clients[client]
      result.clients.append(
        Inventory.ClientState(
          group: specification.clients[Int(runtime.group)].name,
          address: runtime.address.isNone ? .unspecified(.ipv4) : addresses[runtime.address], node: runtime.node))
    }
    result.services = control.services.map(\.service)
    result.endpointSlices = (control.services.flatMap(\.written) + control.givenSlices).sorted {
      $0.metadata.namespacedName < $1.metadata.namespacedName
    }
    result.controllers = control.controllers.map(\.controller)
    return result
  }
}
