// SPDX-License-Identifier: GPL-3.0-or-later

/// Renders diagnostics for a terminal: the message, the place, the line, and a hint under it.
public struct DiagnosticText: Sendable {
  /// Whether only ASCII characters may occur.
  public var isASCII: Bool
  /// The widest line.
  public var columns: Int
  /// How many are shown before the rest is only counted.
  public var limit: Int

  /// Sets how diagnostics are rendered.
  public init(isASCII: Bool = false, columns: Int = 100, limit: Int = 50) {
    self.isASCII = isASCII
    self.columns = columns
    self.limit = limit
  }

  /// All diagnostics, sorted by place, and after errors a summary.
  public func render(_ diagnostics: [Diagnostic]) -> String {
    let sorted = Findings.sorted(diagnostics)
    var text = sorted.prefix(limit).map(render).joined()
    if sorted.count > limit { text += "and \(sorted.count - limit) more\n" }
    let summary = summary(sorted)
    if !summary.isEmpty { text += "\n" + summary + "\n" }
    return isASCII ? DiagnosticText.ascii(text) : text
  }

  /// `3 errors in 2 files; nothing was run. …`, or nothing when there is no error.
  public func summary(_ diagnostics: [Diagnostic]) -> String {
    let errors = diagnostics.filter { $0.severity == .error }
    guard !errors.isEmpty else { return "" }
    var files: [String] = []
    for error in errors {
      if let file = error.place?.file, !files.contains(file) { files.append(file) }
    }
    var text = errors.count == 1 ? "1 error" : "\(errors.count) errors"
    if files.count == 1 { text += errors.count == 1 ? "" : " in 1 file" }
    if files.count > 1 { text += " in \(files.count) files" }
    text += "; nothing was run."
    let concernsKeys = errors.contains {
      if case .unknownKey = $0.problem { true } else if case .missingKey = $0.problem { true } else { false }
    }
    return concernsKeys ? text + " `simrun schema` gives your editor the allowed keys." : text
  }

  /// One diagnostic.
  func render(_ diagnostic: Diagnostic) -> String {
    let head = "\(diagnostic.severity.rawValue): \(diagnostic.message)\n"
    guard let place = diagnostic.place else {
      return diagnostic.hint.isEmpty ? head : head + "  " + diagnostic.hint + "\n"
    }
    let line = place.line
    let number = String(line)
    let width = max(2, number.count)
    let gutter = String(repeating: " ", count: width)
    let (source, column, length) = window(
      place.source.line(line), column: place.column, length: place.length, room: columns - width - 2)
    var text = head + "\(gutter)┌ \(place)\n"
    text += String(repeating: " ", count: width - number.count) + number + "│ " + source + "\n"
    text += gutter + "│ " + String(repeating: " ", count: column - 1) + String(repeating: "^", count: length)
    let hint = diagnostic.hint
    if hint.isEmpty { return text + "\n" }
    if width + 2 + column + length + hint.count <= columns { return text + " " + hint + "\n" }
    return text + "\n" + gutter + "│ " + hint + "\n"
  }

  /// The part of a long line that holds the span, with ellipses where it is cut, and the span in it.
  private func window(_ line: String, column: Int, length: Int, room: Int) -> (String, Int, Int) {
    // A tab is one blank here, so that the carets stand under what they mean.
    let characters = line.map { $0 == "\t" ? " " : $0 }
    let span = max(1, min(length, room / 2, max(1, characters.count - column + 1)))
    if characters.count <= room { return (String(characters), column, min(length, max(1, room - column + 1))) }
    let from = max(0, min(column - 1 - room / 3, characters.count - room))
    var cut = Array(characters[from..<min(characters.count, from + room)])
    if from > 0 { cut[0] = "…" }
    if from + room < characters.count { cut[cut.count - 1] = "…" }
    return (String(cut), column - from, span)
  }

  /// Replaces every glyph that is not ASCII.
  static func ascii(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "┌": result += "-"
      case "│": result += "|"
      case "…": result += "."
      case "–": result += "-"
      case "µ", "μ": result += "u"
      default: result += scalar.isASCII ? String(scalar) : "?"
      }
    }
    return result
  }
}
