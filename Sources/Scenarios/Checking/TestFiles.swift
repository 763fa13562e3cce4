// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Finds the files of a test run.
enum TestFiles {
  /// A file as it is; of a directory every YAML file in it and below, in byte order.
  static func expand(_ path: String) -> [String] {
    guard path != "-", isDirectory(path) else { return [path] }
    var trimmed = path
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    return files(below: trimmed, depth: 0).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func files(below directory: String, depth: Int) -> [String] {
    // Links may lead back to where they start.
    guard depth < 64, let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var found: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard !name.hasPrefix(".") else { continue }
      let path = directory == "/" ? "/" + name : directory + "/" + name
      if isDirectory(path) {
        found += files(below: path, depth: depth + 1)
      } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
        found.append(path)
      }
    }
    return found
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
