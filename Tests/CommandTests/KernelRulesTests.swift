// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing

/// This machine's own iptables-restore, in a network namespace that is gone with the command.
enum Kernel {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Whether it can be asked: it takes root.
  static let canBeAsked = restore("*filter\nCOMMIT\n", family: "IPv4") == ""

  /// The scenarios that ship, routing/ included.
  static let scenarios: [String] = {
    let directory = root.appending(path: "scenarios")
    let all = (try? FileManager.default.subpathsOfDirectory(atPath: directory.path)) ?? []
    return all.filter { $0.hasSuffix(".yaml") }.sorted()
  }()

  /// What iptables-restore has to say about a text, nothing if it takes it; nil when it cannot be asked.
  static func restore(_ text: String, family: String) -> String? {
    let process = Process()
    let input = Pipe()
    let errors = Pipe()
    let command = family == "IPv4" ? "iptables-restore" : "ip6tables-restore"
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["unshare", "--net", "--", command, "--test"]
    process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    process.standardInput = input
    process.standardOutput = errors
    process.standardError = errors
    guard (try? process.run()) != nil else { return nil }
    try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try? input.fileHandleForWriting.close()
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus == 0 ? "" : said
  }
}

/// What `simrun rules` prints, given to the kernel. Nothing is asked where that is not possible.
@Suite(.enabled(if: Kernel.canBeAsked)) struct KernelRulesTests {
  @Test(arguments: Kernel.scenarios) func iptablesTakesEveryScenariosRules(_ scenario: String) throws {
    let file = Kernel.root.appending(path: "scenarios/\(scenario)").path
    for node in ["node-1", "node-3"] {
      for family in ["IPv4", "IPv6"] {
        let rules = try Command.run(["rules", file, "--node", node, "--family", family, "--hooks"]).outcome
        #expect(rules.status == 0, "\(rules.errors)")
        #expect(rules.output.contains("KUBE-SERVICES"))
        #expect(Kernel.restore(rules.output, family: family) == "")
      }
    }
  }
}
