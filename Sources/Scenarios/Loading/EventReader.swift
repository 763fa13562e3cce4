// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The keys of an element of `spec.events`.
enum EventKeys {
  /// What can happen, each a key whose value says to what.
  static let verbs = [
    "fail", "restore", "restart", "delete", "unready", "slow", "scale", "rollout", "drain", "cordon", "uncordon",
    "partition", "degrade", "apply",
  ]
  static let at = Key("at", ValueKind<SimTime>.time, "When.")
  static let replicas = Key("replicas", ValueKind<Int>.count(0...1_000_000), "scale: how many.")
  static let pod = Key("pod", ValueKind<String>.string, "This pod, NS/NAME.")
  static let select = Key("select", ValueKind<Labels>.selector, "The pods with these labels.")
  static let namespace = Key("namespace", ValueKind<String>.string, "Only in this namespace.")
  static let count = Key("count", ValueKind<Int>.positive, "At most so many of them, in name order.")
  static let share = Key("share", ValueKind<Double>.share, "This share of them, rounded up.")

  static let table = KeyTable(
    name: "Event",
    keys: [at.erased]
      + verbs.map { Key($0, .string, "What happens, and to what: pod, node/NAME, KIND/NS/NAME or a file.").erased }
      + [
        pod.erased, select.erased, namespace.erased, count.erased, share.erased, replicas.erased,
        Key("loss", .share, "degrade: the share of packets lost.").erased,
        Key("latency", NetworkKeys.delay, "degrade: what is added, one way.").erased,
        Key("jitter", NetworkKeys.delay, "degrade: uniform in ± this.").erased,
        Key("bandwidth", .bandwidth, "degrade: at most so much.").erased,
        Key("factor", .positiveNumber, "slow: how many times as long a request takes.").erased,
        Key("for", .positiveDuration, "After so long it is undone.").erased,
      ],
    required: ["at"])
}

/// Reads `spec.events`.
enum EventReader {
  /// Reads all events, in the order of the file.
  static func read(_ spec: FieldReader, _ places: inout ScenarioPlaces) -> [ScheduledEvent] {
    var events: [ScheduledEvent] = []
    for fields in spec.mappings("events") {
      fields.allow(EventKeys.table)
      fields.require("at", of: "the event")
      let at = fields.read(EventKeys.at)
      guard let verb = verb(fields), let action = action(verb, fields) else { continue }
      events.append(ScheduledEvent(at: at ?? .zero, action: action))
      places.events.append(fields.node.place)
    }
    return events
  }

  private static func verb(_ fields: FieldReader) -> String? {
    let given = EventKeys.verbs.filter { fields[$0] != nil }
    if given.count == 1 { return given[0] }
    if given.isEmpty {
      // A key that is unknown, which is reported, was most likely meant to say it.
      let known = EventKeys.table.keys.map(\.name)
      if (fields.node.pairs ?? []).contains(where: { !known.contains($0.key) }) { return nil }
      fields.findings.error(
        .refused("the event says nothing to do", hint: Diagnostic.list(EventKeys.verbs)), at: fields.node.place)
    } else {
      fields.findings.error(
        .refused("the event says both '\(given[0])' and '\(given[1])'", hint: "write two events"),
        at: fields.keyPlace(given[1]))
    }
    return nil
  }

  private static func action(_ verb: String, _ fields: FieldReader) -> ScheduledEvent.Action? {
    guard let target = fields.string(verb) else { return nil }
    let options = options(of: verb, target)
    for pair in fields.node.pairs ?? [] where pair.key != "at" && pair.key != verb && !options.contains(pair.key) {
      if EventKeys.table.keys.contains(where: { $0.name == pair.key }), !EventKeys.verbs.contains(pair.key) {
        let hint = options.isEmpty ? "" : "it takes \(options.joined(separator: ", "))"
        fields.findings.error(.refused("\(verb) \(target) takes no '\(pair.key)'", hint: hint), at: pair.keyPlace)
      }
    }
    let concernsPods = ["fail", "restore", "restart", "delete", "unready", "slow"].contains(verb) && target == "pod"
    let selection = concernsPods ? selection(fields) : nil
    switch verb {
    case "fail" where concernsPods: return selection.map { .failPods($0) }
    case "restore" where concernsPods: return selection.map { .restorePods($0) }
    case "delete" where concernsPods: return selection.map { .deletePods($0) }
    case "scale": return scale(target, fields)
    default:
      checkOptions(verb, target, fields)
      let known = "modelled: fail pod, restore pod, delete pod, scale"
      fields.findings.error(
        .notModelledYet("event '\(verb)' of \(kind(target)) is not modelled yet", hint: known),
        at: fields.keyPlace(verb))
      return nil
    }
  }

  private static func kind(_ target: String) -> String {
    target.split(separator: "/").first.map(String.init) ?? target
  }

  private static func options(of verb: String, _ target: String) -> [String] {
    let pods = ["pod", "select", "namespace", "count", "share"]
    switch verb {
    case "scale": return ["replicas"]
    case "degrade": return ["loss", "latency", "jitter", "bandwidth", "for"]
    case "partition": return ["for"]
    case "slow": return target == "pod" ? pods + ["factor", "for"] : ["factor", "for"]
    case "unready": return target == "pod" ? pods + ["for"] : ["for"]
    case "fail", "restore", "restart", "delete": return target == "pod" ? pods : []
    default: return []
    }
  }

  /// Reads the values of options that no action takes yet, so that their mistakes show.
  private static func checkOptions(_ verb: String, _ target: String, _ fields: FieldReader) {
    for key in EventKeys.table.keys where fields[key.name] != nil && !EventKeys.verbs.contains(key.name) {
      if let node = fields[key.name], key.name != "at", key.name != "pod" { _ = key.accepts(node, fields.findings) }
    }
    if verb == "apply" {
      let path = InputFiles.path(target, from: fields.findings.directory)
      if case .failure(let failure) = InputFiles.read(path, order: fields.node.place.source.order) {
        fields.findings.error(.unreadable(file: path, reason: failure.reason), at: fields.place(verb))
      }
    }
  }

  private static func selection(_ fields: FieldReader) -> PodSelection? {
    if let node = fields["pod"] {
      guard let text = fields.read(EventKeys.pod) else { return nil }
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
        fields.findings.bad(node, expected: "a pod as NS/NAME")
        return nil
      }
      var selection = PodSelection()
      selection.pod = NamespacedName(String(parts[0]), String(parts[1]))
      if let select = fields["select"] {
        fields.findings.error(.refused("'pod' and 'select' exclude each other", hint: ""), at: select.place)
      }
      return selection
    }
    guard fields["select"] != nil else {
      fields.findings.error(
        .refused("the event says not which pods", hint: "give pod: or select:"), at: fields.node.place)
      return nil
    }
    let count = fields.read(EventKeys.count)
    let share = fields.read(EventKeys.share)
    if count != nil, share != nil {
      fields.findings.error(.refused("'count' and 'share' exclude each other", hint: ""), at: fields.keyPlace("share"))
    }
    return fields.read(EventKeys.select).map {
      PodSelection(selector: $0, namespace: fields.read(EventKeys.namespace), count: count, share: share)
    }
  }

  private static func scale(_ target: String, _ fields: FieldReader) -> ScheduledEvent.Action? {
    fields.require("replicas", of: "the event")
    let kinds: [(name: String, kind: WorkloadController.Kind)] = [
      ("deployment", .deployment), ("replicaset", .replicaSet), ("statefulset", .statefulSet),
    ]
    guard let object = References.object(target), object.parts.count == 2 else {
      fields.findings.error(
        .badValue("'\(target)'", expected: "KIND/NS/NAME", hint: "such as deployment/default/httpenv"),
        at: fields.place("scale"))
      return nil
    }
    guard let kind = kinds.first(where: { $0.name == object.kind.lowercased() })?.kind else {
      let names = kinds.map(\.name)
      fields.findings.error(
        .unknownWord(
          object.kind, what: "kind that can be scaled", nearest: NearestName.find(object.kind, among: names),
          allowed: names), at: fields.place("scale"))
      return nil
    }
    return fields.read(EventKeys.replicas).map {
      .scale(kind: kind, NamespacedName(object.parts[0], object.parts[1]), replicas: $0)
    }
  }
}
