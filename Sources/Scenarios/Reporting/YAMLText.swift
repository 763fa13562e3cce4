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
    case .count, .exact, .sampled, .flag, .absent: JSONText.compact(datum)
    }
  }

  private static let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", ""]

  private static func text(_ value: String) -> String {
    let isPlain =
      !words.contains(value.lowercased()) && value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
      && !value.hasSuffix(" ") && !value.hasSuffix(":") && !value.contains(": ") && !value.contains(" #")
      && !(value.first.map { "-?:,[]{}#&*!|>'\"%@` +.0123456789=".contains($0) } ?? true)
    if isPlain { return value }
    // A version or an address starts with a digit and is no number.
    let looksLikeNumber =
      value.allSatisfy { $0.isHexDigit || ".:+-xobeE_infaINFA".contains($0) } && value.filter { $0 == "." }.count < 2
    let startsWithDigit = value.first.map { $0.isNumber } ?? false
    if startsWithDigit, !looksLikeNumber, !value.contains(": "), !value.contains(" #"), !value.hasSuffix(":"),
      !value.hasSuffix(" "), value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
    {
      return value
    }
    return JSONText.quoted(value)
  }
}
