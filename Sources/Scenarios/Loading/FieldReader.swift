// SPDX-License-Identifier: GPL-3.0-or-later

/// Typed access to the keys of one mapping; what is wrong goes to `findings` with its place.
struct FieldReader {
  /// The mapping.
  let node: YAMLNode
  /// Where faults go.
  let findings: Findings

  /// Opens a mapping; anything else is an error, `null` an empty one.
  init(_ node: YAMLNode, _ findings: Findings, what: String = "a mapping") {
    self.findings = findings
    if node.pairs == nil {
      if !node.isNull {
        findings.error(.wrongType(expected: what, found: node.typeName, hint: ""), at: node.place)
      }
      self.node = .empty(at: node.place)
    } else {
      self.node = node
    }
  }

  /// The value of a key; nil when it is absent or `null`.
  subscript(key: String) -> YAMLNode? { node[key] }

  /// Where the value of a key stands, or the mapping when the key is left out.
  func place(_ key: String) -> SourcePlace { node[key]?.place ?? node.place }

  /// Where a key itself stands, or the mapping.
  func keyPlace(_ key: String) -> SourcePlace {
    node.pairs?.first { $0.key == key }?.keyPlace ?? node.place
  }

  /// A value by its kind; nil when absent or faulty.
  func read<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
    node[key].flatMap { kind.read($0, findings) }
  }

  /// A mapping under a key; an empty one when it is absent.
  func mapping(_ key: String) -> FieldReader {
    FieldReader(node[key] ?? .empty(at: node.place), findings)
  }

  /// The elements of a list under a key; none when it is absent.
  func list(_ key: String) -> [YAMLNode] {
    guard let value = node[key] else { return [] }
    guard let elements = value.elements else {
      findings.error(.wrongType(expected: "a list", found: value.typeName, hint: ""), at: value.place)
      return []
    }
    return elements
  }

  /// The mappings of a list under a key.
  func mappings(_ key: String) -> [FieldReader] {
    list(key).map { FieldReader($0, findings) }
  }

  /// A string under a key.
  func string(_ key: String) -> String? { read(key, .string) }
  /// A truth value under a key.
  func bool(_ key: String) -> Bool? { read(key, .bool) }
  /// A whole number under a key.
  func integer(_ key: String, in range: ClosedRange<Int64> = Int64.min...Int64.max) -> Int64? {
    read(key, .integer(range))
  }

  /// A string under a key that must be there and not empty.
  func requiredString(_ key: String, of owner: String) -> String? {
    guard let value = node[key] else {
      findings.error(.missingKey(key, of: owner), at: node.place)
      return nil
    }
    guard let text = ValueKind.string.read(value, findings) else { return nil }
    if text.isEmpty {
      findings.error(.badValue("an empty string", expected: "a name", hint: ""), at: value.place)
      return nil
    }
    return text
  }

  /// Reports keys that a table does not have.
  func allow(_ table: KeyTable) {
    let names = table.keys.map(\.name)
    for pair in node.pairs ?? [] where !names.contains(pair.key) {
      findings.error(
        .unknownKey(pair.key, nearest: NearestName.find(pair.key, among: names), allowed: names), at: pair.keyPlace)
    }
  }

  /// A value by a key of a table.
  func read<Value>(_ key: Key<Value>) -> Value? { read(key.name, key.kind) }

  /// Reports a key that is required and not there.
  func require(_ names: String..., of owner: String) {
    for name in names where node[name] == nil {
      findings.error(.missingKey(name, of: owner), at: node.place)
    }
  }
}
