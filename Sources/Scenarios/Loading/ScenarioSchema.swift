// SPDX-License-Identifier: GPL-3.0-or-later

/// The JSON Schema of a Scenario, made from the tables that the reader reads by.
public enum ScenarioSchema {
  /// The schema's text: draft 2020-12, indented by two, with `default` and `x-source` beside each key that has them.
  public static var text: String {
    var writer = SchemaWriter()
    writer.writeRoot(ScenarioKeys.document)
    return writer.text
  }
}

/// Writes schemas; a table that occurs twice is written once, under `$defs`.
private struct SchemaWriter {
  private(set) var text = ""
  private var indent = 0
  private var pending: [KeyTable] = []
  private var written: Set<String> = []

  mutating func writeRoot(_ table: KeyTable) {
    open("{")
    line("\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",")
    line("\"title\": \"A simrun scenario\",")
    writeMembers(of: table)
    text.removeLast()
    text += ",\n"
    line("\"$defs\": {")
    indent += 1
    written.insert(table.name)
    var isFirst = true
    while !pending.isEmpty {
      let next = pending.removeFirst()
      guard written.insert(next.name).inserted else { continue }
      if !isFirst { endWithComma() }
      isFirst = false
      line("\(quote(next.name)): {")
      indent += 1
      writeMembers(of: next)
      close("}")
    }
    close("}")
    close("}")
  }

  private mutating func writeMembers(of table: KeyTable) {
    line("\"type\": \"object\",")
    line("\"additionalProperties\": false,")
    if !table.required.isEmpty { line("\"required\": [\(table.required.map(quote).joined(separator: ", "))],") }
    line("\"properties\": {")
    indent += 1
    for (index, key) in table.keys.enumerated() {
      var members = ["\"description\": \(quote(key.summary))"] + type(key.schema)
      if let value = key.default { members.append("\"default\": \(json(value, key.schema))") }
      if let source = key.source { members.append("\"x-source\": \(quote(source))") }
      line("\(quote(key.name)): {\(members.joined(separator: ", "))}\(index + 1 < table.keys.count ? "," : "")")
    }
    close("}")
  }

  private mutating func type(_ schema: SchemaType) -> [String] {
    switch schema {
    case .anything: return []
    case .string(let pattern):
      return ["\"type\": \"string\""] + (pattern.map { ["\"pattern\": \(quote($0))"] } ?? [])
    case .words(let words): return ["\"enum\": [\(words.map(quote).joined(separator: ", "))]"]
    case .bool: return ["\"type\": \"boolean\""]
    case .integer(let range):
      var members = ["\"type\": \"integer\""]
      if let range {
        if range.lowerBound > .min { members.append("\"minimum\": \(range.lowerBound)") }
        if range.upperBound < .max { members.append("\"maximum\": \(range.upperBound)") }
      }
      return members
    case .number(let range):
      let bounds = range.map { ["\"minimum\": \(number($0.lowerBound))", "\"maximum\": \(number($0.upperBound))"] }
      return ["\"type\": \"number\""] + (bounds ?? [])
    case .object(let table):
      pending.append(table)
      return ["\"$ref\": \(quote("#/$defs/" + table.name))"]
    case .map(let value): return ["\"type\": \"object\"", "\"additionalProperties\": \(braced(value))"]
    case .list(let element): return ["\"type\": \"array\"", "\"items\": \(braced(element))"]
    case .oneOf(let types): return ["\"anyOf\": [\(types.map { braced($0) }.joined(separator: ", "))]"]
    }
  }

  private mutating func braced(_ schema: SchemaType) -> String { "{\(type(schema).joined(separator: ", "))}" }

  /// A default as JSON: as it would be written in the file, numbers and truth values bare.
  private func json(_ value: String, _ schema: SchemaType) -> String {
    if value.hasPrefix("{") {
      let pairs = value.dropFirst().dropLast().split(separator: ",").map { pair in
        pair.split(separator: ":", maxSplits: 1).map { quote($0.trimmed) }.joined(separator: ": ")
      }
      return "{\(pairs.joined(separator: ", "))}"
    }
    switch YAMLScalar(text: value, isPlain: true).kind {
    case .integer, .float, .bool: return value
    case .null, .string: return quote(value)
    }
  }

  private func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
  }

  private mutating func open(_ bracket: String) {
    line(bracket)
    indent += 1
  }

  private mutating func close(_ bracket: String) {
    indent -= 1
    line(bracket)
  }

  private mutating func endWithComma() {
    text.removeLast()
    text += ",\n"
  }

  private mutating func line(_ line: String) {
    text += String(repeating: "  ", count: indent) + line + "\n"
  }

  private func quote(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
