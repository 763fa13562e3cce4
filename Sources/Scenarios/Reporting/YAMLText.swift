// SPDX-License-Identifier: GPL-3.0-or-later

/// Writes data as YAML in blocks, as kubectl does: what YAML would read as something else is quoted.
public enum YAMLText {
  /// A document with a line feed at the end.
  public static func render(_ datum: Datum) -> String {
    switch datum {
    case .object(let fields) where !fields.isEmpty: object(fields, indent: 0)
    case .list(let elements) where !elements.isEmpty: list(elements, indent: 0)
    default: scalar(datum) + "\n"
    }
  }

  private static func object(_ fields: [Datum.Field], indent: Int) -> String {
    let blanks = String(repeating: " ", count: indent)
    return fields.map { field in
      let key = blanks + text(field.name) + ":"
      switch field.value {
      case .object(let inner) where !inner.isEmpty: return key + "\n" + object(inner, indent: indent + 2)
      // kubectl sets the dashes of a list under the key itself.
      case .list(let inner) where !inner.isEmpty: return key + "\n" + list(inner, indent: indent)
      default: return key + " " + scalar(field.value) + "\n"
      }
    }.joined()
  }

  private static func list(_ elements: [Datum], indent: Int) -> String {
    let blanks = String(repeating: " ", count: indent)
    return elements.map { element in
      switch element {
      case .object(let inner) where !inner.isEmpty:
        blanks + "- " + String(object(inner, indent: indent + 2).dropFirst(indent + 2))
      case .list(let inner) where !inner.isEmpty:
        blanks + "- " + String(list(inner, indent: indent + 2).dropFirst(indent + 2))
      default: blanks + "- " + scalar(element) + "\n"
      }
    }.joined()
  }

  private static func scalar(_ datum: Datum) -> String {
    switch datum {
    case .text(let value): text(value)
    case .object: "{}"
    case .list: "[]"
    case .count, .exact, .sampled, .seconds, .flag, .absent: JSONText.compact(datum)
    }
  }

  private static let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", ""]

  private static func text(_ value: String) -> String { isPlain(value) ? value : JSONText.quoted(value) }

  /// Whether YAML 1.1 reads a text as that text, unquoted.
  private static func isPlain(_ value: String) -> Bool {
    guard let first = value.first, !words.contains(value.lowercased()), !value.hasSuffix(" "), !value.hasSuffix(":"),
      !value.contains(": "), !value.contains(" #"),
      value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
    else { return false }
    if "-?:,[]{}#&*!|>'\"%@` +.=".contains(first) { return false }
    // An address or a version starts with a digit and is no number: it has more than one dot, or other letters.
    guard first.isNumber else { return true }
    let mayBeNumber = value.allSatisfy { $0.isHexDigit || ".:+-xobeE_".contains($0) }
    return !mayBeNumber || value.reduce(0) { $0 + ($1 == "." ? 1 : 0) } > 1
  }
}
