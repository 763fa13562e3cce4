// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@Suite struct ExitCodeTests {
  @Test func versionAndHelp() throws {
    let version = try Command.run(["--version"]).outcome
    #expect(version.status == 0)
    #expect(version.output.hasPrefix("simrun "))
    for command in [[], ["run"], ["test"], ["trace"], ["rules"], ["get"], ["validate"], ["schema"]] {
      let help = try Command.run(command + ["--help"]).outcome
      #expect(help.status == 0)
      #expect(help.output.contains("EXAMPLE"))
      let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
      // What the parser breaks over two lines cannot be pasted.
      for (line, next) in zip(lines, lines.dropFirst())
      where line.hasPrefix("  simrun ") || line.hasPrefix("  kubectl ") {
        #expect(next.isEmpty || next.hasPrefix("  "), "\(line)")
      }
    }
  }

  @Test(arguments: ["IPv4", "ipv4", "4", "6", "IPv6"])
  func familiesAreReadAsHelpNamesThem(family: String) throws {
    let files = ["a.yaml": Inputs.scenario()]
    let outcome = try Command.run(["rules", "a.yaml", "--node", "node-1", "--family", family], files: files).outcome
    #expect(outcome.status == 0)
    let help = try Command.run(["rules", "--help"]).outcome.output.split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    #expect(help.contains("values: IPv4, IPv6; default: IPv4)"))
  }

  @Test(arguments: [
    ["fly"], ["run"], ["run", "a.yaml", "--color", "pink"], ["test", "a.yaml", "--update-baseline"],
    ["trace", "a.yaml"], ["trace", "a.yaml", "--from", "client/inside"], ["rules", "a.yaml"],
    ["run", "a.yaml", "--set", "seed"], ["get", "stars", "a.yaml"], ["rules", "a.yaml", "--node", "node-9"],
    ["trace", "a.yaml", "--probe", "none"], ["get", "svc", "a.yaml", "--at", "soon"],
  ])
  func usage(arguments: [String]) throws {
    let (outcome, left) = try Command.run(arguments, files: ["a.yaml": Inputs.scenario()])
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(!outcome.errors.isEmpty)
    #expect(left.isEmpty)
  }

  @Test(arguments: ["run", "test", "validate"])
  func badInputLeavesNothing(command: String) throws {
    let (outcome, left) = try Command.run(
      [command, "a.yaml"], files: ["a.yaml": Inputs.scenario("  arivals: 3\n  expekt: []\n")])
    #expect(outcome.status == 65)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("a.yaml:"))
    #expect(outcome.errors.contains("arivals") && outcome.errors.contains("expekt"))
    #expect(left.isEmpty)
  }

  @Test(arguments: ["run", "test", "validate"])
  func missingFiles(command: String) throws {
    let (outcome, left) = try Command.run([command, "none.yaml"])
    #expect(outcome.status == 66)
    #expect(outcome.output.isEmpty)
    #expect(left.isEmpty)
  }

  @Test func aCheckThatDoesNotHoldIsOne() throws {
    let files = ["a.yaml": Inputs.scenario(Inputs.probe(verdict: "drop"))]
    #expect(try Command.run(["run", "a.yaml"], files: files).outcome.status == 1)
    #expect(try Command.run(["test", "a.yaml"], files: files).outcome.status == 1)
    let good = ["a.yaml": Inputs.scenario(Inputs.probe(verdict: "deliver"))]
    #expect(try Command.run(["run", "a.yaml"], files: good).outcome.status == 0)
    #expect(try Command.run(["test", "a.yaml"], files: good).outcome.status == 0)
  }

  @Test func whatCannotBeWrittenIs73() throws {
    let (outcome, _) = try Command.run(
      ["run", "a.yaml", "--output-dir", "taken"], files: ["a.yaml": Inputs.scenario(), "taken": "a file"])
    #expect(outcome.status == 73)
    #expect(outcome.errors.contains("cannot write taken"))
  }
}
