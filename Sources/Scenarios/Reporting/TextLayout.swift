// SPDX-License-Identifier: GPL-3.0-or-later

/// Keeps text within its columns.
enum TextLayout {
  /// Blanks behind the text up to a width.
  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// Blanks before the text up to a width.
  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// At most `width` characters; a longer name loses its middle, of which the end is the telling half.
  static func fit(_ text: String, _ width: Int, _ style: TextStyle) -> String {
    guard text.count > width, width > 4 else { return text.count > width ? String(text.prefix(width)) : text }
    let end = (width - 1) / 2 + 1
    return text.prefix(width - 1 - end) + style.ellipsis + text.suffix(end)
  }

  /// A paragraph in lines: the first begins with `lead`, the others with as many blanks.
  ///
  /// A word longer than a line is cut into pieces, so nothing wraps by itself. A no-break space keeps what is around it on
  /// one line and is written as a blank.
  static func wrap(_ text: String, lead: String, columns: Int = TextStyle.columns) -> [String] {
    let indent = String(repeating: " ", count: lead.count)
    let room = max(10, columns - lead.count)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ").flatMap({ pieces(String($0), room) }) {
      if line.isEmpty {
        line = word
      } else if line.count + 1 + word.count <= room {
        line += " " + word
      } else {
        lines.append(line)
        line = word
      }
    }
    lines.append(line)
    return lines.enumerated().map { at, line in
      (at == 0 ? lead : indent) + String(line.map { $0 == "\u{a0}" ? " " : $0 })
    }
  }

  /// A text that `wrap` keeps on one line.
  static func whole(_ text: String) -> String { String(text.map { $0 == " " ? "\u{a0}" : $0 }) }

  private static func pieces(_ word: String, _ room: Int) -> [String] {
    guard word.count > room else { return [word] }
    let characters = Array(word)
    return stride(from: 0, to: characters.count, by: room).map {
      String(characters[$0..<min($0 + room, characters.count)])
    }
  }

  /// Rows as columns with two blanks between, each as wide as its widest cell; right-aligned where `numeric` says so.
  static func table(_ rows: [[String]], numeric: Set<Int> = []) -> [String] {
    let widths = (rows.map(\.count).max().map { 0..<$0 } ?? 0..<0).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated()
        .map { column, cell in numeric.contains(column) ? right(cell, widths[column]) : left(cell, widths[column]) }
        .joined(separator: "  ").trimmedEnd
    }
  }
}

extension String {
  /// Without blanks at the end.
  var trimmedEnd: String {
    var end = endIndex
    while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
    return String(self[..<end])
  }
}
