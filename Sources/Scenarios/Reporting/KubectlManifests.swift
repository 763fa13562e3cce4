// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

// Objects as the API server returns them, as far as they are modelled; what is absent is left out.

extension Service {
  var manifest: Datum {
    .fields([
      "apiVersion": .text("v1"), "kind": .text("Service"), "metadata": metadata.datum,
      "spec": .fields([
        "type": .text(type.rawValue),
        "clusterIP": isHeadless ? .text("None") : .text(clusterIPs.first?.description),
        "clusterIPs": isHeadless ? .texts(["None"]) : .some(clusterIPs.map { .text($0.description) }),
        "ipFamilies": .some(ipFamilies.map { .text($0.name) }), "ports": .some(ports.map(\.manifest)),
        "selector": selector?.datum ?? .absent,
        "sessionAffinity": .text(clientIPAffinity == nil ? "None" : "ClientIP"),
        "sessionAffinityConfig": clientIPAffinity.map {
          .fields(["clientIP": .fields(["timeoutSeconds": .count(Int($0.nanoseconds / 1_000_000_000))])])
        } ?? .absent,
        "externalTrafficPolicy": type == .nodePort || type == .loadBalancer
          ? .text(externalTrafficPolicy.rawValue) : .absent,
        "internalTrafficPolicy": type == .externalName ? .absent : .text(internalTrafficPolicy.rawValue),
        "externalIPs": .some(externalIPs.map { .text($0.description) }),
        "loadBalancerSourceRanges": .some(loadBalancerSourceRanges.map { .text($0.description) }),
        "loadBalancerClass": .text(loadBalancerClass),
        "allocateLoadBalancerNodePorts": type == .loadBalancer ? .flag(allocateLoadBalancerNodePorts) : .absent,
        "healthCheckNodePort": healthCheckNodePort.map { .count(Int($0)) } ?? .absent,
        "publishNotReadyAddresses": publishNotReadyAddresses ? .flag(true) : .absent,
        "trafficDistribution": .text(trafficDistribution), "externalName": .text(externalName),
      ]),
      "status": .fields([
        "loadBalancer": loadBalancerIngress.isEmpty
          ? .object([])
          : .fields([
            "ingress": .list(
              loadBalancerIngress.map { ingress in
                .fields([
                  "ip": .text(ingress.ip?.description), "hostname": .text(ingress.hostname),
                  "ipMode": ingress.ip == nil ? .absent : .text(ingress.ipMode.rawValue),
                ])
              })
          ])
      ]),
    ])
  }
}

extension Service.Port {
  fileprivate var manifest: Datum {
    let target: Datum =
      switch targetPort {
      case .number(let number): .count(Int(number))
      case .name(let name): .text(name)
      }
    return .fields([
      "name": name.isEmpty ? .absent : .text(name), "protocol": .text(`protocol`.name.uppercased()),
      "port": .count(Int(port)), "targetPort": target, "nodePort": nodePort.map { .count(Int($0)) } ?? .absent,
    ])
  }
}

extension EndpointSlice {
  var manifest: Datum {
    .fields([
      "apiVersion": .text("discovery.k8s.io/v1"), "kind": .text("EndpointSlice"), "metadata": metadata.datum,
      "addressType": .text(addressType?.name ?? "FQDN"), "ports": .some(ports.map(\.manifest)),
      "endpoints": .list(endpoints.map(\.manifest)),
    ])
  }
}

extension EndpointSlice.Port {
  fileprivate var manifest: Datum {
    .fields([
      "name": .text(name), "protocol": .text(`protocol`.name.uppercased()),
      "port": port.map { .count(Int($0)) } ?? .absent,
    ])
  }
}

extension EndpointSlice.Endpoint {
  fileprivate var manifest: Datum {
    let hints: [Datum.Field] =
      (zoneHints.map { [Datum.Field("forZones", .list($0.map { .fields(["name": .text($0)]) }))] } ?? [])
      + (nodeHints.map { [Datum.Field("forNodes", .list($0.map { .fields(["name": .text($0)]) }))] } ?? [])
    return .fields([
      "addresses": .texts(addresses.map(\.description)),
      "conditions": .fields([
        "ready": .flag(isReady), "serving": .flag(isServing), "terminating": .flag(isTerminating),
      ]),
      "nodeName": .text(nodeName), "zone": .text(zone), "hints": hints.isEmpty ? .absent : .object(hints),
      "targetRef": targetPod.map {
        .fields(["kind": .text("Pod"), "name": .text($0.name), "namespace": .text($0.namespace)])
      } ?? .absent,
    ])
  }
}

extension LegacyEndpoints {
  var manifest: Datum {
    .fields([
      "apiVersion": .text("v1"), "kind": .text("Endpoints"),
      "metadata": .fields(["name": .text(name.name), "namespace": .text(name.namespace)]),
      "subsets": .some(
        subsets.map { subset in
          .fields([
            "addresses": .some(subset.addresses.map { .fields(["ip": .text($0)]) }),
            "notReadyAddresses": .some(subset.notReady.map { .fields(["ip": .text($0)]) }),
            "ports": .some(
              subset.ports.map { port in
                .fields([
                  "name": port.name.isEmpty ? .absent : .text(port.name),
                  "port": port.port.map { .count(Int($0)) } ?? .absent,
                  "protocol": .text(port.protocol.name.uppercased()),
                ])
              }),
          ])
        }),
    ])
  }
}

extension Inventory.PodState {
  func manifest(node: String?) -> Datum {
    .fields([
      "apiVersion": .text("v1"), "kind": .text("Pod"), "metadata": pod.metadata.datum,
      "spec": .fields([
        "containers": .list(pod.spec.containers.map(\.manifest)), "nodeName": .text(node ?? pod.spec.nodeName),
        "hostNetwork": pod.spec.hostNetwork ? .flag(true) : .absent, "nodeSelector": pod.spec.nodeSelector.datum,
        "terminationGracePeriodSeconds": .count(Int(pod.spec.terminationGracePeriod.nanoseconds / 1_000_000_000)),
      ]),
      "status": .fields([
        "phase": .text(pod.phase.rawValue), "podIP": .text(pod.podIPs.first?.description),
        "podIPs": .some(pod.podIPs.map { .fields(["ip": .text($0.description)]) }),
        "conditions": .list([.fields(["type": .text("Ready"), "status": .text(isReady ? "True" : "False")])]),
      ]),
    ])
  }
}

extension Container {
  fileprivate var manifest: Datum {
    .fields([
      "name": .text(name), "image": image.isEmpty ? .absent : .text(image),
      "ports": .some(
        ports.map { port in
          .fields([
            "name": port.name.isEmpty ? .absent : .text(port.name), "containerPort": .count(Int(port.containerPort)),
            "protocol": .text(port.protocol.name.uppercased()),
          ])
        }),
    ])
  }
}

extension Node {
  var manifest: Datum {
    .fields([
      "apiVersion": .text("v1"), "kind": .text("Node"), "metadata": metadata.datum,
      "spec": .fields([
        "podCIDR": .text(podCIDRs.first?.description), "podCIDRs": .some(podCIDRs.map { .text($0.description) }),
        "unschedulable": isUnschedulable ? .flag(true) : .absent,
      ]),
      "status": .fields([
        "addresses": .list(addresses.map { .fields(["type": .text($0.type), "address": .text($0.address)]) }),
        "conditions": .list([
          .fields(["type": .text("Ready"), "status": .text(ready ?? true ? "True" : "False")])
        ]),
        "nodeInfo": .fields(["kubeletVersion": .text(kubeletVersion)]),
      ]),
    ])
  }
}

extension WorkloadController {
  var manifest: Datum {
    .fields([
      "apiVersion": .text("apps/v1"), "kind": .text(kind.rawValue), "metadata": metadata.datum,
      "spec": .fields([
        "replicas": kind == .daemonSet ? .absent : .count(replicas),
        "selector": .fields([
          "matchLabels": selector.matchLabels.datum,
          "matchExpressions": .some(
            selector.matchExpressions.map { requirement in
              .fields([
                "key": .text(requirement.key), "operator": .text(requirement.operator.rawValue),
                "values": .some(requirement.values.map { .text($0) }),
              ])
            }),
        ]),
        "template": .fields([
          "metadata": .fields(["labels": templateLabels.datum]),
          "spec": .fields(["containers": .list(template.containers.map(\.manifest))]),
        ]),
      ]),
    ])
  }
}
