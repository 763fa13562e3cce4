// SPDX-License-Identifier: GPL-3.0-or-later
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads files and finds their names; the only code of the room that touches the disk.
enum InputFiles {
  /// A file's largest size; a place holds 32-bit offsets.
  static let sizeLimit = 1 << 30

  /// A file that could not be read, with the system's reason.
  struct Failure: Error, Hashable {
    var reason: String
  }

  /// Reads a file whole, or standard input for `-`.
  static func read(_ path: String, order: Int) -> Result<SourceText, Failure> {
    let name = path == "-" ? "standard input" : path
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY)
    guard descriptor >= 0 else { return .failure(Failure(reason: reason())) }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var status = stat()
    if fstat(descriptor, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { return .failure(Failure(reason: "it is a directory")) }
      bytes.reserveCapacity(min(max(0, Int(status.st_size)), sizeLimit) + 1)
    }
    let block = 1 << 16
    var buffer = [UInt8](repeating: 0, count: block)
    while true {
      let count = Glibc.read(descriptor, &buffer, block)
      if count < 0, errno == EINTR { continue }
      if count < 0 { return .failure(Failure(reason: reason())) }
      if count == 0 { break }
      bytes += buffer[..<count]
      if bytes.count > sizeLimit { return .failure(Failure(reason: "it is larger than 1 GiB")) }
    }
    return .success(SourceText(name: name, order: order, bytes: bytes))
  }

  private static func reason() -> String {
    switch errno {
    case ENOENT: "no such file"
    case EACCES: "permission denied"
    default: String(cString: strerror(errno))
    }
  }

  /// A path as seen from where simrun runs, of one that is relative to a directory.
  static func path(_ path: String, from directory: String) -> String {
    path.hasPrefix("/") || directory.isEmpty ? path : directory + "/" + path
  }

  /// The directory of a path; empty for the current one and for standard input.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A file's name without directory and ending.
  static func stem(of path: String) -> String {
    if path == "-" { return "stdin" }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }

  /// The files that a pattern with `*`, `?` or `[…]` matches, in byte order; a plain path stands for itself.
  static func expand(_ pattern: String) -> [String] {
    guard pattern.contains(where: { "*?[".contains($0) }) else { return [pattern] }
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
