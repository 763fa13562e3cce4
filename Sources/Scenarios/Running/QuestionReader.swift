// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Something on the command line that cannot be meant: exit code 64.
public struct UsageProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and what would be right.
  public var description: String

  /// States a problem.
  public init(_ description: String) { self.description = description }

  /// States what is wrong with a reference.
  init(_ problem: Diagnostic.Problem) {
    let diagnostic = Diagnostic.error(problem, at: nil)
    description = diagnostic.message + (diagnostic.hint.isEmpty ? "" : "; \(diagnostic.hint)")
  }
}

/// Reads questions and moments as options of a command have them.
public enum QuestionReader {
  /// A question from the texts that a probe's keys take.
  public static func question(
    from: String, to: String, via: String? = nil, protocol transport: String = "TCP"
  ) throws(UsageProblem) -> ProbeQuestion {
    guard let source = References.source(from) else {
      throw UsageProblem("'\(from)' is no source: IP, pod/NS/NAME, node/NAME or client/NAME")
    }
    guard let destination = References.destination(to) else {
      throw UsageProblem("'\(to)' is no destination: \(References.destinationForms)")
    }
    let protocols: [IPProtocol] = [.tcp, .udp, .sctp]
    guard let found = protocols.first(where: { $0.name == transport.lowercased() }) else {
      throw UsageProblem("'\(transport)' is no protocol: TCP, UDP or SCTP")
    }
    return ProbeQuestion(via: via, from: source, to: destination, protocol: found)
  }

  /// Checks that what a question of the command line names is in the scenario; pods come and go, so a
  /// `ClusterSnapshot` knows of them.
  public static func check(_ question: ProbeQuestion, in scenario: Scenario) throws(UsageProblem) {
    let names = KnownNames(scenario)
    var problems: [Diagnostic.Problem?] = []
    if case .pod = question.from {} else { problems.append(names.problem(from: question.from)) }
    if case .pod = question.to {} else { problems.append(names.problem(asking: question.to, question.protocol)) }
    problems.append(names.problem(name: question.to))
    problems.append(question.via.flatMap { names.problem(node: $0) })
    if let problem = problems.lazy.compactMap({ $0 }).first { throw UsageProblem(problem) }
  }

  /// A moment of a scenario's run, `31s`; nothing is simulated after its end.
  public static func time(_ text: String, of scenario: Scenario) throws(UsageProblem) -> SimTime {
    let time = try time(text)
    let duration = scenario.world.duration
    if time <= .zero + duration { return time }
    throw UsageProblem(
      "'\(text)' is after the end of the run at \(Quantities.text(duration)); --duration \(text) makes it longer")
  }

  /// A moment, `31s`.
  static func time(_ text: String) throws(UsageProblem) -> SimTime {
    do {
      let duration = try Quantities.duration(text)
      guard duration >= .zero else { throw UsageProblem("'\(text)' is before the start") }
      return .zero + duration
    } catch let error as QuantityError {
      let hint = error.hint.isEmpty ? "" : "; \(error.hint)"
      throw UsageProblem("'\(text)' is no moment: it must be \(error.expected)\(hint)")
    } catch let problem as UsageProblem {
      throw problem
    } catch {
      throw UsageProblem("'\(text)' is no moment")
    }
  }

  /// The scenario's probe of this name.
  public static func probe(_ name: String, in scenario: Scenario) throws(UsageProblem) -> Probe {
    if let probe = scenario.probes.first(where: { $0.name == name }) { return probe }
    let names = scenario.probes.map(\.name)
    throw UsageProblem(
      .unknownName(
        kind: "probe", name: name, nearest: NearestName.find(name, among: names),
        hint: names.isEmpty ? "the scenario asks none" : Diagnostic.list(names)))
  }
}
