// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import NetModel
import Scenarios

/// The exit codes of the contract (sysexits.h).
enum ExitCodes {
  /// A probe, an expectation or a baseline does not hold.
  static let doesNotHold = ExitCode(1)
  static let usage = ExitCode(64)
  static let badInput = ExitCode(65)
  static let noInput = ExitCode(66)
  static let bug = ExitCode(70)
  static let cannotWrite = ExitCode(73)

  /// Says on standard error what went wrong, and gives the exit code for it.
  static func report(_ error: any Error, terminal: Terminal, scenario: Scenario? = nil) -> ExitCode {
    switch error {
    case let code as ExitCode: return code
    case let failure as ScenarioLoader.Failure:
      terminal.report(failure.diagnostics)
      return failure.isUnreadable ? noInput : badInput
    case let problems as AssemblyProblems:
      terminal.report(scenario?.diagnostics(of: problems) ?? [])
      return badInput
    case let problem as ProbeProblem:
      terminal.error(problem.words)
      // What the command line asks for and the input does not have is usage; a rule that is not modelled is input.
      if case .notModelled = problem { return badInput }
      return usage
    case let problem as UsageProblem:
      terminal.error(problem.description)
      return usage
    case let failure as ResultFiles.Failure:
      terminal.error("cannot write \(failure.path): \(failure.reason)")
      return cannotWrite
    case let unbalanced as Run.Unbalanced:
      terminal.error(
        "the books of '\(unbalanced.scenario)' do not balance: a bug in simrun. Please report it with the input and "
          + "the seed.")
      return bug
    default:
      terminal.error("unexpected: \(error). A bug in simrun; please report it with the input.")
      return bug
    }
  }
}
