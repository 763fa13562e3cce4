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

extension ValueKind where Value == Double {
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
      let bounds = bounds(fields)
      guard let metric = fields.requiredString("metric", of: "the expectation"), let subject else { return nil }
      let known = MetricNames.of(subject)
      if !known.contains(metric) {
        fields.findings.error(
          .unknownWord(metric, what: "metric", nearest: NearestName.find(metric, among: known), allowed: known),
          at: fields.place("metric"))
      }
      return Expectation(
        metric: metric, subject: subject, during: window, bounds: bounds, place: fields.place("metric"))
    }
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

  private static func bounds(_ fields: FieldReader) -> [Expectation.Bound] {
    var bounds: [Expectation.Bound] = []
    for pair in fields.node.pairs ?? [] {
      let text = pair.node.scalar?.text ?? ""
      switch pair.key {
      case "atLeast", "atMost", "equals":
        guard let value = fields.read(pair.key, .bound) else { continue }
        let kind: Expectation.Bound.Kind =
          pair.key == "atLeast" ? .atLeast(value) : pair.key == "atMost" ? .atMost(value) : .equals(value)
        bounds.append(.init(kind: kind, text: text))
      case "within":
        guard let values = fields.read("within", ValueKind<[Double]>.list(.bound)) else { continue }
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
