// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import TestSupport
import Testing

@testable import NetModel
@testable import Scenarios

@Suite struct ReportingKubectlTests {
  private static let minute: Int64 = 60
  private static let hour: Int64 = 3600
  private static let day: Int64 = 86_400
  private static let year = 365 * day

  static let ages: [SourceRow<(Int64, String)>] = [
    .init((-2, "<invalid>")), .init((0, "0s")), .init((119, "119s")), .init((2 * minute, "2m")),
    .init((150, "2m30s")), .init((9 * minute, "9m")), .init((9 * minute + 59, "9m59s")),
    .init((10 * minute + 1, "10m")), .init((179 * minute, "179m")), .init((3 * hour, "3h")),
    .init((3 * hour + 5 * minute, "3h5m")), .init((7 * hour, "7h")), .init((8 * hour + 30 * minute, "8h")),
    .init((47 * hour, "47h")), .init((2 * day, "2d")), .init((2 * day + 3 * hour, "2d3h")), .init((7 * day, "7d")),
    .init((8 * day + hour, "8d")), .init((729 * day, "729d")), .init((2 * year, "2y")),
    .init((2 * year + 5 * day, "2y5d")), .init((8 * year + 5 * day, "8y")), .init((9 * year, "9y")),
  ]

  @Test(arguments: ages) func age(row: SourceRow<(Int64, String)>) {
    #expect(KubectlAge.text(.seconds(row.value.0)) == row.value.1, sourceLocation: row.at)
  }

  @Test func lessThanTwoSecondsInTheFutureIsNow() {
    #expect(KubectlAge.text(.milliseconds(-1999)) == "0s")
  }

  private var inventory: Inventory {
    var inventory = Made.inventory()
    inventory.now = Made.time(31_000)
    inventory.nodes[1].isUnschedulable = true
    inventory.nodes[1].ready = false
    inventory.nodes[0].metadata.labels = ["node-role.kubernetes.io/control-plane": ""]
    inventory.nodes[0].addresses = [.init(type: "InternalIP", address: "192.168.1.11")]
    inventory.pods[1].status = "CrashLoopBackOff"
    inventory.pods[1].readyContainers = 0
    inventory.pods[1].restarts = 3
    inventory.pods[1].lastRestart = Made.time(11_000)
    inventory.pods[1].created = Made.time(1000)
    var balancer = Service(
      metadata: ObjectMeta(name: "edge", namespace: "default"), type: .loadBalancer,
      clusterIPs: [Address(ipv4: 0x0a60_002a)], ports: [Service.Port(port: 8888, nodePort: 31888)])
    balancer.loadBalancerIngress = [
      Service.Ingress(ip: Address(ipv4: 0xc633_6414)), Service.Ingress(ip: Address(ipv4: 0xc633_6415)),
    ]
    var pending = balancer
    pending.metadata.name = "pending"
    pending.loadBalancerIngress = []
    var external = Service(metadata: ObjectMeta(name: "db", namespace: "prod"), type: .externalName)
    external.externalName = "db.example.org"
    inventory.services += [balancer, pending, external]
    let slice = EndpointSlice(
      metadata: ObjectMeta(
        name: "web-abc", namespace: "default", labels: ["kubernetes.io/service-name": "web"]),
      addressType: .ipv4, ports: [.init(port: 80)],
      endpoints: (0..<5).map { .init(addresses: [Address(ipv4: 0x0af4_0102 + $0)]) })
    inventory.endpointSlices = [slice]
    var controller = WorkloadController(
      kind: .deployment, metadata: ObjectMeta(name: "web", namespace: "default"), replicas: 2,
      selector: LabelSelector(matchLabels: ["app": "web"]), templateLabels: ["app": "web"])
    controller.template = PodSpec(containers: [Container(name: "web", image: "nginx")])
    inventory.controllers = [controller]
    return inventory
  }

  private func table(_ kinds: [KubectlTable.Kind], namespace: String? = "default", isWide: Bool = false) -> String {
    KubectlTable(inventory, options: .init(namespace: namespace, isWide: isWide)).render(kinds)
  }

  @Test func services() {
    let expected = """
      NAME      TYPE           CLUSTER-IP   EXTERNAL-IP        PORT(S)          AGE
      edge      LoadBalancer   10.96.0.42   198.51.100.20...   8888:31888/TCP   31s
      pending   LoadBalancer   10.96.0.42   <pending>          8888:31888/TCP   31s
      web       ClusterIP      10.96.0.41   <none>             80/TCP           31s

      """
    #expect(table([.services]) == expected)
  }

  @Test func servicesOfAllNamespacesInFull() {
    let expected = """
      NAMESPACE   NAME      TYPE           CLUSTER-IP   EXTERNAL-IP                   PORT(S)          AGE   SELECTOR
      default     edge      LoadBalancer   10.96.0.42   198.51.100.20,198.51.100.21   8888:31888/TCP   31s   <none>
      default     pending   LoadBalancer   10.96.0.42   <pending>                     8888:31888/TCP   31s   <none>
      default     web       ClusterIP      10.96.0.41   <none>                        80/TCP           31s   app=web
      prod        db        ExternalName   <none>       db.example.org                <none>           31s   <none>

      """
    #expect(table([.services], namespace: nil, isWide: true) == expected)
  }

  @Test func podsAndDeployments() {
    let expected = """
      NAME        READY   STATUS             RESTARTS      AGE   IP           NODE     NOMINATED NODE   READINESS GATES
      pod/web-0   1/1     Running            0             31s   10.244.1.2   node-1   <none>           <none>
      pod/web-1   0/1     CrashLoopBackOff   3 (20s ago)   30s   10.244.2.2   node-2   <none>           <none>

      NAME                  READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR
      deployment.apps/web   1/2     2            1           31s   web          nginx    app=web

      """
    #expect(table([.pods, .deployments], isWide: true) == expected)
  }

  @Test func nodes() {
    let expected = """
      NAME     STATUS                        ROLES           AGE   VERSION
      node-1   Ready                         control-plane   31s   v1.36.2
      node-2   NotReady,SchedulingDisabled   <none>          31s   v1.36.2

      """
    #expect(table([.nodes]) == expected)
  }

  @Test func endpointsAndSlices() {
    let endpoints = """
      NAME   ENDPOINTS                                               AGE
      web    10.244.1.2:80,10.244.1.3:80,10.244.1.4:80 + 2 more...   31s

      """
    #expect(table([.endpoints]) == endpoints)
    let slices = """
      NAME      ADDRESSTYPE   PORTS   ENDPOINTS                                      AGE
      web-abc   IPv4          80      10.244.1.2,10.244.1.3,10.244.1.4 + 2 more...   31s

      """
    #expect(table([.endpointslices]) == slices)
  }

  @Test func nothingIsNoTable() {
    #expect(table([.services], namespace: "empty").isEmpty)
    #expect(KubectlTable.nothing(in: "empty") == "No resources found in empty namespace.")
  }

  @Test func kindsByEveryName() throws {
    #expect(try KubectlTable.Kind.list("svc,ep,po") == [.services, .endpoints, .pods])
    #expect(try KubectlTable.Kind.list("all,svc") == [.pods, .services, .deployments])
    #expect(throws: UsageProblem.self) { try KubectlTable.Kind.list("svc,") }
    #expect(throws: UsageProblem.self) { try KubectlTable.Kind.list("servces") }
  }

  @Test func yamlQuotesWhatItWouldMisread() {
    let datum = Datum.fields([
      "a": .text("10.96.0.41"), "b": .text("80"), "c": .text("true"), "d": .text("1e3"), "e": .text(""),
      "f": .list([.fields(["name": .text("x: y"), "k": .count(1)])]), "g": .object([]), "h": .text("v1.36.2"),
    ])
    let expected = """
      a: 10.96.0.41
      b: "80"
      c: "true"
      d: "1e3"
      e: ""
      f:
      - name: "x: y"
        k: 1
      g: {}
      h: v1.36.2

      """
    #expect(YAMLText.render(datum) == expected)
  }

  @Test func objectsHaveSortedKeys() {
    let json = KubectlObjects(inventory, namespace: "default").json([.endpointslices])
    let start = "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n        {\n            \"addressType\": \"IPv4\",\n"
    let end = "    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n"
    #expect(json.hasPrefix(start))
    #expect(json.hasSuffix(end))
  }
}
