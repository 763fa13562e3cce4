// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import TestSupport
import Testing

@testable import Scenarios

@Suite struct LoadingKubernetesTests {
  /// The errors in a Service with this `spec` (in flow style), with the pods it selects.
  private static func errors(_ spec: String) -> [String] {
    let text = """
      {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: a}}}
      ---
      {apiVersion: v1, kind: Service, metadata: {name: s}, spec: {\(spec)}}
      """
    return LoadingFixtures.diagnostics(text).map(\.message)
  }

  @Test(
    arguments: [
      SourceRow(("ports: [{port: 80}], selector: {app: a}", nil)),
      SourceRow(("clusterIP: None, selector: {app: a}", nil)),
      SourceRow(("type: ExternalName, externalName: example.com", nil)),
      SourceRow(("selector: {app: a}", "a Service needs a port")),
      SourceRow(("ports: []", "a Service needs a port")),
      SourceRow(("type: ExternalName", "an ExternalName Service has no 'externalName'")),
      SourceRow(("type: External, ports: [{port: 80}]", "'External' is no Service type")),
      SourceRow(("ports: [{port: 0}]", "expected a whole number between 1 and 65535, found '0'")),
      SourceRow(("ports: [{port: 70000}]", "expected a whole number between 1 and 65535, found '70000'")),
      SourceRow(
        (
          "ports: [{port: 99999999999999999999}]",
          "expected a whole number between 1 and 65535, found '99999999999999999999'"
        )),
      SourceRow(("ports: [{port: 080}]", "expected a whole number without leading zeros, found '080'")),
      SourceRow(("ports: [{port: '80'}]", "expected a whole number, found a string")),
      SourceRow(("ports: [{port: 80.5}]", "expected a whole number, found '80.5'")),
      SourceRow(("ports: [{}]", "the port has no 'port'")),
      SourceRow(("ports: {port: 80}", "expected a list, found a mapping")),
      SourceRow(("ports: [{port: 80, protocol: tcp}]", "'tcp' is no protocol")),
      SourceRow(("ports: [{port: 80, name: a}, {port: 81}]", "a port without a name among several")),
      SourceRow(("ports: [{port: 80, name: a}, {port: 81, name: a}]", "port name 'a' is taken")),
      SourceRow(("ports: [{port: 80, name: a}, {port: 80, name: b}]", "port 80/TCP stands twice")),
      SourceRow(("ports: [{port: 80, name: a}, {port: 80, name: b, protocol: UDP}]", nil)),
      SourceRow(("ports: [{port: 80, name: A_B}]", "'A_B' is no port name")),
      SourceRow(("ports: [{port: 80, targetPort: http}]", nil)),
      SourceRow(("ports: [{port: 80, targetPort: '80'}]", "expected a port number or a port's name, found '80'")),
      SourceRow(("ports: [{port: 80, nodePort: 30080}]", "nodePort on a ClusterIP Service")),
      SourceRow(("type: NodePort, ports: [{port: 80, nodePort: 8080}]", "nodePort 8080 is outside 30000-32767")),
      SourceRow(("type: NodePort, ports: [{port: 80, nodePort: 30080}]", nil)),
      SourceRow(
        (
          "type: NodePort, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30080}]",
          "nodePort 30080 stands twice"
        )),
      SourceRow(("clusterIP: 10.0.0.300, ports: [{port: 80}]", "expected an IP address, found '10.0.0.300'")),
      SourceRow(("clusterIP: 10.96.0.010, ports: [{port: 80}]", "'10.96.0.010' has leading zeros")),
      SourceRow(("clusterIP: None, type: NodePort, ports: [{port: 80}]", "a NodePort Service cannot be headless")),
      SourceRow(("clusterIPs: [10.96.0.1, 10.96.0.2], ports: [{port: 80}]", "two cluster IPs of family IPv4")),
      SourceRow(
        ("clusterIP: 10.96.0.1, ipFamilies: [IPv6], ports: [{port: 80}]", "IPv6 is not the family of 10.96.0.1")),
      SourceRow(("sessionAffinity: ClientIP, ports: [{port: 80}]", nil)),
      SourceRow(
        (
          "sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}, ports: [{port: 80}]",
          "sessionAffinityConfig without affinity"
        )),
      SourceRow(
        (
          "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}, ports: [{port: 80}]",
          "expected a whole number between 1 and 86400, found '0'"
        )),
      SourceRow(("externalTrafficPolicy: Local, ports: [{port: 80}]", "externalTrafficPolicy on a ClusterIP Service")),
      SourceRow(("externalTrafficPolicy: Local, externalIPs: [1.2.3.4], ports: [{port: 80}]", nil)),
      SourceRow(("internalTrafficPolicy: local, ports: [{port: 80}]", "'local' is no traffic policy")),
      SourceRow(
        (
          "externalIPs: [127.0.0.1], ports: [{port: 80}]",
          "127.0.0.1 is a loopback address, which no external IP may be"
        )),
      SourceRow(
        (
          "loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 80}]",
          "loadBalancerSourceRanges on a ClusterIP Service"
        )),
      SourceRow(
        (
          "type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0], ports: [{port: 80}]",
          "expected a CIDR block such as 10.244.0.0/16, found '10.0.0.0'"
        )),
      SourceRow(
        (
          "type: LoadBalancer, healthCheckNodePort: 30000, ports: [{port: 80}]",
          "healthCheckNodePort without a local load balancer"
        )),
      SourceRow(("selector: {app: b}, ports: [{port: 80}]", "'app=b' selects no pod")),
      SourceRow(("selector: {app: 1}, ports: [{port: 80}]", "expected a string, found a whole number")),
      SourceRow(("selector: {app: a}, ports: [{port: 80, targetPort: web}]", "there is no container port 'web'")),
    ] as [SourceRow<(String, String?)>])
  func services(_ row: SourceRow<(String, String?)>) {
    #expect(Self.errors(row.value.0) == (row.value.1.map { [$0] } ?? []), sourceLocation: row.at)
  }

  @Test(
    arguments: [
      SourceRow(
        ("kind: Deployment, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}", nil)),
      SourceRow(
        (
          "kind: Deployment, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: c}}}",
          "the selector does not match the template's labels"
        )),
      SourceRow(("kind: Deployment, spec: {template: {metadata: {labels: {a: c}}}", "spec has no 'selector'")),
      SourceRow(
        ("kind: DaemonSet, spec: {selector: {}, template: {metadata: {labels: {a: c}}}", "an empty selector is refused")
      ),
      SourceRow(
        (
          "kind: StatefulSet, spec: {replicas: -1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}",
          "expected a whole number that is not negative, found '-1'"
        )),
      SourceRow(
        (
          "kind: ReplicaSet, spec: {selector: {matchExpressions: [{key: a, operator: In, values: [b, c]}]}, template: {metadata: {labels: {a: b}}}",
          nil
        )),
      SourceRow(
        (
          "kind: ReplicaSet, spec: {selector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}, template: {metadata: {labels: {a: b}}}",
          "operator Exists takes no values"
        )),
    ] as [SourceRow<(String, String?)>])
  func controllers(_ row: SourceRow<(String, String?)>) {
    let text = "{apiVersion: apps/v1, metadata: {name: d}, \(row.value.0)}}"
    #expect(
      LoadingFixtures.diagnostics(text).map(\.message) == (row.value.1.map { [$0] } ?? []), sourceLocation: row.at)
  }

  @Test(
    arguments: [
      SourceRow(("addressType: IPv4, endpoints: [{addresses: [10.0.0.1]}], ports: [{port: 80}]", nil)),
      SourceRow(("endpoints: [{addresses: [10.0.0.1]}]", "EndpointSlice has no 'addressType'")),
      SourceRow(("addressType: IPv5", "'IPv5' is no address type")),
      SourceRow(
        ("addressType: IPv6, endpoints: [{addresses: [10.0.0.1]}]", "10.0.0.1 is not of the slice's family, IPv6")),
      SourceRow(("addressType: IPv4, endpoints: [{addresses: []}]", "an endpoint needs an address")),
      SourceRow(
        (
          "addressType: IPv4, endpoints: [{addresses: [127.0.0.1]}]",
          "127.0.0.1 is a loopback address, which no endpoint may be"
        )),
      SourceRow(("addressType: IPv4, endpoints: [{addresses: [10.0.0.01]}]", "'10.0.0.01' has leading zeros")),
      SourceRow(("addressType: FQDN, endpoints: [{addresses: [a.example]}]", nil)),
      SourceRow(("addressType: IPv4, ports: [{port: 1}, {port: 2}]", "two ports without a name")),
    ] as [SourceRow<(String, String?)>])
  func slices(_ row: SourceRow<(String, String?)>) {
    let text = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: e}, \(row.value.0)}"
    #expect(
      LoadingFixtures.diagnostics(text).map(\.message) == (row.value.1.map { [$0] } ?? []), sourceLocation: row.at)
  }

  @Test(
    arguments: [
      SourceRow(("{kind: Pod, metadata: {name: p}}", "the document has no 'apiVersion'")),
      SourceRow(("{apiVersion: v1, metadata: {name: p}}", "the document has no 'kind'")),
      SourceRow(("{apiVersion: v1, kind: Pod}", "Pod has no 'metadata'")),
      SourceRow(("{apiVersion: v1, kind: Pod, metadata: {}}", "metadata has no 'name'")),
      SourceRow(("{apiVersion: v1, kind: Pod, metadata: {name: ''}}", "expected a name, found an empty string")),
      SourceRow(("{apiVersion: v1, kind: Pod, metadata: {name: A}}", "'A' is no name for a Pod")),
      SourceRow(("{apiVersion: v1, kind: Pod, metadata: {name: 5}}", "expected a string, found a whole number")),
      SourceRow(
        (
          "{apiVersion: extensions/v1beta1, kind: Deployment, metadata: {name: d}}",
          "Deployment is not served in 'extensions/v1beta1'"
        )),
      SourceRow(
        (
          "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: d}}",
          "kind Service (serving.knative.dev/v1) is not modelled and left out"
        )),
      SourceRow(
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}", "kind ConfigMap (v1) is not modelled and left out")),
      SourceRow(("{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {}}", nil)),
      SourceRow(("{apiVersion: simrun/v1, kind: Scenari}", "'Scenari' is no kind of simrun/v1")),
      SourceRow(
        ("{apiVersion: simrun/v2, kind: Scenario, metadata: {name: a}}", "Scenario is not served in 'simrun/v2'")),
      SourceRow(("[1]", "expected a Kubernetes object or a Scenario, found a list")),
      SourceRow(("hello", "expected a Kubernetes object or a Scenario, found a string")),
    ] as [SourceRow<(String, String?)>])
  func documents(_ row: SourceRow<(String, String?)>) {
    #expect(
      LoadingFixtures.diagnostics(row.value.0).map(\.message) == (row.value.1.map { [$0] } ?? []),
      sourceLocation: row.at)
  }

  @Test func appliesDefaults() throws {
    let text = """
      {apiVersion: v1, kind: List, items: [
        {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {sessionAffinity: ClientIP, ports: [{port: 80}]}},
        {apiVersion: v1, kind: Service, metadata: {name: b, namespace: n}, spec: {type: LoadBalancer,
          ipFamilyPolicy: PreferDualStack, ports: [{port: 80, targetPort: web}]},
          status: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}},
        {apiVersion: v1, kind: Endpoints, metadata: {name: a}, subsets: [{addresses: [{ip: 10.0.0.1}, {ip: "fd00::1"}],
          notReadyAddresses: [{ip: 10.0.0.2, nodeName: node-1}], ports: [{port: 8080}]}]}]}
      ---
      {apiVersion: simrun/v1, kind: Scenario, metadata: {name: t}, spec: {
        cluster: {serviceCIDR: [10.96.0.0/12, "fd00:96::/112"], podCIDR: [10.244.0.0/16, "fd00:244::/48"]}}}
      """
    let cluster = try LoadingFixtures.load(text).get().scenario.world.cluster
    #expect(cluster.services.map(\.metadata.namespacedName.description) == ["default/a", "n/b"])
    #expect(cluster.services[0].clientIPAffinity == .seconds(10800))
    #expect(cluster.services[0].ports[0].targetPort == .number(80))
    #expect(cluster.services[0].ipFamilies == [.ipv4])
    #expect(cluster.services[1].ipFamilies == [.ipv4, .ipv6])
    #expect(cluster.services[1].loadBalancerIngress[0].ipMode == .vip)
    #expect(cluster.endpointSlices.map(\.metadata.name) == ["a-mirror1", "a-mirror2"])
    #expect(cluster.endpointSlices[0].endpoints.map(\.isReady) == [true, false])
    #expect(cluster.proxy.clusterCIDRs.map(\.description) == ["10.244.0.0/16", "fd00:244::/48"])
  }

  @Test func readsPodsAndNodes() throws {
    let text = """
      apiVersion: v1
      kind: Pod
      metadata: {name: p, labels: {a: b}, deletionTimestamp: "2026-01-01T00:00:00Z",
        ownerReferences: [{kind: ReplicaSet, name: r, controller: true}]}
      spec: {nodeName: n, hostNetwork: true, terminationGracePeriodSeconds: 5, tolerations: [{operator: Exists}],
        containers: [{name: c, image: i, ports: [{containerPort: 80, name: web}], readinessProbe: {periodSeconds: 3}}]}
      status: {phase: Running, podIP: 10.0.0.5, podIPs: [{ip: 10.0.0.5}, {ip: "fd00::5"}],
        conditions: [{type: Ready, status: "False"}]}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: n, labels: {topology.kubernetes.io/zone: z}}
      spec: {podCIDRs: [10.1.0.0/24], unschedulable: true}
      status: {addresses: [{type: InternalIP, address: 192.168.0.7}], conditions: [{type: Ready, status: "True"}]}
      """
    let cluster = try LoadingFixtures.load(text).get().scenario.world.cluster
    let pod = try #require(cluster.pods.first)
    #expect(pod.podIPs.map(\.description) == ["10.0.0.5", "fd00::5"])
    #expect(pod.isTerminating && pod.ready == false && pod.spec.hostNetwork && pod.spec.toleratesEverything)
    #expect(pod.metadata.controller == .init(kind: "ReplicaSet", name: "r"))
    #expect(pod.spec.terminationGracePeriod == .seconds(5))
    #expect(pod.spec.containers[0].readinessProbe?.period == .seconds(3))
    let node = try #require(cluster.nodes.first)
    #expect(node.zone == "z" && node.isUnschedulable && node.ready == true)
    #expect(node.internalIPs.map(\.description) == ["192.168.0.7"])
  }

  /// Node ports are one space for all Services, by protocol; names are taken once over all files.
  @Test func findsConflictsAcrossFiles() {
    let service = { (name: String, spec: String) in
      "{apiVersion: v1, kind: Service, metadata: {name: \(name)}, spec: {type: NodePort, \(spec)}}\n"
    }
    let first = SourceText(
      name: "a.yaml", order: 0, text: service("a", "clusterIP: 10.96.0.5, ports: [{port: 80, nodePort: 30001}]"))
    let second = SourceText(
      name: "b.yaml", order: 1,
      text: service("b", "clusterIP: 10.96.0.5, ports: [{port: 80, nodePort: 30001}]") + "---\n"
        + service("c", "ports: [{port: 80, nodePort: 30001, protocol: UDP}]") + "---\n"
        + service("a", "ports: [{port: 80}]"))
    guard case .failure(let failure) = ScenarioLoader().load(texts: [first, second]) else {
      Issue.record("conflicts were taken")
      return
    }
    #expect(
      failure.diagnostics.map(\.brief) == [
        "1: cluster IP 10.96.0.5 is taken | by default/a", "1: nodePort 30001 is taken | by default/a (a.yaml:1)",
        "5: Service 'default/a' is there twice | first at a.yaml:1:50",
      ])
  }
}
