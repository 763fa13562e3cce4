// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Reads what may be drawn: a bare value, or a mapping that names a distribution.
enum DistributionReader {
  /// The names with the keys that each takes beside `distribution`.
  static let names = [
    "constant", "exponential", "uniform", "normal", "lognormal", "gamma", "weibull", "pareto", "empirical",
  ]

  /// The keys of a distribution of times or of sizes.
  static func table(_ unit: ValueKind<Double>) -> KeyTable {
    KeyTable(
      name: "Distribution",
      keys: [
        Key("distribution", .word("distribution", names), "The family that values are drawn from.").erased,
        Key("mean", unit, "The mean of what is drawn; not of uniform and empirical.").erased,
        Key("low", unit, "uniform: the least value.").erased,
        Key("high", unit, "uniform: the greatest value.").erased,
        Key("stddev", unit, "normal: the standard deviation before values below 0 are redrawn.").erased,
        Key("sigma", .positiveNumber, "lognormal: the standard deviation of the logarithm.").erased,
        Key("shape", .positiveNumber, "gamma, weibull, pareto: the shape.").erased,
        Key("max", unit, "pareto: the greatest value.").erased,
        Key("file", .string, "empirical: a CSV file.").erased,
        Key("column", .string, "empirical: the column's heading; the first one when left out.").erased,
      ],
      required: ["distribution"])
  }

  /// Which keys a distribution takes.
  private static func keys(of name: String) -> [String] {
    switch name {
    case "uniform": ["low", "high"]
    case "normal": ["mean", "stddev"]
    case "lognormal": ["mean", "sigma"]
    case "gamma", "weibull": ["mean", "shape"]
    case "pareto": ["mean", "shape", "max"]
    case "empirical": ["file", "column"]
    default: ["mean"]
    }
  }

  /// A distribution from its mapping.
  static func read(_ node: YAMLNode, unit: ValueKind<Double>, _ findings: Findings) -> Distribution? {
    let fields = FieldReader(node, findings)
    fields.allow(table(unit))
    guard fields["distribution"] != nil else {
      findings.error(.missingKey("distribution", of: "a drawn value"), at: node.place)
      return nil
    }
    guard let name = fields.read("distribution", .word("distribution", names)) else { return nil }
    let taken = keys(of: name)
    for pair in node.pairs ?? [] where pair.key != "distribution" && !taken.contains(pair.key) {
      if table(unit).keys.contains(where: { $0.name == pair.key }) {
        findings.error(
          .refused("\(name) takes no '\(pair.key)'", hint: "it takes \(taken.joined(separator: ", "))"),
          at: pair.keyPlace)
      }
    }
    for key in taken where key != "max" && key != "column" && fields[key] == nil {
      findings.error(.missingKey(key, of: "distribution \(name)"), at: node.place)
      return nil
    }
    if name == "empirical" { return empirical(fields, unit: unit) }
    let drawn = build(name, fields, unit, findings)
    if let problem = drawn?.problem {
      findings.error(.refused("this \(name) cannot be drawn: \(problem)", hint: ""), at: node.place)
      return nil
    }
    return drawn
  }

  private static func build(
    _ name: String, _ fields: FieldReader, _ unit: ValueKind<Double>, _ findings: Findings
  ) -> Distribution? {
    if name == "uniform" {
      guard let low = fields.read("low", unit), let high = fields.read("high", unit) else { return nil }
      if low <= high { return .uniform(low: low, high: high) }
      findings.error(.refused("low is above high", hint: ""), at: fields.place("low"))
      return nil
    }
    guard let mean = fields.read("mean", unit) else { return nil }
    if name != "constant", mean == 0, let node = fields["mean"] {
      findings.bad(node, expected: "a mean above zero", hint: "use distribution: constant")
      return nil
    }
    switch name {
    case "exponential": return .exponential(mean: mean)
    case "normal":
      return fields.read("stddev", unit).map { .normal(mean: mean, stddev: $0) }
    case "lognormal": return fields.read("sigma", .positiveNumber).map { .lognormal(mean: mean, sigma: $0) }
    case "gamma": return fields.read("shape", .positiveNumber).map { .gamma(mean: mean, shape: $0) }
    case "weibull": return fields.read("shape", .positiveNumber).map { .weibull(mean: mean, shape: $0) }
    case "pareto": return pareto(mean, fields, unit, findings)
    default: return .constant(mean)
    }
  }

  private static func pareto(
    _ mean: Double, _ fields: FieldReader, _ unit: ValueKind<Double>, _ findings: Findings
  ) -> Distribution? {
    guard let shape = fields.read("shape", .positiveNumber) else { return nil }
    guard let maxNode = fields["max"] else {
      if shape > 1 { return .pareto(mean: mean, shape: shape, max: nil) }
      findings.error(
        .refused("a pareto of shape 1 or less has no mean", hint: "give max to bound it"), at: fields.place("shape"))
      return nil
    }
    guard let most = unit.read(maxNode, findings) else { return nil }
    if most > mean { return .pareto(mean: mean, shape: shape, max: most) }
    findings.error(.refused("max is not above the mean", hint: ""), at: maxNode.place)
    return nil
  }

  private static func empirical(_ fields: FieldReader, unit: ValueKind<Double>) -> Distribution? {
    guard let node = fields["file"], let path = fields.string("file") else { return nil }
    let findings = fields.findings
    let full = InputFiles.path(path, from: findings.directory)
    guard case .success(let text) = InputFiles.read(full, order: node.place.source.order) else {
      findings.error(.unknownName(kind: "file", name: path, nearest: nil, hint: "looked for \(full)"), at: node.place)
      return nil
    }
    let values = ValueColumn.read(text, column: fields.string("column"), unit: unit, findings)
    if let values, !values.isEmpty { return .empirical(values) }
    if values != nil { findings.error(.refused("'\(path)' holds no value", hint: ""), at: node.place) }
    return nil
  }
}

/// A column of a CSV file.
enum ValueColumn {
  /// The values of the column with this heading (the first column when nil), or nil after reporting a fault.
  static func read(
    _ source: SourceText, column: String?, unit: ValueKind<Double>, _ findings: Findings
  ) -> [Double]? {
    var values: [Double] = []
    var index = 0
    var start = 0
    var isFirst = true
    for line in source.bytes.split(separator: 10, omittingEmptySubsequences: false) {
      defer { start += line.count + 1 }
      let cells = String(decoding: line, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmed }
      if cells.allSatisfy(\.isEmpty) || cells[0].hasPrefix("#") { continue }
      let place = source.place(start..<start + line.count)
      if isFirst {
        isFirst = false
        if let column {
          guard let found = cells.firstIndex(of: column) else {
            let nearest = NearestName.find(column, among: cells)
            findings.error(
              .unknownName(kind: "column", name: column, nearest: nearest, hint: Diagnostic.list(cells)), at: place)
            return nil
          }
          index = found
          continue
        }
        // A first line that is no value is a heading.
        if value(cells[0], unit, at: place, Findings()) == nil { continue }
      }
      guard index < cells.count, let value = value(cells[index], unit, at: place, findings) else { return nil }
      values.append(value)
    }
    return values
  }

  private static func value(
    _ text: String, _ unit: ValueKind<Double>, at place: SourcePlace, _ findings: Findings
  ) -> Double? {
    // A bare number is seconds or bytes.
    if let number = Double(text), number.isFinite, number >= 0 { return number }
    return unit.read(YAMLNode(value: .scalar(YAMLScalar(text: text, isPlain: true)), place: place), findings)
  }
}

extension Substring {
  /// Without blanks and tabs at both ends.
  var trimmed: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
    guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}

extension ValueKind where Value == Distribution {
  /// A time that may be drawn, in seconds.
  static var drawnTime: ValueKind { drawn(.seconds) }
  /// A size that may be drawn, in bytes.
  static var drawnSize: ValueKind { drawn(.bytes) }

  private static func drawn(_ unit: ValueKind<Double>) -> ValueKind {
    ValueKind(schema: .oneOf([unit.schema, .object(DistributionReader.table(unit))])) { node, findings in
      if node.pairs != nil { return DistributionReader.read(node, unit: unit, findings) }
      return unit.read(node, findings).map { .constant($0) }
    }
  }
}
