// SPDX-License-Identifier: GPL-3.0-or-later

/// Reads JSON (RFC 8259) that `JSONText` wrote: a summary kept for comparison.
///
/// Whole numbers become counts, others sampled numbers.
struct JSONReader {
  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0

  /// Reads a text; nil when it is no JSON.
  static func read(_ text: [UInt8]) -> Datum? {
    var reader = JSONReader(bytes: text)
    guard let datum = reader.value() else { return nil }
    reader.skip()
    return reader.at == reader.bytes.count ? datum : nil
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func skip() {
    while at < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[at]) { at += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skip()
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func take(word: String) -> Bool {
    guard bytes[at...].starts(with: word.utf8) else { return false }
    at += word.utf8.count
    return true
  }

  private mutating func value() -> Datum? {
    skip()
    guard at < bytes.count, depth < 100 else { return nil }
    depth += 1
    defer { depth -= 1 }
    switch bytes[at] {
    case UInt8(ascii: "{"): return object()
    case UInt8(ascii: "["): return list()
    case UInt8(ascii: "\""): return string().map { .text($0) }
    case UInt8(ascii: "t"): return take(word: "true") ? .flag(true) : nil
    case UInt8(ascii: "f"): return take(word: "false") ? .flag(false) : nil
    case UInt8(ascii: "n"): return take(word: "null") ? .absent : nil
    default: return number()
    }
  }

  private mutating func object() -> Datum? {
    at += 1
    var fields: [Datum.Field] = []
    if take(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      skip()
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\""), let name = string(), take(UInt8(ascii: ":")),
        let value = value()
      else { return nil }
      fields.append(Datum.Field(name, value))
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "}")) ? .object(fields) : nil
  }

  private mutating func list() -> Datum? {
    at += 1
    var elements: [Datum] = []
    if take(UInt8(ascii: "]")) { return .list([]) }
    repeat {
      guard let value = value() else { return nil }
      elements.append(value)
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "]")) ? .list(elements) : nil
  }

  private mutating func string() -> String? {
    at += 1
    var text: [UInt8] = []
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard at < bytes.count else { return nil }
      let escape = bytes[at]
      at += 1
      switch escape {
      case UInt8(ascii: "n"): text.append(0x0a)
      case UInt8(ascii: "r"): text.append(0x0d)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        guard at + 4 <= bytes.count,
          let code = UInt32(String(decoding: bytes[at..<(at + 4)], as: UTF8.self), radix: 16),
          let scalar = Unicode.Scalar(code)
        else { return nil }
        at += 4
        text += Array(String(Character(scalar)).utf8)
      default: text.append(escape)
      }
    }
    return nil
  }

  private mutating func number() -> Datum? {
    let start = at
    while at < bytes.count, bytes[at] > 0x20, !",]}".utf8.contains(bytes[at]) { at += 1 }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if let whole = Int(text) { return .count(whole) }
    return Double(text).map { .sampled($0) }
  }
}
