// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What can happen, and how likely each is.
public struct OutcomeDistribution<Outcome: Hashable & Sendable>: Sendable {
  /// The outcomes with their probabilities, in the order in which the rules lead to them; equal ones are merged.
  public fileprivate(set) var outcomes: [(outcome: Outcome, probability: Double)] = []
  /// How many paths were walked.
  public fileprivate(set) var paths = 0
  /// The probability of paths that were not walked, because there were more than the limit. 0 when all were.
  public fileprivate(set) var unexplored = 0.0

  /// The probability of an outcome.
  public func probability(_ outcome: Outcome) -> Double {
    outcomes.first { $0.outcome == outcome }?.probability ?? 0
  }
}

/// Follows every branch of a walk and adds up the probabilities of equal outcomes.
///
/// - Parameters:
///   - limit: how many paths to follow at most; default a million.
///   - walk: the walk; it must ask the same questions while it gets the same answers.
/// - Complexity: paths times the cost of a walk: quadratic in the endpoints of a Service.
public func enumerateOutcomes<Outcome: Hashable & Sendable>(
  limit: Int = 1_000_000, _ walk: (inout Enumerating) -> Outcome
) -> OutcomeDistribution<Outcome> {
  var chooser = Enumerating()
  var result = OutcomeDistribution<Outcome>()
  var places: [Outcome: Int] = [:]
  var total = 0.0
  while true {
    let outcome = walk(&chooser)
    result.paths += 1
    total += chooser.weight
    if let place = places[outcome] {
      result.outcomes[place].probability += chooser.weight
    } else {
      places[outcome] = result.outcomes.count
      result.outcomes.append((outcome, chooser.weight))
    }
    guard chooser.advance() else { break }
    if result.paths >= limit {
      result.unexplored = max(0, 1 - total)
      break
    }
  }
  return result
}

extension Program {
  /// All results of one phase of a hook with their exact probabilities, as a packet without a past would get them.
  ///
  /// Results that differ only in the rules walked or the rule that decided are told apart by the latter only.
  public func enumerate<Units: UnitResolver, Host: HostContext>(
    _ ruleset: RulesetID, _ hook: Hook, _ phase: HookPhase, _ packet: PacketView, units: inout Units,
    host: inout Host
  ) -> OutcomeDistribution<HookResult> {
    enumerateOutcomes { chooser in
      var trace = NoTrace()
      var result = walk(
        ruleset, hook, phase, packet, chooser: &chooser, units: &units, host: &host, trace: &trace)
      result.rulesWalked = 0
      return result
    }
  }
}
