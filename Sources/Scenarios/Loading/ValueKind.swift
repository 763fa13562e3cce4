// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// A kind of value: how it is read, and how the JSON Schema describes it.
struct ValueKind<Value>: Sendable {
  /// Its description for `simrun schema`.
  let schema: SchemaType
  /// Reads it; reports and returns nil when it is faulty.
  let read: @Sendable (YAMLNode, Findings) -> Value?
}

/// A key of a mapping of the scenario format.
struct Key<Value>: Sendable {
  /// How it is spelled.
  let name: String
  /// What stands behind it.
  let kind: ValueKind<Value>
  /// What its absence means, as it would be written; nil when there is no default.
  let `default`: String?
  /// Where the default comes from; `chosen` where the real world has none.
  let source: String?
  /// What it does.
  let summary: String

  /// Describes a key.
  init(_ name: String, _ kind: ValueKind<Value>, default: String? = nil, source: String? = nil, _ summary: String) {
    self.name = name
    self.kind = kind
    self.default = `default`
    self.source = source
    self.summary = summary
  }

  /// The key without its type, for tables.
  var erased: AnyKey {
    AnyKey(name: name, schema: kind.schema, default: `default`, source: source, summary: summary) { node, findings in
      kind.read(node, findings) != nil
    }
  }
}

/// A key of which only its description matters.
struct AnyKey: Sendable {
  let name: String
  let schema: SchemaType
  let `default`: String?
  let source: String?
  let summary: String
  /// Whether the reader takes a value.
  let accepts: @Sendable (YAMLNode, Findings) -> Bool
}

/// The keys that a mapping may have.
struct KeyTable: Sendable {
  /// Its name in the schema.
  let name: String
  /// Its keys in the order of the documentation.
  let keys: [AnyKey]
  /// Those that must be there.
  var required: [String] = []
}

/// A type as JSON Schema knows it.
indirect enum SchemaType: Sendable {
  case string(pattern: String?)
  case words([String])
  case bool
  case integer(ClosedRange<Int64>?)
  case number(ClosedRange<Double>?)
  case object(KeyTable)
  case map(SchemaType)
  case list(SchemaType)
  case oneOf([SchemaType])
  case anything
}

extension ValueKind where Value == String {
  /// A string.
  static var string: ValueKind { ValueKind(schema: .string(pattern: nil), read: readString) }

  private static func readString(_ node: YAMLNode, _ findings: Findings) -> String? {
    guard let scalar = node.scalar, scalar.kind == .string else {
      let hint = node.scalar.map { "write \"\($0.text)\" in quotes" } ?? ""
      findings.error(.wrongType(expected: "a string", found: node.typeName, hint: hint), at: node.place)
      return nil
    }
    return scalar.text
  }

  /// One of a set of words.
  static func word(_ what: String, _ allowed: [String]) -> ValueKind {
    ValueKind(schema: .words(allowed)) { node, findings in
      guard let scalar = node.scalar, scalar.kind != .null else {
        findings.error(
          .wrongType(expected: "a \(what)", found: node.typeName, hint: Diagnostic.list(allowed)), at: node.place)
        return nil
      }
      if allowed.contains(scalar.text) { return scalar.text }
      let nearest = NearestName.find(scalar.text, among: allowed)
      findings.error(.unknownWord(scalar.text, what: what, nearest: nearest, allowed: allowed), at: node.place)
      return nil
    }
  }
}

extension ValueKind where Value == Bool {
  /// `true` or `false`.
  static var bool: ValueKind {
    ValueKind(schema: .bool) { node, findings in
      if case .bool(let value) = node.scalar?.kind { return value }
      findings.error(.wrongType(expected: "true or false", found: node.typeName, hint: ""), at: node.place)
      return nil
    }
  }
}

extension ValueKind {
  /// A value out of a set of words that are an enum's raw values.
  static func word(_ what: String) -> ValueKind
  where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    let words = ValueKind<String>.word(what, Value.allCases.map(\.rawValue))
    return ValueKind(schema: words.schema) { node, findings in
      words.read(node, findings).flatMap(Value.init(rawValue:))
    }
  }

  /// What another kind reads, made into something else; the second closure reports what is wrong and returns nil.
  func then<Other>(_ convert: @escaping @Sendable (Value, YAMLNode, Findings) -> Other?) -> ValueKind<Other> {
    ValueKind<Other>(schema: schema) { node, findings in
      read(node, findings).flatMap { convert($0, node, findings) }
    }
  }

  /// A list of such values.
  static func list<Element>(_ element: ValueKind<Element>) -> ValueKind where Value == [Element] {
    ValueKind(schema: .list(element.schema)) { node, findings in
      guard let elements = node.elements else {
        findings.error(.wrongType(expected: "a list", found: node.typeName, hint: ""), at: node.place)
        return nil
      }
      return elements.compactMap { element.read($0, findings) }
    }
  }

  /// A list of such values, or one of them alone.
  static func oneOrMore<Element>(_ element: ValueKind<Element>) -> ValueKind where Value == [Element] {
    ValueKind(schema: .oneOf([element.schema, .list(element.schema)])) { node, findings in
      guard let elements = node.elements else { return element.read(node, findings).map { [$0] } }
      return elements.compactMap { element.read($0, findings) }
    }
  }
}

extension ValueKind where Value == YAMLNode {
  /// A mapping with the keys of a table, read elsewhere.
  static func object(_ table: @autoclosure () -> KeyTable) -> ValueKind {
    ValueKind(schema: .object(table())) { node, _ in node.pairs == nil ? nil : node }
  }

  /// A list of mappings with the keys of a table, read elsewhere.
  static func objects(_ table: @autoclosure () -> KeyTable) -> ValueKind {
    ValueKind(schema: .list(.object(table()))) { node, _ in node.elements == nil ? nil : node }
  }

  /// A mapping from names to values, read elsewhere.
  static func map(_ value: SchemaType) -> ValueKind {
    ValueKind(schema: .map(value)) { node, _ in node.pairs == nil ? nil : node }
  }

  /// Anything that fits a schema, read elsewhere.
  static func raw(_ schema: SchemaType) -> ValueKind { ValueKind(schema: schema) { node, _ in node } }
}
