// SPDX-License-Identifier: GPL-3.0-or-later

/// A value of a YAML document with its place.
struct YAMLNode: Sendable, Hashable {
  /// What it holds.
  var value: Value
  /// Where it stands; of an alias, where the anchor stands.
  var place: SourcePlace

  /// The three shapes of YAML.
  indirect enum Value: Sendable, Hashable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([YAMLPair])
  }

  /// The pairs of a mapping.
  var pairs: [YAMLPair]? { if case .mapping(let pairs) = value { pairs } else { nil } }
  /// The elements of a sequence.
  var elements: [YAMLNode]? { if case .sequence(let elements) = value { elements } else { nil } }
  /// The scalar.
  var scalar: YAMLScalar? { if case .scalar(let scalar) = value { scalar } else { nil } }
  /// Whether it is absent or `null`: to Kubernetes the same.
  var isNull: Bool { scalar?.kind == .null }

  /// The value of a key of a mapping; nil also where it is `null`.
  subscript(key: String) -> YAMLNode? {
    guard let node = pairs?.first(where: { $0.key == key })?.node, !node.isNull else { return nil }
    return node
  }

  /// The value down a path of keys.
  subscript(path: [String]) -> YAMLNode? {
    path.reduce(self) { (node: YAMLNode?, key: String) in node?[key] }
  }

  /// What it is, for "found a …".
  var typeName: String {
    switch value {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(let scalar):
      switch scalar.kind {
      case .null: "nothing"
      case .bool: "true or false"
      case .integer: "a whole number"
      case .float: "a number"
      case .string: scalar.text.isEmpty ? "an empty string" : "a string"
      }
    }
  }

  /// An empty mapping at a place.
  static func empty(at place: SourcePlace) -> YAMLNode { YAMLNode(value: .mapping([]), place: place) }
}

/// One key of a mapping with its value.
struct YAMLPair: Sendable, Hashable {
  /// The key.
  var key: String
  /// Where the key stands.
  var keyPlace: SourcePlace
  /// The value.
  var node: YAMLNode
  /// Whether a merge key brought it.
  var isMerged = false
}

/// A scalar as written, and what it is by the rules that Kubernetes' readers use.
///
/// Source of the rules: go-yaml v2 (resolve.go), YAML 1.1's booleans included, without its sexagesimal numbers.
struct YAMLScalar: Sendable, Hashable {
  /// Its text, without quotes.
  var text: String
  /// What it is.
  var kind: Kind

  /// The kinds of scalar.
  enum Kind: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer
    case float
    case string
  }

  /// A quoted scalar, or one with a tag, is a string; a plain one is what it looks like.
  init(text: String, isPlain: Bool) {
    self.text = text
    kind = isPlain ? YAMLScalar.resolve(text) : .string
  }

  private static func resolve(_ text: String) -> Kind {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
    case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
    case ".inf", "-.inf", "+.inf", ".Inf", "-.Inf", ".INF", "-.INF", ".nan", ".NaN", ".NAN": return .float
    default: break
    }
    return numberKind(Array(text.utf8))
  }

  private static func numberKind(_ bytes: [UInt8]) -> Kind {
    var at = 0
    if bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") { at = 1 }
    if bytes.count > at + 2, bytes[at] == UInt8(ascii: "0"), bytes[at + 1] | 0x20 == UInt8(ascii: "x") {
      let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
      let isHex = bytes[(at + 2)...].allSatisfy { isDigit($0) || letters.contains($0 | 0x20) }
      return isHex ? .integer : .string
    }
    var digits = 0
    while at < bytes.count, isDigit(bytes[at]) {
      at += 1
      digits += 1
    }
    if at == bytes.count { return digits > 0 ? .integer : .string }
    if bytes[at] == UInt8(ascii: ".") {
      at += 1
      while at < bytes.count, isDigit(bytes[at]) {
        at += 1
        digits += 1
      }
    }
    guard digits > 0 else { return .string }
    if at == bytes.count { return .float }
    guard bytes[at] | 0x20 == UInt8(ascii: "e") else { return .string }
    at += 1
    if at < bytes.count, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") { at += 1 }
    return at < bytes.count && bytes[at...].allSatisfy(isDigit) ? .float : .string
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
}
