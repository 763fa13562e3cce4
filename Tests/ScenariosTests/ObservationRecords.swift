// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

@testable import NetModel
@testable import Scenarios

/// Records written by hand, times in milliseconds.
enum Made {
  static func time(_ milliseconds: Int) -> SimTime { SimTime(nanoseconds: UInt64(milliseconds) * 1_000_000) }

  static func request(
    sent: Int, ended: Int, workload: UInt32 = 0, backend: UInt32? = nil, node: UInt32? = nil, bytes: UInt32 = 100,
    attempts: UInt16 = 1, _ outcome: RequestOutcome = .succeeded
  ) -> RequestRecord {
    RequestRecord(
      request: RequestID(rawValue: 0), arrival: time(sent), end: time(ended), workload: WorkloadID(rawValue: workload),
      client: ClientID(rawValue: 0), backend: backend.map { BackendID(rawValue: $0) } ?? .none,
      node: node.map { NodeID(rawValue: $0) } ?? .none, bytes: bytes, attempts: attempts, outcome: outcome)
  }

  static func connection(
    at: Int, backend: UInt32, node: UInt32 = 0, epoch: UInt32 = 0, client: UInt32 = 0
  ) -> ConnectionRecord {
    ConnectionRecord(
      at: time(at), workload: WorkloadID(rawValue: 0), client: ClientID(rawValue: client),
      backend: BackendID(rawValue: backend), node: NodeID(rawValue: node), epoch: EpochID(rawValue: epoch))
  }

  static func change(
    at: Int, _ kind: ChangeRecord.Kind, pod: UInt32? = nil, node: UInt32? = nil, cause: UInt32 = .max, count: UInt32 = 0
  ) -> ChangeRecord {
    ChangeRecord(
      at: time(at), kind: kind, pod: pod.map { PodID(rawValue: $0) } ?? .none,
      node: node.map { NodeID(rawValue: $0) } ?? .none, cause: cause, count: count)
  }

  static func observer(
    workloads: Int = 1, from: Int = 0, to: Int = 10_000, windows: [Range<SimTime>] = []
  ) -> Observer {
    Observer(
      workloads: workloads, counted: time(from)..<time(to), duration: SimDuration.milliseconds(Int64(to)),
      windows: windows, longestTimeout: .seconds(2))
  }

  /// Two nodes, a Service `default/web` with backends on pods `web-0` (node-1) and `web-1` (node-2).
  static func inventory() -> Inventory {
    var inventory = Inventory()
    inventory.nodes = ["node-1", "node-2"].map { Node(metadata: ObjectMeta(name: $0)) }
    for number in 0..<2 {
      let address = Address(ipv4: 0x0af4_0102 + UInt32(number) << 8)
      let meta = ObjectMeta(name: "web-\(number)", namespace: "default", labels: ["app": "web"])
      let spec = PodSpec(containers: [Container(name: "web", image: "nginx")])
      inventory.pods.append(
        Inventory.PodState(
          pod: Pod(metadata: meta, spec: spec, podIPs: [address]), node: NodeID(rawValue: UInt32(number)),
          created: .zero, exists: true, status: "Running", readyContainers: 1, restarts: 0))
      inventory.backends.append(
        Inventory.Backend(
          servicePort: ServicePortID(rawValue: 0), endpoint: SocketAddress(address, 80),
          pod: PodID(rawValue: UInt32(number)), node: NodeID(rawValue: UInt32(number))))
    }
    var service = Service(
      metadata: ObjectMeta(name: "web", namespace: "default"), clusterIPs: [Address(ipv4: 0x0a60_0029)],
      ports: [Service.Port(port: 80)])
    service.selector = ["app": "web"]
    inventory.services = [service]
    inventory.servicePorts = [
      Inventory.ServicePortState(
        service: NamespacedName("default", "web"), portName: "", port: 80, protocol: .tcp)
    ]
    return inventory
  }

  static func builder(
    _ observer: Observer, epochs: [ShareEpoch] = [], workloads: [String] = ["browse"]
  ) -> SummaryBuilder {
    SummaryBuilder(observer: observer, inventory: inventory(), epochs: epochs, workloads: workloads)
  }

  static func epoch(_ probabilities: [Double], start: Int = 0) -> ShareEpoch {
    ShareEpoch(
      workload: WorkloadID(rawValue: 0), start: time(start),
      shares: probabilities.enumerated().map {
        .init(backend: BackendID(rawValue: UInt32($0.offset)), probability: $0.element)
      })
  }
}
