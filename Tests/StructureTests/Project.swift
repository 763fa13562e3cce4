// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The project's files.
enum Project {
  /// The folder that holds Package.swift.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Every Swift file of the project, in the order of their paths; each is read once.
  static let files = Result { try ["Sources", "Tests", "Benchmarks"].flatMap(files) }

  /// The Swift files below a folder.
  static func sources(below folder: String) throws -> [SourceFile] {
    try files.get().filter { $0.path.hasPrefix(folder + "/") }
  }

  private static func files(below folder: String) throws -> [SourceFile] {
    let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)?.compactMap { $0 as? String }
    return try (names ?? []).filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }.sorted().map { name in
      let path = "\(folder)/\(name)"
      return SourceFile(path: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
    }
  }
}
