// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing

/// What the documentation shows is what the commands print.
///
/// A block that begins with three backticks and `console` holds commands, each after `$ `, with their standard output.
/// With SIMRUN_REFRESH set the outputs are written anew instead.
@Suite struct DocumentationTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test(arguments: ["README.md", "docs/tour.md"]) func outputsAreReal(path: String) throws {
    let file = Self.root.appending(path: path)
    let text = try String(contentsOf: file, encoding: .utf8)
    let fresh = try Self.refreshed(text)
    if ProcessInfo.processInfo.environment["SIMRUN_REFRESH"] != nil {
      try fresh.write(to: file, atomically: true, encoding: .utf8)
      return
    }
    let (old, new) = (text.components(separatedBy: "\n"), fresh.components(separatedBy: "\n"))
    let first = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }
    let place = first.map { "\(path):\($0.offset + 1) has\n\($0.element.0)\nand simrun prints\n\($0.element.1)" }
    #expect(text == fresh, "\(place ?? path); SIMRUN_REFRESH=1 writes the outputs anew")
  }

  /// The text with each command's output as it is now.
  private static func refreshed(_ text: String) throws -> String {
    var lines: [String] = []
    var isConsole = false
    for line in text.components(separatedBy: "\n") {
      if line.hasPrefix("```") {
        isConsole = line == "```console"
        lines.append(line)
      } else if isConsole, line.hasPrefix("$ ") {
        lines.append(line)
        lines += try output(String(line.dropFirst(2))).split(separator: "\n", omittingEmptySubsequences: false)
          .map(String.init).dropLast()
      } else if !isConsole {
        lines.append(line)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// What a shell prints for a command, in a directory that has the scenarios.
  private static func output(_ command: String) throws -> String {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("simrun-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try FileManager.default.createSymbolicLink(
      at: directory.appending(path: "scenarios"), withDestinationURL: root.appending(path: "scenarios"))
    let output = directory.appending(path: "output")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = directory
    let binaries = URL(filePath: Command.path).deletingLastPathComponent().path
    process.environment = ["PATH": "\(binaries):/usr/bin:/bin"]
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return String(decoding: try Data(contentsOf: output), as: UTF8.self)
  }
}
