// SPDX-License-Identifier: GPL-3.0-or-later

/// What is wrong with a rule or a ruleset: facts; the words are `description`'s.
public enum RuleProblem: Hashable, Sendable {
  /// A `*table` that iptables does not have.
  case unknownTable(String)
  /// A table that occurs twice.
  case duplicateTable(String)
  /// A rule or chain before any `*table`.
  case outsideTable
  /// `COMMIT` is missing at the end of a table.
  case missingCommit(String)
  /// A chain declared twice in its table.
  case duplicateChain(String)
  /// A jump, a rule or a deletion names a chain that the table does not have.
  case unknownChain(String)
  /// Chains that jump round in a circle, the first one again last.
  case chainLoop([String])
  /// Jumps nest deeper than the walk can follow.
  case tooDeep(String)
  /// A chain name longer than the kernel's 28 characters, or with a character it may not have.
  case badChainName(String)
  /// A policy on a chain that is not built in, or one that is not ACCEPT or DROP.
  case badPolicy(String)
  /// A jump to a built-in chain.
  case jumpToBuiltIn(String)
  /// A target that its table refuses.
  case targetNotInTable(target: String, table: String)
  /// An address of the other family.
  case wrongFamily(String)
  /// A quote that its line does not close.
  case unterminatedQuote
  /// A word that nothing takes.
  case unexpectedWord(String)
  /// An option without its value.
  case missingValue(option: String)
  /// A value that the option does not take.
  case badValue(option: String, value: String, expected: String)
  /// An option given twice.
  case duplicateOption(String)
  /// An option whose match was not loaded, or whose protocol is not set.
  case needsProtocol(option: String)
  /// An option that cannot be negated.
  case notNegatable(String)
  /// A match without the option it needs.
  case incompleteMatch(String)
  /// A line that starts with something else than a table, a chain, a rule or a comment.
  case unknownLine(String)
  /// A member of a set that was not created before.
  case unknownSet(String)
  /// A set created twice.
  case duplicateSet(String)
  /// The number of flags is not that of the set's dimensions.
  case setDimensions(String)
  /// More shared chains than a program can hold, or one that its ruleset lacks.
  case badSharedChain(String)
  /// A fragment's jump into a chain that leads back to the shared chains.
  case jumpIntoShared(String)
  /// More matches than a rule can hold.
  case ruleTooLong
  /// The text is longer than can be read.
  case textTooLong
}

extension RuleProblem: CustomStringConvertible {
  /// The problem in words, without its place.
  public var description: String {
    switch self {
    case .unknownTable(let name): "no table '\(name)'; there are raw, mangle, nat, filter and security"
    case .duplicateTable(let name): "table '\(name)' occurs twice"
    case .outsideTable: "this stands outside of any table; '*filter' or another table line must come first"
    case .missingCommit(let name): "table '\(name)' does not end with COMMIT"
    case .duplicateChain(let name): "chain '\(name)' is declared twice"
    case .unknownChain(let name): "no chain '\(name)' in this table"
    case .chainLoop(let names): "chains jump round in a circle: \(names.joined(separator: " -> "))"
    case .tooDeep(let name): "jumps from chain '\(name)' nest deeper than \(RulesetCheck.maxJumpDepth)"
    case .badChainName(let name): "'\(name)' is no chain name: 1 to 28 characters, no blank, no '-' or '!' in front"
    case .badPolicy(let name): "policy '\(name)' does not fit: ACCEPT or DROP for built-in chains, '-' for others"
    case .jumpToBuiltIn(let name): "cannot jump to the built-in chain '\(name)'"
    case .targetNotInTable(let target, let table): "target \(target) does not work in table '\(table)'"
    case .wrongFamily(let text): "'\(text)' is an address of the other family"
    case .unterminatedQuote: "the quote is not closed on this line"
    case .unexpectedWord(let word): "'\(word)' belongs to no option"
    case .missingValue(let option): "\(option) needs a value"
    case .badValue(let option, let value, let expected): "\(option) does not take '\(value)'; expected \(expected)"
    case .duplicateOption(let option): "\(option) is given twice"
    case .needsProtocol(let option): "\(option) needs a protocol, such as '-p tcp', or its match, '-m'"
    case .notNegatable(let option): "\(option) cannot be negated"
    case .incompleteMatch(let name): "-m \(name) lacks the option it needs"
    case .unknownLine(let text): "'\(text)' starts no line of a rule text"
    case .unknownSet(let name): "no set '\(name)'"
    case .duplicateSet(let name): "set '\(name)' is created twice"
    case .setDimensions(let name): "the flags do not fit the dimensions of set '\(name)'"
    case .badSharedChain(let name): "shared chain '\(name)' does not fit its ruleset"
    case .jumpIntoShared(let name): "a fragment cannot jump to '\(name)', which leads to the shared chains"
    case .ruleTooLong: "the rule has too many matches"
    case .textTooLong: "the text is too long"
    }
  }
}

/// A problem and where it stands in a text, both counted from 1; columns count bytes.
public struct RuleTextProblem: Error, Hashable, Sendable {
  /// The line.
  public let line: Int
  /// The column.
  public let column: Int
  /// What is wrong.
  public let problem: RuleProblem

  /// Places a problem.
  public init(line: Int, column: Int, problem: RuleProblem) {
    self.line = line
    self.column = column
    self.problem = problem
  }
}

/// A problem and the rule it is about.
public struct RulesetProblem: Error, Hashable, Sendable {
  /// The table's name.
  public let table: String
  /// The chain's name; empty when the table itself is meant.
  public let chain: String
  /// The rule's number in the chain, from 1; 0 when the chain itself is meant.
  public let rule: Int
  /// What is wrong.
  public let problem: RuleProblem
}

extension RulesetProblem: CustomStringConvertible {
  /// Where it is, then the problem in words.
  public var description: String {
    var place = "table \(table)"
    if !chain.isEmpty { place += ", chain \(chain)" }
    if rule > 0 { place += ", rule \(rule)" }
    return "\(place): \(problem)"
  }
}

/// All problems of a ruleset.
public struct RulesetProblems: Error, Hashable, Sendable {
  /// The problems in the order of the ruleset.
  public let problems: [RulesetProblem]
}

extension RulesetProblems: CustomStringConvertible {
  /// Each on a line of its own.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
