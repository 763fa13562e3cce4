// SPDX-License-Identifier: GPL-3.0-or-later

/// The words and signs of a Swift file, without its comments and without what stands between quotes.
struct SourceTokens {
  /// A word, or one character of anything else.
  struct Token: Sendable {
    let text: String
    let line: Int
    /// Whether a dot stands before it: a member, whose type decides what it means.
    let isMember: Bool
    /// How many braces are open.
    let depth: Int

    /// Whether it can name a type.
    var isCapitalised: Bool { text.first?.isUppercase == true }
  }

  /// The tokens in order.
  private(set) var all: [Token] = []

  /// Splits a file's text.
  init(_ text: String) {
    let bytes = Array(text.utf8)
    var at = 0
    var line = 1
    var depth = 0
    func starts(_ sign: StaticString) -> Bool {
      let sign = sign.description.utf8
      return bytes.count - at >= sign.count && bytes[at..<at + sign.count].elementsEqual(sign)
    }
    func advance(_ count: Int = 1) {
      for _ in 0..<count where at < bytes.count {
        if bytes[at] == UInt8(ascii: "\n") { line += 1 }
        at += 1
      }
    }
    func advance(past end: StaticString) {
      while at < bytes.count, !starts(end) { advance(starts("\\") ? 2 : 1) }
      advance(end.utf8CodeUnitCount)
    }
    while at < bytes.count {
      let byte = bytes[at]
      if starts("//") {
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
      } else if starts("/*") {
        advance(past: "*/")
      } else if starts("\"\"\"") {
        advance(3)
        advance(past: "\"\"\"")
      } else if starts("#\"") {
        advance(2)
        while at < bytes.count, !starts("\"#") { advance() }
        advance(2)
      } else if starts("\"") {
        advance()
        advance(past: "\"")
      } else if SourceTokens.isWord(byte) {
        let start = at
        while at < bytes.count, SourceTokens.isWord(bytes[at]) { at += 1 }
        let isMember =
          start > 0 && bytes[start - 1] == UInt8(ascii: ".") && !(start > 1 && bytes[start - 2] == UInt8(ascii: "."))
        all.append(
          Token(text: String(decoding: bytes[start..<at], as: UTF8.self), line: line, isMember: isMember, depth: depth))
      } else {
        if byte > 32 {
          if byte == UInt8(ascii: "}") { depth -= 1 }
          all.append(Token(text: String(decoding: [byte], as: UTF8.self), line: line, isMember: false, depth: depth))
          if byte == UInt8(ascii: "{") { depth += 1 }
        }
        advance()
      }
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 128...: true
    default: false
    }
  }
}
