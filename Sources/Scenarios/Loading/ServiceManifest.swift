// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Reads a Service with the API server's defaults, and refuses what it refuses.
///
/// Source: Kubernetes v1.36, pkg/apis/core/validation/validation.go (ValidateService), pkg/apis/core/v1/defaults.go.
/// What depends on the cluster's blocks (families, ranges) is `ServiceDefaults`.
enum ServiceManifest {
  /// Reads a Service.
  static func read(_ object: FieldReader, _ metadata: ObjectMeta) -> Service {
    var service = Service(metadata: metadata)
    guard object["spec"] != nil else {
      object.findings.error(.missingKey("spec", of: "Service"), at: object.node.place)
      return service
    }
    let spec = object.mapping("spec")
    service.type = spec.read("type", .word("Service type")) ?? .clusterIP
    if spec["selector"] != nil {
      let selector = MetadataReader.labels(spec["selector"], spec.findings)
      service.selector = selector.isEmpty ? nil : selector
    }
    readClusterIPs(spec, &service)
    readFamilies(spec, &service)
    ServicePorts.read(spec, &service)
    readAffinity(spec, &service)
    readPolicies(spec, &service)
    readLoadBalancer(spec, &service)
    readExternal(spec, &service)
    service.publishNotReadyAddresses = spec.bool("publishNotReadyAddresses") ?? false
    service.trafficDistribution = spec.read(
      "trafficDistribution", .word("trafficDistribution", ["PreferClose", "PreferSameZone", "PreferSameNode"]))
    service.loadBalancerIngress = object.mapping("status").mapping("loadBalancer").mappings("ingress").map(ingress)
    return service
  }

  private static func readClusterIPs(_ spec: FieldReader, _ service: inout Service) {
    let single = spec["clusterIP"].flatMap { $0.scalar?.text.isEmpty == true ? nil : $0 }
    let list = spec.list("clusterIPs")
    if let first = list.first?.scalar?.text, let single, single.scalar?.text != first {
      spec.findings.error(.refused("clusterIP and clusterIPs[0] differ", hint: ""), at: single.place)
    }
    let nodes = list.isEmpty ? single.map { [$0] } ?? [] : list
    if nodes.contains(where: { $0.scalar?.text == "None" }) {
      service.isHeadless = true
      if service.type == .nodePort || service.type == .loadBalancer {
        spec.findings.error(
          .refused("a \(service.type.rawValue) Service cannot be headless", hint: ""), at: nodes[0].place)
      }
      return
    }
    if service.type == .externalName, let node = nodes.first {
      spec.findings.error(.refused("an ExternalName Service has no clusterIP", hint: ""), at: node.place)
      return
    }
    for node in nodes {
      guard let address = ValueKind.address.read(node, spec.findings) else { continue }
      if service.clusterIPs.contains(where: { $0.family == address.family }) {
        spec.findings.error(.refused("two cluster IPs of family \(address.family.name)", hint: ""), at: node.place)
        continue
      }
      service.clusterIPs.append(address)
    }
  }

  private static func readFamilies(_ spec: FieldReader, _ service: inout Service) {
    let families = spec.list("ipFamilies")
    for (index, node) in families.enumerated() {
      guard let name = ValueKind.word("IP family", ["IPv4", "IPv6"]).read(node, spec.findings) else { continue }
      let family: IPFamily = name == "IPv4" ? .ipv4 : .ipv6
      if service.ipFamilies.contains(family) {
        spec.findings.error(.refused("\(name) stands twice", hint: ""), at: node.place)
      } else {
        service.ipFamilies.append(family)
      }
      if index < service.clusterIPs.count, service.clusterIPs[index].family != family {
        spec.findings.error(
          .refused("\(name) is not the family of \(service.clusterIPs[index])", hint: ""), at: node.place)
      }
    }
    if families.isEmpty { service.ipFamilies = service.clusterIPs.map(\.family) }
    let policies = ["SingleStack", "PreferDualStack", "RequireDualStack"]
    if spec.read("ipFamilyPolicy", .word("ipFamilyPolicy", policies)) == "SingleStack", service.ipFamilies.count > 1 {
      spec.findings.error(
        .refused("SingleStack with two families", hint: "PreferDualStack allows both"), at: spec.place("ipFamilyPolicy")
      )
    }
  }

  private static func readAffinity(_ spec: FieldReader, _ service: inout Service) {
    let affinity = spec.read("sessionAffinity", .word("sessionAffinity", ["None", "ClientIP"])) ?? "None"
    let config = spec.mapping("sessionAffinityConfig")
    let timeout = config.mapping("clientIP").integer("timeoutSeconds", in: 1...86400)
    if affinity == "ClientIP" {
      service.clientIPAffinity = .seconds(timeout ?? 10800)
    } else if spec["sessionAffinityConfig"] != nil {
      spec.findings.error(
        .refused("sessionAffinityConfig without affinity", hint: "set sessionAffinity: ClientIP"),
        at: spec.keyPlace("sessionAffinityConfig"))
    }
  }

  private static func readPolicies(_ spec: FieldReader, _ service: inout Service) {
    let isExternal = service.type == .nodePort || service.type == .loadBalancer || !spec.list("externalIPs").isEmpty
    if let policy: Service.TrafficPolicy = spec.read("externalTrafficPolicy", .word("traffic policy")) {
      service.externalTrafficPolicy = policy
      if !isExternal {
        spec.findings.error(
          .refused(
            "externalTrafficPolicy on a \(service.type.rawValue) Service",
            hint: "it is for NodePort, LoadBalancer and externalIPs"), at: spec.keyPlace("externalTrafficPolicy"))
      }
    }
    service.internalTrafficPolicy = spec.read("internalTrafficPolicy", .word("traffic policy")) ?? .cluster
    guard let port = spec.integer("healthCheckNodePort", in: 0...65535), port != 0 else { return }
    service.healthCheckNodePort = UInt16(port)
    if service.type != .loadBalancer || service.externalTrafficPolicy != .local {
      spec.findings.error(
        .refused(
          "healthCheckNodePort without a local load balancer",
          hint: "it is for type LoadBalancer with externalTrafficPolicy Local"), at: spec.place("healthCheckNodePort"))
    }
  }

  private static func readLoadBalancer(_ spec: FieldReader, _ service: inout Service) {
    let isLoadBalancer = service.type == .loadBalancer
    service.loadBalancerSourceRanges = spec.read("loadBalancerSourceRanges", .list(.prefix)) ?? []
    if let ip = spec["loadBalancerIP"], ip.scalar?.text.isEmpty == false {
      service.loadBalancerIP = ValueKind.address.read(ip, spec.findings)
    }
    service.loadBalancerClass = spec.string("loadBalancerClass")
    let allocates = spec.bool("allocateLoadBalancerNodePorts")
    service.allocateLoadBalancerNodePorts = allocates ?? true
    for key in ["loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"]
    where !isLoadBalancer && spec[key] != nil && !(spec[key]?.elements?.isEmpty ?? false) {
      spec.findings.error(
        .refused("\(key) on a \(service.type.rawValue) Service", hint: "it is for type LoadBalancer"),
        at: spec.keyPlace(key))
    }
  }

  private static func readExternal(_ spec: FieldReader, _ service: inout Service) {
    for node in spec.list("externalIPs") {
      guard let address = ValueKind.address.read(node, spec.findings) else { continue }
      if let reason = AddressText.special(address) {
        spec.findings.error(.refused("\(address) is \(reason), which no external IP may be", hint: ""), at: node.place)
      }
      service.externalIPs.append(address)
    }
    let name = spec.string("externalName")
    guard service.type == .externalName else { return }
    guard let name, !name.isEmpty else {
      spec.findings.error(.missingKey("externalName", of: "an ExternalName Service"), at: spec.node.place)
      return
    }
    let trimmed = name.hasSuffix(".") ? String(name.dropLast()) : name
    if !ObjectNames.isSubdomain(trimmed) {
      spec.findings.error(.refused("'\(name.prefix(60))' is no DNS name", hint: ""), at: spec.place("externalName"))
    }
    service.externalName = name
  }

  private static func ingress(_ fields: FieldReader) -> Service.Ingress {
    Service.Ingress(
      ip: fields.read("ip", .address), hostname: fields.string("hostname"),
      ipMode: fields.read("ipMode", .word("ipMode")) ?? .vip)
  }
}
