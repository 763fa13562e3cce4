// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The built simrun as a process.
struct Command {
  /// What a process left.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The binary beside the tests.
  static let path: String = {
    if let given = ProcessInfo.processInfo.environment["SIMRUN"] { return given }
    let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let tests = own ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("simrun").path
  }()

  /// Runs simrun in a directory of its own, with files in it, and tells what it left there.
  static func run(
    _ arguments: [String], files: [String: String] = [:], input: String? = nil, environment: [String: String] = [:]
  ) throws -> (outcome: Outcome, left: [String]) {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("simrun-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for (name, text) in files {
      let file = directory.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let outcome = try start(arguments, in: directory, input: input, environment: environment)
    let all = try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted()
    return (outcome, all.filter { files[$0] == nil })
  }

  private static func start(
    _ arguments: [String], in directory: URL, input: String?, environment: [String: String]
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
    // Files, not pipes: nothing can fill up and wait.
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("simrun-\(UUID().uuidString).out")
    let errors = output.appendingPathExtension("err")
    let source = output.appendingPathExtension("in")
    try Data((input ?? "").utf8).write(to: source)
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    defer { for file in [output, errors, source] { try? FileManager.default.removeItem(at: file) } }
    process.standardInput = try FileHandle(forReadingFrom: source)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }
}
