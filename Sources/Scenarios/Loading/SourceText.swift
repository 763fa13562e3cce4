// SPDX-License-Identifier: GPL-3.0-or-later

/// The text of one input with its lines: what places point into.
///
/// A class because every place of a file shares it; immutable.
public final class SourceText: Sendable {
  /// The name to print: the path as given, `standard input`, or an option.
  public let name: String
  /// Which input this is, in the order in which they were given; orders diagnostics.
  public let order: Int
  /// The text in UTF-8, without a byte-order mark.
  let bytes: [UInt8]
  /// The offset at which each line starts.
  private let lineStarts: [Int]
  /// The offset of every `stride`-th character, when the text is not ASCII.
  private let characterOffsets: [Int]
  private static let stride = 256

  /// Indexes a text, whose bytes need not be valid UTF-8.
  public init(name: String, order: Int = 0, bytes: [UInt8]) {
    self.name = name
    self.order = order
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    self.bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes
    var starts = [0]
    var offsets: [Int] = []
    var characters = 0
    var isASCII = true
    for (offset, byte) in self.bytes.enumerated() {
      if byte & 0xc0 != 0x80 {
        if characters % SourceText.stride == 0 { offsets.append(offset) }
        characters += 1
      }
      if byte >= 0x80 { isASCII = false }
      let isLoneReturn = byte == 13 && (offset + 1 == self.bytes.count || self.bytes[offset + 1] != 10)
      if byte == 10 || isLoneReturn { starts.append(offset + 1) }
    }
    lineStarts = starts
    characterOffsets = isASCII ? [] : offsets
  }

  /// Indexes a text.
  public convenience init(name: String, order: Int = 0, text: String) {
    self.init(name: name, order: order, bytes: Array(text.utf8))
  }

  /// The byte offset of a character (a Unicode scalar) by its number, which is what libyaml counts.
  func offset(ofCharacter number: Int) -> Int {
    if characterOffsets.isEmpty { return min(number, bytes.count) }
    let step = number / SourceText.stride
    guard step < characterOffsets.count else { return bytes.count }
    var offset = characterOffsets[step]
    var left = number % SourceText.stride
    while left > 0, offset < bytes.count {
      offset += 1
      while offset < bytes.count, bytes[offset] & 0xc0 == 0x80 { offset += 1 }
      left -= 1
    }
    return offset
  }

  /// Line and column of an offset, both from 1; the column counts characters as they are printed.
  func position(of offset: Int) -> (line: Int, column: Int) {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    let end = min(max(offset, lineStarts[low]), bytes.count)
    return (low + 1, String(decoding: bytes[lineStarts[low]..<end], as: UTF8.self).count + 1)
  }

  /// A line without its break.
  func line(_ number: Int) -> String {
    guard number >= 1, number <= lineStarts.count else { return "" }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] : bytes.count
    while end > start, bytes[end - 1] == 10 || bytes[end - 1] == 13 { end -= 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// The place of a line and column, both from 1; the column counts characters.
  func place(line: Int, column: Int) -> SourcePlace {
    let start = lineStarts[min(max(line, 1), lineStarts.count) - 1]
    let before = String(self.line(line).prefix(max(column - 1, 0))).utf8.count
    return place(from: start + before, to: start + before + 1)
  }

  /// The place of a stretch of the text.
  func place(_ range: Range<Int>) -> SourcePlace { place(from: range.lowerBound, to: range.upperBound) }

  /// The place of a stretch of the text; libyaml gives an empty value an end before its start.
  func place(from start: Int, to end: Int) -> SourcePlace {
    SourcePlace(source: self, start: start, end: max(start, end))
  }
}

/// A stretch of one input.
public struct SourcePlace: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The input.
  public let source: SourceText
  /// Where it starts, in bytes; an input above 4 GiB is refused before it gets here.
  private let startOffset: UInt32
  private let endOffset: UInt32

  init(source: SourceText, start: Int, end: Int) {
    self.source = source
    startOffset = UInt32(clamping: start)
    endOffset = UInt32(clamping: end)
  }

  /// Where it starts, in bytes.
  var start: Int { Int(startOffset) }
  /// Where it ends, in bytes.
  var end: Int { Int(endOffset) }

  /// The input's name.
  public var file: String { source.name }
  /// The line, from 1.
  public var line: Int { source.position(of: start).line }
  /// The column, from 1, in characters.
  public var column: Int { source.position(of: start).column }
  /// How many characters of its first line it covers, at least one.
  public var length: Int {
    let from = source.position(of: start)
    let to = source.position(of: end)
    let last = from.line == to.line ? to.column : source.line(from.line).count + 1
    return max(1, last - from.column)
  }

  /// A part of this place, by offsets from its start.
  func part(_ range: Range<Int>) -> SourcePlace {
    SourcePlace(source: source, start: start + range.lowerBound, end: min(end, start + range.upperBound))
  }

  /// `file:line`.
  public var shortDescription: String { "\(file):\(line)" }
  /// `file:line:column`.
  public var description: String {
    let at = source.position(of: start)
    return "\(file):\(at.line):\(at.column)"
  }

  /// Whether both are the same stretch of the same input.
  public static func == (a: SourcePlace, b: SourcePlace) -> Bool {
    a.source === b.source && a.startOffset == b.startOffset && a.endOffset == b.endOffset
  }

  /// Hashes the stretch.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(source))
    hasher.combine(startOffset)
  }

  /// Orders by input, then by offset.
  public static func < (a: SourcePlace, b: SourcePlace) -> Bool {
    if a.source !== b.source, a.source.order != b.source.order { return a.source.order < b.source.order }
    return (a.startOffset, a.endOffset) < (b.startOffset, b.endOffset)
  }
}
