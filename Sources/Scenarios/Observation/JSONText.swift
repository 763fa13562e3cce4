// SPDX-License-Identifier: GPL-3.0-or-later

/// Writes data as JSON (RFC 8259): keys in their order, equal data, equal bytes.
public enum JSONText {
  /// Indented, with a line feed at the end; what fits on a line of `columns` stays on one.
  public static func pretty(_ datum: Datum, columns: Int = 120, step: Int = 2) -> String {
    var text = ""
    write(datum, indent: 0, step: step, columns: columns, lead: 0, to: &text)
    return text + "\n"
  }

  /// On one line.
  public static func compact(_ datum: Datum) -> String {
    switch datum {
    case .object(let fields):
      fields.isEmpty
        ? "{}" : "{" + fields.map { quoted($0.name) + ": " + compact($0.value) }.joined(separator: ", ") + "}"
    case .list(let elements): "[" + elements.map(compact).joined(separator: ", ") + "]"
    case .text(let value): quoted(value)
    case .count(let value): String(value)
    case .exact(let value): number(value, "\(value)")
    case .sampled(let value), .seconds(let value): number(value, NumberText.significant(value, 9))
    case .flag(let value): value ? "true" : "false"
    case .absent: "null"
    }
  }

  /// A string with its quotes and escapes.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7f {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  // JSON has no word for what is not finite.
  private static func number(_ value: Double, _ text: String) -> String {
    guard value.isFinite else { return "null" }
    if text == "-0" || text == "-0.0" { return "0" }
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func write(_ datum: Datum, indent: Int, step: Int, columns: Int, lead: Int, to text: inout String) {
    if let line = short(datum, room: columns - indent - lead) {
      text += line
      return
    }
    let blanks = String(repeating: " ", count: indent + step)
    switch datum {
    case .object([]), .list([]): text += compact(datum)
    case .object(let fields):
      text += "{\n"
      for (at, field) in fields.enumerated() {
        let key = quoted(field.name) + ": "
        text += blanks + key
        write(field.value, indent: indent + step, step: step, columns: columns, lead: key.utf8.count + 1, to: &text)
        text += at + 1 < fields.count ? ",\n" : "\n"
      }
      text += String(repeating: " ", count: indent) + "}"
    case .list(let elements):
      text += "[\n"
      for (at, element) in elements.enumerated() {
        text += blanks
        write(element, indent: indent + step, step: step, columns: columns, lead: 1, to: &text)
        text += at + 1 < elements.count ? ",\n" : "\n"
      }
      text += String(repeating: " ", count: indent) + "]"
    case .text, .count, .exact, .sampled, .seconds, .flag, .absent: text += compact(datum)
    }
  }

  /// The compact form if it fits; the top object of a summary is never tried whole.
  private static func short(_ datum: Datum, room: Int) -> String? {
    guard leaves(datum, limit: room / 4) <= room / 4 else { return nil }
    let line = compact(datum)
    return line.utf8.count <= room ? line : nil
  }

  /// How many leaves there are, or some number above the limit.
  private static func leaves(_ datum: Datum, limit: Int) -> Int {
    switch datum {
    case .object(let fields):
      fields.reduce(1) { $0 > limit ? $0 : $0 + leaves($1.value, limit: limit) }
    case .list(let elements):
      elements.reduce(1) { $0 > limit ? $0 : $0 + leaves($1, limit: limit) }
    case .text, .count, .exact, .sampled, .seconds, .flag, .absent: 1
    }
  }
}
