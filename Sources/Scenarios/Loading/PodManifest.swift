// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Reads a Pod, and the pod template of a controller.
enum PodManifest {
  /// Reads a Pod with the state that its status says.
  static func read(_ object: FieldReader, _ metadata: ObjectMeta) -> Pod {
    var pod = Pod(metadata: metadata, spec: spec(object.mapping("spec")))
    pod.isTerminating = object.mapping("metadata")["deletionTimestamp"] != nil
    let status = object.mapping("status")
    pod.phase = status.read("phase", .word("phase")) ?? .running
    pod.ready = readyCondition(status)
    if let ip = status.read("podIP", .address) { pod.podIPs.append(ip) }
    for entry in status.mappings("podIPs") {
      if let ip = entry.read("ip", .address), !pod.podIPs.contains(ip) { pod.podIPs.append(ip) }
    }
    if pod.podIPs.count > 2 || Set(pod.podIPs.map(\.family)).count < pod.podIPs.count {
      object.findings.error(.refused("a pod has at most one address a family", hint: ""), at: status.place("podIPs"))
    }
    return pod
  }

  /// The `Ready` condition; nil when the status says nothing.
  static func readyCondition(_ status: FieldReader) -> Bool? {
    for condition in status.mappings("conditions") where condition["type"]?.scalar?.text == "Ready" {
      return condition["status"]?.scalar?.text.lowercased() == "true"
    }
    return nil
  }

  /// Reads a pod's or a template's spec.
  static func spec(_ fields: FieldReader) -> PodSpec {
    var spec = PodSpec()
    spec.nodeName = fields.string("nodeName")
    spec.containers = fields.mappings("containers").map(container)
    spec.hostNetwork = fields.bool("hostNetwork") ?? false
    if let grace = fields.integer("terminationGracePeriodSeconds", in: 0...31_536_000_000) {
      spec.terminationGracePeriod = .seconds(grace)
    }
    spec.nodeSelector = MetadataReader.labels(fields["nodeSelector"], fields.findings)
    for toleration in fields.mappings("tolerations") {
      let hasKey = toleration.string("key").map { !$0.isEmpty } ?? false
      let hasEffect = toleration.string("effect").map { !$0.isEmpty } ?? false
      if toleration.string("operator") == "Exists", !hasKey, !hasEffect { spec.toleratesEverything = true }
    }
    return spec
  }

  private static func container(_ fields: FieldReader) -> Container {
    var container = Container(name: fields.string("name") ?? "", image: fields.string("image") ?? "")
    for port in fields.mappings("ports") {
      guard let number = port.read("containerPort", .port) else {
        port.require("containerPort", of: "the port")
        continue
      }
      let name = port.string("name") ?? ""
      if !name.isEmpty, !ObjectNames.isPortName(name) {
        fields.findings.error(
          .refused("'\(name)' is no port name", hint: "at most 15 of a-z, 0-9 and '-', with a letter"),
          at: port.place("name"))
      }
      if !name.isEmpty, container.ports.contains(where: { $0.name == name }) {
        fields.findings.error(.refused("port name '\(name)' is taken", hint: ""), at: port.place("name"))
      }
      let transport = port.read("protocol", .transport) ?? .tcp
      container.ports.append(.init(name: name, containerPort: number, protocol: transport))
    }
    if fields["readinessProbe"] != nil { container.readinessProbe = probe(fields.mapping("readinessProbe")) }
    return container
  }

  private static func probe(_ fields: FieldReader) -> ContainerProbe {
    var probe = ContainerProbe()
    let seconds: (String, Int64) -> SimDuration? = { key, least in
      fields.integer(key, in: least...Int64(Int32.max)).map { .seconds($0) }
    }
    if let value = seconds("initialDelaySeconds", 0) { probe.initialDelay = value }
    if let value = seconds("periodSeconds", 1) { probe.period = value }
    if let value = seconds("timeoutSeconds", 1) { probe.timeout = value }
    if let value = fields.read("successThreshold", .positive) { probe.successThreshold = value }
    if let value = fields.read("failureThreshold", .positive) { probe.failureThreshold = value }
    return probe
  }
}
