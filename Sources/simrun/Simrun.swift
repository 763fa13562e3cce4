// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// The command line: each command reads its arguments and calls `Scenarios`.
@main
struct Simrun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simrun",
    abstract: "Simulates Kubernetes Service networking, packet by packet, the same on every run.",
    discussion: """
      A FILE holds Kubernetes manifests and at most one Scenario, which says what
      clients send, what breaks and what must hold. '-' is standard input.

      EXAMPLES
        simrun run scenarios/pod-failure.yaml
        simrun test scenarios
        kubectl get all,endpointslices -A -o yaml | simrun run -
        simrun trace app.yaml --from client/internet --to service/default/web:80
        simrun rules app.yaml --node node-1
        simrun get services,endpoints app.yaml --at 31s

      EXIT CODES
         0  done
         1  a probe, an expectation or a baseline does not hold, or something differs
        64  usage
        65  a mistake in the input
        66  no such or unreadable file
        70  a bug in simrun
        73  cannot write

      COMPLETION of commands, options and files in your shell
        simrun --generate-completion-script bash > simrun.bash   # or zsh, fish
      """,
    version: "simrun 0.1.0",
    subcommands: [
      RunCommand.self, TestCommand.self, TraceCommand.self, MatrixCommand.self, DiffCommand.self, RulesCommand.self,
      GetCommand.self, ValidateCommand.self, SchemaCommand.self,
    ])
}
