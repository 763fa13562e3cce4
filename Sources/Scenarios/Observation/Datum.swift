// SPDX-License-Identifier: GPL-3.0-or-later

/// A tree of named values in a fixed order: what a summary is as data, whatever format it is then written in.
///
/// Metrics are paths in it, and the JSON writer writes it as it stands, so a metric is always what the JSON shows.
public indirect enum Datum: Hashable, Sendable {
  /// Named values in the order in which they are written.
  case object([Field])
  /// Values in order.
  case list([Datum])
  /// Text.
  case text(String)
  /// A count, or anything else that is whole.
  case count(Int)
  /// A number that is a fact: written in full.
  case exact(Double)
  /// An estimate, or a figure computed from a sample: written with 9 significant digits.
  case sampled(Double)
  /// A length of time or a moment, in seconds: written as an estimate is.
  case seconds(Double)
  /// True or false.
  case flag(Bool)
  /// Nothing is known.
  case absent

  /// A value with its name.
  public struct Field: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The value.
    public let value: Datum

    /// Names a value.
    public init(_ name: String, _ value: Datum) {
      self.name = name
      self.value = value
    }
  }

  /// An object from pairs in the order of the source.
  public static func fields(_ pairs: KeyValuePairs<String, Datum>) -> Datum {
    .object(pairs.map { Field($0.key, $0.value) })
  }

  /// An object with more names at its end; anything else as it is.
  func adding(_ pairs: KeyValuePairs<String, Datum>) -> Datum {
    guard case .object(let fields) = self else { return self }
    return .object(fields + pairs.map { Field($0.key, $0.value) })
  }

  /// A sampled number, or `absent`.
  public static func sampled(_ value: Double?) -> Datum { value.map { .sampled($0) } ?? .absent }

  /// A length of time or a moment in seconds, or `absent`.
  static func seconds(_ value: Double?) -> Datum { value.map { .seconds($0) } ?? .absent }

  /// Text, or `absent`.
  public static func text(_ value: String?) -> Datum { value.map { .text($0) } ?? .absent }

  /// A list of texts.
  public static func texts(_ values: some Sequence<String>) -> Datum { .list(values.map { .text($0) }) }

  /// The value of a name in an object; nil when there is none.
  public subscript(name: String) -> Datum? {
    guard case .object(let fields) = self else { return nil }
    return fields.first { $0.name == name }?.value
  }

  /// The value as a number; nil for what is none.
  public var number: Double? {
    switch self {
    case .count(let value): Double(value)
    case .exact(let value), .sampled(let value), .seconds(let value): value
    case .flag(let value): value ? 1 : 0
    case .object, .list, .text, .absent: nil
    }
  }

  /// The names in an object, in order.
  public var names: [String] {
    guard case .object(let fields) = self else { return [] }
    return fields.map(\.name)
  }

  /// The elements of a list; none for anything else.
  public var elements: [Datum] {
    guard case .list(let elements) = self else { return [] }
    return elements
  }
}
