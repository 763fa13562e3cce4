// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// The objects of an input as written, in the order read, found by kind and name.
struct ObjectIndex: Sendable {
  /// An object of the files.
  struct Entry: Sendable {
    /// Its kind.
    var kind: String
    /// Its name.
    var name: NamespacedName
    /// Where its name stands.
    var namePlace: SourcePlace
    /// The object as written.
    var node: YAMLNode
  }

  private struct Key: Hashable {
    var kind: String
    var name: NamespacedName
  }

  /// The objects, in the order read.
  var all: [Entry] { entries }

  private var entries: [Entry] = []
  private var index: [Key: Int] = [:]

  /// Whether there is no object.
  var isEmpty: Bool { entries.isEmpty }

  /// Adds an object.
  ///
  /// - Returns: the object that has its name already, which stays; nil when there is none.
  mutating func add(_ entry: Entry) -> Entry? {
    let key = Key(kind: entry.kind, name: entry.name)
    if let known = index[key] { return entries[known] }
    index[key] = entries.count
    entries.append(entry)
    return nil
  }

  /// The object of this kind and name.
  subscript(kind: String, name: NamespacedName) -> Entry? {
    index[Key(kind: kind, name: name)].map { entries[$0] }
  }

  /// Where an object stands: its name, or a field of it when that is written.
  func place(_ kind: String, _ name: NamespacedName, _ field: [String]) -> SourcePlace? {
    guard let entry = self[kind, name] else { return nil }
    return field.isEmpty ? entry.namePlace : entry.node[field]?.place ?? entry.namePlace
  }
}
