// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Finds the files of a test run.
enum TestFiles {
  /// A file as it is; of a directory every YAML file in it and below, in byte order.
  static func expand(_ path: String) -> [String] {
    guard path != "-", isDirectory(path) else { return [path] }
    var trimmed = path
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    var seen: Set<Identity> = []
    return files(below: trimmed, &seen).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What a directory is, whatever leads to it.
  private struct Identity: Hashable {
    var device: dev_t
    var node: ino_t
  }

  /// Each directory is entered once: links may lead back to where they start.
  private static func files(below directory: String, _ seen: inout Set<Identity>) -> [String] {
    var status = stat()
    guard stat(directory, &status) == 0,
      seen.insert(Identity(device: status.st_dev, node: status.st_ino)).inserted,
      let stream = opendir(directory)
    else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    // In byte order, so that of two ways to one directory the same one is taken everywhere.
    var found: [String] = []
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let path = directory == "/" ? "/" + name : directory + "/" + name
      if isDirectory(path) {
        found += files(below: path, &seen)
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
