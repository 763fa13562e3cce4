// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Writes results to disk so that a reader sees a file whole or not at all.
public enum ResultFiles {
  /// A file or directory could not be written: exit code 73.
  public struct Failure: Error, Hashable, Sendable {
    /// The path.
    public var path: String
    /// The system's reason.
    public var reason: String
  }

  /// Writes `summary.json` and the CSV tables of a summary into a directory, which is made when it is not there.
  ///
  /// Every file is written beside its place and renamed, all of them after all were written.
  public static func write(_ summary: Summary, into directory: String) throws(Failure) {
    try makeDirectory(directory)
    let files = [("summary.json", JSONReport.run(summary))] + CSVTables.tables(summary).map { ($0.name, $0.text) }
    var written: [(from: String, to: String)] = []
    do throws(Failure) {
      for (name, text) in files {
        let path = directory + "/" + name
        written.append((try writeBeside(path, text), path))
      }
      for (from, to) in written where rename(from, to) != 0 { throw failure(to) }
    } catch {
      for (from, _) in written { unlink(from) }
      throw error
    }
  }

  /// Writes a text to a path, whole or not at all; directories above it are made.
  public static func write(_ text: String, to path: String) throws(Failure) {
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeDirectory(String(path[..<slash])) }
    let beside = try writeBeside(path, text)
    guard rename(beside, path) == 0 else {
      let failure = failure(path)
      unlink(beside)
      throw failure
    }
  }

  /// The bytes of a file; nil when it cannot be read.
  public static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { return nil }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// A file name for a scenario: its name, with what no file name should hold replaced.
  public static func fileName(_ scenario: String) -> String {
    let safe = scenario.unicodeScalars.map { scalar -> Character in
      let isDigit = ("0"..."9").contains(scalar)
      let isPlain = scalar.properties.isAlphabetic || isDigit || "-_.".unicodeScalars.contains(scalar)
      return isPlain ? Character(scalar) : "-"
    }
    let name = String(safe.drop { $0 == "." })
    return name.isEmpty ? "scenario" : name
  }

  private static func makeDirectory(_ path: String) throws(Failure) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made == "/" ? "" : "/") + part
      if mkdir(made, 0o777) != 0, errno != EEXIST { throw failure(made) }
    }
  }

  private static func writeBeside(_ path: String, _ text: String) throws(Failure) -> String {
    let beside = path + ".\(getpid()).part"
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let failure = failure(path)
        close(descriptor)
        unlink(beside)
        throw failure
      }
      bytes = bytes.dropFirst(count)
    }
    guard close(descriptor) == 0 else {
      let failure = failure(path)
      unlink(beside)
      throw failure
    }
    return beside
  }

  private static func failure(_ path: String) -> Failure {
    Failure(path: path, reason: String(cString: strerror(errno)))
  }
}
