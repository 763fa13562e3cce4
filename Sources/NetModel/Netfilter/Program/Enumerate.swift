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

extension Enumerating {
  /// Turns through the paths of a walk, one call each.
  ///
  /// - Parameters:
  ///   - limit: how many paths to follow at most.
  ///   - walk: walks the path of this number, from 0, and says whether to go on; it must ask the same questions while it
  ///     gets the same answers.
  /// - Returns: the probability of the paths beyond the limit; 0 when there were none, or `walk` ended it.
  static func walkAll(limit: Int, _ walk: (inout Enumerating, _ path: Int) -> Bool) -> Double {
    var chooser = Enumerating()
    var total = 0.0
    var path = 0
    while walk(&chooser, path) {
      total += chooser.weight
      path += 1
      guard chooser.advance() else { return 0 }
      if path >= limit { return max(0, 1 - total) }
    }
    return 0
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
  var result = OutcomeDistribution<Outcome>()
  var places: [Outcome: Int] = [:]
  result.unexplored = Enumerating.walkAll(limit: limit) { chooser, _ in
    let outcome = walk(&chooser)
    result.paths += 1
    if let place = places[outcome] {
      result.outcomes[place].probability += chooser.weight
    } else {
      places[outcome] = result.outcomes.count
      result.outcomes.append((outcome, chooser.weight))
    }
    return true
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
