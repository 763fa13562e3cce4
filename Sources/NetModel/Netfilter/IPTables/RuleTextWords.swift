// SPDX-License-Identifier: GPL-3.0-or-later

/// A word of a rule line.
struct RuleWord: Hashable {
  let text: String
  /// Where it begins, counted from 1 in bytes.
  let column: Int
  /// Whether it was quoted: then it is never an option.
  let isQuoted: Bool

  /// Whether it can be an option.
  var isOption: Bool { !isQuoted && text.utf8.count > 1 && text.utf8.first == UInt8(ascii: "-") }
  /// Whether it is `!`.
  var isNot: Bool { !isQuoted && text == "!" }
}

/// Cuts a line into words as `iptables-restore` does: blanks separate, `"` quotes, and inside quotes a backslash takes
/// the next byte as it is.
///
/// Source: iptables/xshared.c, `add_param_to_argv`.
enum RuleWords {
  static func cut(_ line: ArraySlice<UInt8>) -> Result<[RuleWord], RuleTextProblem> {
    var words: [RuleWord] = []
    var bytes: [UInt8] = []
    var start = line.startIndex
    var isInWord = false
    var isQuoted = false
    var quoteAt: Int?
    var isEscaped = false
    func column(_ place: Int) -> Int { place - line.startIndex + 1 }
    for place in line.indices {
      let byte = line[place]
      if quoteAt != nil {
        if isEscaped {
          bytes.append(byte)
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          quoteAt = nil
        } else {
          bytes.append(byte)
        }
        continue
      }
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") {
        if isInWord {
          words.append(
            RuleWord(text: String(decoding: bytes, as: UTF8.self), column: column(start), isQuoted: isQuoted))
        }
        bytes = []
        isInWord = false
        isQuoted = false
        continue
      }
      if !isInWord {
        isInWord = true
        start = place
      }
      if byte == UInt8(ascii: "\"") {
        quoteAt = place
        isQuoted = true
      } else {
        bytes.append(byte)
      }
    }
    if let quoteAt {
      return .failure(RuleTextProblem(line: 0, column: column(quoteAt), problem: .unterminatedQuote))
    }
    if isInWord {
      words.append(RuleWord(text: String(decoding: bytes, as: UTF8.self), column: column(start), isQuoted: isQuoted))
    }
    return .success(words)
  }
}
