// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Reads `spec.servers`, `spec.clients` and `spec.workloads`.
enum LoadReader {
  /// How pods answer.
  static func servers(_ spec: FieldReader) -> [ServerProfile] {
    spec.mappings("servers").map { fields in
      fields.allow(ServerKeys.table)
      var server = ServerProfile()
      if let value = fields.read(ServerKeys.selector) { server.selector = value }
      server.namespace = fields.read(ServerKeys.namespace)
      if let value = fields.read(ServerKeys.service) { server.service = value }
      if let value = fields.read(ServerKeys.concurrency) { server.concurrency = value }
      if let value = fields.read(ServerKeys.queue) { server.queue = value }
      return server
    }
  }

  /// Who sends.
  static func clients(_ spec: FieldReader, _ places: inout ScenarioPlaces) -> [ClientGroup] {
    var groups: [ClientGroup] = []
    for fields in spec.mappings("clients") {
      fields.allow(ClientKeys.table)
      let count = fields.read(ClientKeys.count) ?? 200
      let placement = placement(fields)
      _ = fields.read(ClientKeys.namespace)
      guard let name = fields.requiredString("name", of: "the client group") else { continue }
      if let at = groups.firstIndex(where: { $0.name == name }) {
        fields.findings.error(
          .duplicateName(kind: "client group", name: name, first: places.clients[at]), at: fields.place("name"))
        continue
      }
      groups.append(ClientGroup(name: name, count: count, placement: placement))
      places.clients.append(fields.place("name"))
    }
    return groups
  }

  private static func placement(_ fields: FieldReader) -> ClientPlacement {
    guard let node = fields["at"] else { return .external }
    if node.pairs != nil {
      return .pods(MetadataReader.labels(node, fields.findings), namespace: fields.read(ClientKeys.namespace))
    }
    guard let text = fields.read(ClientKeys.at) else { return .external }
    if text == "external" { return .external }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2, parts[0] == "node" { return .node(parts[1]) }
    if parts.count == 3, parts[0] == "pod" { return .pod(NamespacedName(parts[1], parts[2])) }
    if let selector = References.selector(text) {
      return .pods(selector, namespace: fields.read(ClientKeys.namespace))
    }
    fields.findings.error(
      .unknownWord(
        text, what: "place for clients", nearest: NearestName.find(text, among: ["external"]),
        allowed: ["external", "node/NAME", "pod/NS/NAME", "a selector"]), at: node.place)
    return .external
  }

  /// What they send.
  static func workloads(_ spec: FieldReader, _ places: inout ScenarioPlaces) -> [Workload] {
    var workloads: [Workload] = []
    for fields in spec.mappings("workloads") {
      fields.allow(WorkloadKeys.table)
      fields.require("from", "to", of: "the workload")
      guard let name = fields.requiredString("name", of: "the workload") else {
        _ = workload("", fields)
        continue
      }
      if let at = workloads.firstIndex(where: { $0.name == name }) {
        fields.findings.error(
          .duplicateName(kind: "workload", name: name, first: places.workloads[at]), at: fields.place("name"))
        continue
      }
      workloads.append(workload(name, fields))
      places.workloads.append(fields.place("name"))
    }
    return workloads
  }

  /// Reads a workload; where `from` or `to` is faulty, which is reported, it holds a stand-in.
  private static func workload(_ name: String, _ fields: FieldReader) -> Workload {
    let nowhere = Destination.socket(SocketAddress(.unspecified(.ipv4), 0))
    var workload = Workload(
      name: name, from: fields.read(WorkloadKeys.from) ?? "", to: fields.read(WorkloadKeys.to) ?? nowhere)
    if let value = fields.read(WorkloadKeys.transport) { workload.protocol = value }
    workload.arrivals = arrivals(fields.mapping("arrivals"))
    let request = fields.mapping("request")
    request.allow(WorkloadKeys.request)
    if let value = request.read(WorkloadKeys.bytes) { workload.requestBytes = value }
    if let value = request.read(WorkloadKeys.response) { workload.responseBytes = value }
    workload.connections = connections(fields.mapping("connections"))
    if let value = fields.read(WorkloadKeys.timeout) { workload.timeout = value }
    let retries = fields.mapping("retries")
    retries.allow(WorkloadKeys.retries)
    if let value = retries.read("attempts", .count(0...1000)) { workload.retryAttempts = value }
    if let value = retries.read("backoff", .duration(atMost: .seconds(3600))) { workload.retryBackoff = value }
    return workload
  }

  private static func arrivals(_ fields: FieldReader) -> ArrivalProcess {
    fields.allow(WorkloadKeys.arrivals)
    let process = fields.read(WorkloadKeys.process) ?? "poisson"
    let taken = process == "closed" ? "think" : process == "trace" ? "file" : "rate"
    for key in ["rate", "think", "file"] where key != taken && fields[key] != nil {
      fields.findings.error(
        .refused("process \(process) takes no '\(key)'", hint: "it takes \(taken)"), at: fields.keyPlace(key))
    }
    switch process {
    case "closed": return .closed(think: fields.read(WorkloadKeys.think) ?? .constant(1))
    case "trace":
      fields.require("file", of: "process trace")
      fields.findings.error(
        .notModelledYet("process trace is not modelled yet", hint: "modelled: poisson, constant, closed"),
        at: fields.place("process"))
      return .poisson(perSecond: 1)
    default:
      let rate = fields.read(WorkloadKeys.rate) ?? 500
      return process == "constant" ? .constant(perSecond: rate) : .poisson(perSecond: rate)
    }
  }

  private static func connections(_ fields: FieldReader) -> ConnectionReuse {
    fields.allow(WorkloadKeys.connections)
    let reuse = fields.read("reuse", .word("reuse", ["none", "keep-alive", "pool"])) ?? "none"
    let taken = reuse == "none" ? [] : reuse == "pool" ? ["size", "idle", "maxAge"] : ["maxRequests", "idle"]
    for key in ["maxRequests", "idle", "size", "maxAge"] where !taken.contains(key) && fields[key] != nil {
      let hint = taken.isEmpty ? "set reuse: keep-alive or pool" : "it takes \(taken.joined(separator: ", "))"
      fields.findings.error(.refused("reuse \(reuse) takes no '\(key)'", hint: hint), at: fields.keyPlace(key))
    }
    let idle = fields.read("idle", .positiveDuration) ?? .seconds(60)
    switch reuse {
    case "keep-alive":
      return .keepAlive(maxRequests: fields.read("maxRequests", .positive) ?? 1000, idle: idle)
    case "pool":
      return .pool(
        size: fields.read("size", .positive) ?? 8, idle: idle,
        maxAge: fields.read("maxAge", .positiveDuration) ?? .seconds(300))
    default: return .none
    }
  }
}
