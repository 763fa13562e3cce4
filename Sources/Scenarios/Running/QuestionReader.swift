// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Something on the command line that cannot be meant: exit code 64.
public struct UsageProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and what would be right.
  public var description: String

  /// States a problem.
  public init(_ description: String) { self.description = description }
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

  /// A moment of a run, `31s`.
  public static func time(_ text: String) throws(UsageProblem) -> SimTime {
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
    let nearest = NearestName.find(name, among: names).map { "; did you mean '\($0)'?" } ?? ""
    throw UsageProblem(
      names.isEmpty ? "there is no probe '\(name)': the scenario asks none" : "there is no probe '\(name)'\(nearest)")
  }
}
