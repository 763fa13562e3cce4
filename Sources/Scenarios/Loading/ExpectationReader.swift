// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The keys of an element of `spec.expect`.
enum ExpectationKeys {
  static let metric = Key("metric", ValueKind<String>.string, "A path in the summary, within what `of` names.")
  static let of = Key(
    "of", ValueKind<Expectation.Subject>.subject,
    "service/NS/NAME, workload/NAME, pod/NS/NAME or node/NAME; the whole run when left out.")
  static let during = Key("during", ValueKind<[SimTime]>.list(.time), "A window, [from, to).")
  static let table = KeyTable(
    name: "Expectation",
    keys: [
      metric.erased, of.erased, during.erased, Key("atLeast", .bound, "At least this.").erased,
      Key("atMost", .bound, "At most this.").erased, Key("equals", .bound, "Exactly this.").erased,
      Key("within", ValueKind<[Double]>.list(.bound), "Between two values, both allowed.").erased,
    ],
    required: ["metric"])
}

extension ValueKind where Value == Expectation.Subject {
  /// What a metric is of.
  static var subject: ValueKind {
    ValueKind(schema: .string(pattern: "^(service|workload|pod|node)/")) { node, findings in
      if let text = node.scalar?.text, let object = References.object(text) {
        let parts = object.parts
        switch (object.kind, parts.count) {
        case ("service", 2): return .service(NamespacedName(parts[0], parts[1]))
        case ("pod", 2): return .pod(NamespacedName(parts[0], parts[1]))
        case ("node", 1): return .node(parts[0])
        case ("workload", 1): return .workload(parts[0])
        default: break
        }
      }
      findings.bad(node, expected: "service/NS/NAME, workload/NAME, pod/NS/NAME or node/NAME")
      return nil
    }
  }
}

extension Metric.Subject {
  /// What it is, for messages; nil for the whole run.
  fileprivate var kind: String? {
    switch self {
    case .run: nil
    case .service: "service"
    case .workload: "workload"
    case .pod: "pod"
    case .node: "node"
    }
  }
}

extension ValueKind where Value == Double {
  /// A bound on a metric, nil when it is not known: a time needs its unit and nothing else may have one of time.
  fileprivate static func bound(of metric: MetricNames.Name?) -> ValueKind {
    guard let metric else { return .bound }
    return metric.isTime ? .timeBound : .plainBound(metric.path)
  }

  /// A duration, in seconds; only 0 needs no unit.
  private static var timeBound: ValueKind {
    ValueKind(schema: ValueKind.bound.schema) { node, findings in
      let expected = "a duration such as 12ms or 5s"
      guard let scalar = node.scalar, scalar.kind != .null else {
        findings.bad(node, expected: expected)
        return nil
      }
      if let value = try? Quantities.duration(scalar.text) { return value.seconds }
      guard let number = Double(scalar.text), number.isFinite else {
        findings.bad(node, expected: expected)
        return nil
      }
      if number == 0 { return 0 }
      findings.bad(node, expected: expected, hint: "write \(scalar.text)s or \(scalar.text)ms")
      return nil
    }
  }

  /// A number, a size or a percentage.
  private static func plainBound(_ metric: String) -> ValueKind {
    ValueKind(schema: ValueKind.bound.schema) { node, findings in
      if let text = node.scalar?.text, text != "0", (try? Quantities.duration(text)) != nil {
        findings.bad(node, expected: "a number", hint: "\(metric) is no time")
        return nil
      }
      return ValueKind.bound.read(node, findings)
    }
  }

  /// A bound: a number, a duration (in seconds), a size (in bytes) or a percentage.
  static var bound: ValueKind {
    ValueKind(schema: .oneOf([.number(nil), .string(pattern: nil)])) { node, findings in
      if let scalar = node.scalar, scalar.kind != .null {
        if scalar.kind == .integer || scalar.kind == .float {
          if let value = Double(scalar.text), value.isFinite { return value }
        } else if scalar.text.hasSuffix("%"), let value = Double(scalar.text.dropLast()), value.isFinite {
          return value / 100
        } else if let value = try? Quantities.duration(scalar.text) {
          return value.seconds
        } else if let value = try? Quantities.bytes(scalar.text) {
          return Double(value)
        }
      }
      findings.bad(node, expected: "a number or a duration")
      return nil
    }
  }
}

/// Reads `spec.expect`.
enum ExpectationReader {
  /// Reads all expectations.
  static func read(_ spec: FieldReader) -> [Expectation] {
    spec.mappings("expect").compactMap { fields in
      fields.allow(ExpectationKeys.table)
      let subject = fields["of"] == nil ? .run : fields.read(ExpectationKeys.of)
      let window = during(fields)
      let metric = fields.requiredString("metric", of: "the expectation")
      let name = metric.flatMap { metric in subject.flatMap { metricName(metric, $0, fields) } }
      let bounds = bounds(fields, ValueKind<Double>.bound(of: name))
      guard let metric, let subject else { return nil }
      return Expectation(
        metric: metric, subject: subject, during: window, bounds: bounds, place: fields.place("metric"))
    }
  }

  /// The metric of this name; reports when there is none.
  private static func metricName(
    _ metric: String, _ subject: Metric.Subject, _ fields: FieldReader
  ) -> MetricNames.Name? {
    let known = MetricNames.of(subject)
    if let name = known.first(where: { $0.path == metric }) { return name }
    let paths = known.map(\.path)
    let nearest = NearestName.find(metric, among: paths)
    // Whoever gets the first word right wants to see what may follow it.
    let head = metric.prefix { $0 != "." }
    let related = paths.filter { $0.prefix { $0 != "." } == head }
    fields.findings.error(
      .unknownWord(
        metric, what: subject.kind.map { "metric of a \($0)" } ?? "metric", nearest: nearest,
        allowed: related.isEmpty ? paths : related),
      at: fields.place("metric"))
    return nil
  }

  private static func during(_ fields: FieldReader) -> Range<SimTime>? {
    guard let node = fields["during"], let times = fields.read(ExpectationKeys.during) else { return nil }
    guard node.elements?.count == 2 else {
      fields.findings.error(.wrongType(expected: "a window [from, to]", found: node.typeName, hint: ""), at: node.place)
      return nil
    }
    guard times.count == 2 else { return nil }
    if times[0] < times[1] { return times[0]..<times[1] }
    fields.findings.error(.refused("the window ends before it begins", hint: ""), at: node.place)
    return nil
  }

  private static func bounds(_ fields: FieldReader, _ kind: ValueKind<Double>) -> [Expectation.Bound] {
    var bounds: [Expectation.Bound] = []
    for pair in fields.node.pairs ?? [] {
      let text = pair.node.scalar?.text ?? ""
      switch pair.key {
      case "atLeast", "atMost", "equals":
        guard let value = fields.read(pair.key, kind) else { continue }
        let judged: Expectation.Bound.Kind =
          pair.key == "atLeast" ? .atLeast(value) : pair.key == "atMost" ? .atMost(value) : .equals(value)
        bounds.append(.init(kind: judged, text: text))
      case "within":
        guard let values = fields.read("within", ValueKind<[Double]>.list(kind)) else { continue }
        // A value that cannot be read is reported already.
        if pair.node.elements?.count == 2, values.count < 2 { continue }
        guard values.count == 2, values[0] <= values[1] else {
          fields.findings.error(
            .refused("'within' takes two values, the lower one first", hint: "within: [low, high]"), at: pair.node.place
          )
          continue
        }
        let words = (pair.node.elements ?? []).map { $0.scalar?.text ?? "" }
        bounds.append(.init(kind: .within(values[0], values[1]), text: words.joined(separator: "…")))
      default: break
      }
    }
    if bounds.isEmpty, !["atLeast", "atMost", "equals", "within"].contains(where: { fields[$0] != nil }) {
      fields.findings.error(
        .refused("the expectation has no bound", hint: "give atLeast, atMost, equals or within"),
        at: fields.place("metric"))
    }
    return bounds
  }
}
