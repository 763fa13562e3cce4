// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The project's files.
enum Project {
  /// The folder that holds Package.swift.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The Swift files of a module, in the order of their paths.
  static func sources(of module: String) throws -> [SourceFile] { try files(below: "Sources/\(module)") }

  /// The Swift files below a folder, in the order of their paths; none when the folder is not there.
  static func files(below folder: String) throws -> [SourceFile] {
    let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)?.compactMap { $0 as? String }
    return try (names ?? []).filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }.sorted().map { name in
      let path = "\(folder)/\(name)"
      return SourceFile(path: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
    }
  }

  /// Every Swift file of the project.
  static func everyFile() throws -> [SourceFile] {
    try ["Sources", "Tests", "Benchmarks"].flatMap(files)
  }
}
