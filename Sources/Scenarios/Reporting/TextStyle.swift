// SPDX-License-Identifier: GPL-3.0-or-later

/// How text for a terminal looks: which characters may occur, and whether there is colour.
///
/// Colour never carries meaning alone.
public struct TextStyle: Hashable, Sendable {
  /// Whether only ASCII characters may occur.
  public var isASCII: Bool
  /// Whether escape codes may occur.
  public var isColoured: Bool

  /// The widest line that reports write.
  public static let columns = 100

  /// Sets a style.
  public init(isASCII: Bool = false, isColoured: Bool = false) {
    self.isASCII = isASCII
    self.isColoured = isColoured
  }

  /// `--color`.
  public enum ColourPolicy: String, Hashable, Sendable, CaseIterable {
    case auto
    case always
    case never

    /// Whether to colour, given what is known of the terminal; `NO_COLOR` counts when it is not empty
    /// (https://no-color.org).
    public func colours(isTerminal: Bool, noColor: String?, term: String?) -> Bool {
      switch self {
      case .always: true
      case .never: false
      case .auto: isTerminal && (noColor ?? "").isEmpty && term != "dumb"
      }
    }
  }

  /// What text is painted for.
  enum Ink: String {
    case good = "32"
    case bad = "31"
    case strong = "1"
    case quiet = "2"
  }

  /// Text in a colour, or as it is.
  func paint(_ text: String, _ ink: Ink) -> String {
    isColoured ? "\u{1b}[\(ink.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// One of two spellings.
  func either(_ glyph: String, ascii: String) -> String { isASCII ? ascii : glyph }

  var passed: String { paint(either("✓", ascii: "+"), .good) }
  var failed: String { paint(either("✗", ascii: "x"), .bad) }
  var observed: String { either("·", ascii: ".") }
  var dot: String { either("·", ascii: "|") }
  var arrow: String { either("→", ascii: "->") }
  var becomes: String { either("⇒", ascii: "=>") }
  var back: String { either("←", ascii: "<-") }
  var unknown: String { either("–", ascii: "-") }
  var plusMinus: String { either("±", ascii: "+-") }
  var chiSquare: String { either("χ²", ascii: "chi2") }
  var up: String { either("▲", ascii: "^") }
  var ellipsis: String { either("…", ascii: "~") }
  var bar: Character { isASCII ? "#" : "█" }
  var mark: Character { isASCII ? "!" : "┃" }
  var levels: [Character] { Array(isASCII ? ".:-=+o*%#" : "·▁▂▃▄▅▆▇█") }

  /// The status of a check as a mark.
  func mark(_ status: Summary.Status) -> String {
    switch status {
    case .passed: passed
    case .failed: failed
    case .observed: observed
    }
  }

  /// The last step before printing: control characters out, and under `--ascii` whatever is left that is none.
  func finish(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      if scalar == "\n" || scalar == "\u{1b}" && isColoured {
        result.unicodeScalars.append(scalar)
      } else if scalar.value < 0x20 || scalar.value == 0x7f {
        result += "?"
      } else if isASCII && !scalar.isASCII {
        result += TextStyle.spelled[scalar] ?? "?"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static let spelled: [Unicode.Scalar: String] = [
    "→": "->", "←": "<-", "⇒": "=>", "≥": ">=", "≤": "<=", "–": "-", "−": "-", "…": "~", "·": "|", "±": "+-", "µ": "u",
    "×": "x", "²": "2", "χ": "chi",
  ]
}
