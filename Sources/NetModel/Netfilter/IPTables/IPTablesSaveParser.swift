// SPDX-License-Identifier: GPL-3.0-or-later

/// A ruleset read from text, and what was wrong with the text.
public struct ParsedRuleset: Hashable, Sendable {
  /// What could be read; whole only when `problems` is empty.
  public var ruleset: IPTablesRuleset
  /// All mistakes, in the order of the text.
  public var problems: [RuleTextProblem]
}

/// Reads what `iptables-save` (also with `-c`), `iptables -S` and kube-proxy write.
///
/// Takes any bytes without harm. Matches and targets that are not modelled stay as text and are no mistake.
public struct IPTablesSaveParser {
  private let family: IPFamily
  private let defaultTable: String?
  private var tables: [IPTablesTable] = []
  private var tableLines: [Int] = []
  /// Lines of chains and rules, beside `tables`, to place problems found afterwards.
  private var chainLines: [[Int]] = []
  private var rulePlaces: [[[RulePlace]]] = []
  private var chainPlaces: [[String: Int]] = []
  /// The line that declared each chain last, where that was not the first time.
  private var repeatedChains: [[String: Int]] = []
  /// Chains that `-X` named, by place.
  private var deleted: [Set<Int>] = []
  private var current: Int?
  private var isOpen = false
  private var problems: [RuleTextProblem] = []

  /// Reads a text.
  ///
  /// - Parameters:
  ///   - family: the family; nil to infer it from the text, IPv4 when nothing tells.
  ///   - table: the table of a text without table lines, as `iptables -S` prints it. Default filter.
  public static func parse(_ text: String, family: IPFamily?, table: String = "filter") -> ParsedRuleset {
    parse(Array(text.utf8), family: family, table: table)
  }

  /// Reads a text's bytes.
  public static func parse(_ bytes: [UInt8], family: IPFamily?, table: String = "filter") -> ParsedRuleset {
    var parser = IPTablesSaveParser(family: family ?? inferredFamily(bytes) ?? .ipv4, defaultTable: table)
    return parser.read(bytes)
  }

  private init(family: IPFamily, defaultTable: String) {
    self.family = family
    self.defaultTable = defaultTable
  }

  private mutating func read(_ bytes: [UInt8]) -> ParsedRuleset {
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      read(line, number)
    }
    if isOpen, let current {
      note(tableLines[current], 1, .missingCommit(tables[current].name))
    }
    dropDeleted()
    let ruleset = IPTablesRuleset(family: family, tables: tables)
    checkWhole(ruleset)
    problems.sort { ($0.line, $0.column) < ($1.line, $1.column) }
    return ParsedRuleset(ruleset: ruleset, problems: problems)
  }

  private mutating func note(_ line: Int, _ column: Int, _ problem: RuleProblem) {
    problems.append(RuleTextProblem(line: line, column: column, problem: problem))
  }

  private mutating func read(_ line: ArraySlice<UInt8>, _ number: Int) {
    guard let first = line.first(where: { $0 != 32 && $0 != 9 && $0 != 13 }), first != UInt8(ascii: "#") else { return }
    let words: [RuleWord]
    switch RuleWords.cut(line) {
    case .success(let cut): words = cut
    case .failure(let problem):
      note(number, problem.column, problem.problem)
      return
    }
    guard let head = words.first else { return }
    var text = head.text
    if text.hasPrefix("*") {
      text.removeFirst()
      openTable(text, number, head.column)
    } else if text == "COMMIT" {
      if isOpen { isOpen = false } else { note(number, head.column, .outsideTable) }
      current = nil
    } else if text.hasPrefix(":") {
      text.removeFirst()
      declare(text, words, number)
    } else {
      command(words, number)
    }
  }

  private mutating func openTable(_ name: String, _ line: Int, _ column: Int) {
    if isOpen, let current { note(line, column, .missingCommit(tables[current].name)) }
    addTable(name, line)
    isOpen = true
  }

  private mutating func addTable(_ name: String, _ line: Int) {
    current = tables.count
    tables.append(IPTablesTable(name: name))
    tableLines.append(line)
    chainLines.append([])
    rulePlaces.append([])
    chainPlaces.append([:])
    repeatedChains.append([:])
    deleted.append([])
  }

  /// The table that a line belongs to; text without table lines gets the default one.
  private mutating func table(_ line: Int, _ column: Int) -> Int? {
    if let current { return current }
    if tables.isEmpty, let defaultTable {
      addTable(defaultTable, line)
      return current
    }
    note(line, column, .outsideTable)
    return nil
  }

  private mutating func addChain(_ chain: IPTablesChain, _ table: Int, _ line: Int) {
    if chainPlaces[table][chain.name] == nil {
      chainPlaces[table][chain.name] = tables[table].chains.count
    } else {
      repeatedChains[table][chain.name] = line
    }
    tables[table].chains.append(chain)
    chainLines[table].append(line)
    rulePlaces[table].append([])
  }

  /// `:CHAIN POLICY [packets:bytes]`.
  private mutating func declare(_ name: String, _ words: [RuleWord], _ line: Int) {
    guard let table = table(line, words[0].column) else { return }
    var chain = IPTablesChain(name: name)
    if words.count > 1, words[1].text != "-" {
      chain.policy = IPTablesChain.Policy(rawValue: words[1].text)
      if chain.policy == nil { note(line, words[1].column, .badPolicy(words[1].text)) }
    }
    if words.count > 2 {
      if let counters = IPTablesSaveParser.counters(words[2].text) {
        chain.counters = counters
      } else {
        note(line, words[2].column, .badValue(option: ":" + name, value: words[2].text, expected: "[packets:bytes]"))
      }
    }
    if words.count > 3 { note(line, words[3].column, .unexpectedWord(words[3].text)) }
    addChain(chain, table, line)
  }

  /// `[packets:bytes]`.
  static func counters(_ text: String) -> IPTablesCounters? {
    guard text.hasPrefix("["), text.hasSuffix("]"), text.utf8.count >= 2 else { return nil }
    let parts = text.dropFirst().dropLast().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }),
      let packets = UInt64(parts[0]), let bytes = UInt64(parts[1])
    else { return nil }
    return IPTablesCounters(packets: packets, bytes: bytes)
  }

  /// `-A`, `-I`, `-N`, `-P`, `-F` and `-X`, possibly with counters in front.
  private mutating func command(_ all: [RuleWord], _ line: Int) {
    var words = all[...]
    var counters: IPTablesCounters?
    if let first = words.first, first.text.hasPrefix("[") {
      guard let read = IPTablesSaveParser.counters(first.text) else {
        note(line, first.column, .unknownLine(first.text))
        return
      }
      counters = read
      words = words.dropFirst()
    }
    guard let verb = words.popFirst(), !verb.isQuoted else {
      note(line, all[0].column, .unknownLine(all[0].text))
      return
    }
    guard let command = Command(verb.text) else {
      note(line, verb.column, .unknownLine(verb.text))
      return
    }
    guard let table = table(line, verb.column) else { return }
    guard let name = words.popFirst() else {
      note(line, verb.column, .missingValue(option: verb.text))
      return
    }
    switch command {
    case .append: append(words, to: name, table, counters, at: nil, line)
    case .insert:
      var number: UInt64 = 1
      if let word = words.first, !word.isQuoted, let given = RuleNumber.unsigned(word.text, max: 0xffff_ffff), given > 0
      {
        number = given
        words = words.dropFirst()
      }
      append(words, to: name, table, counters, at: Int(number) - 1, line)
    case .new:
      if let extra = words.first { note(line, extra.column, .unexpectedWord(extra.text)) }
      addChain(IPTablesChain(name: name.text), table, line)
    case .policy: setPolicy(words, of: name, verb, table, line)
    case .flush:
      guard let place = place(of: name, table, line) else { return }
      tables[table].chains[place].rules = []
      rulePlaces[table][place] = []
    case .delete:
      guard let place = place(of: name, table, line) else { return }
      deleted[table].insert(place)
      chainPlaces[table][name.text] = nil
    }
  }

  /// The commands of a rule text.
  private enum Command {
    case append, insert, new, policy, flush, delete

    init?(_ word: String) {
      switch word {
      case "-A", "--append": self = .append
      case "-I", "--insert": self = .insert
      case "-N", "--new-chain": self = .new
      case "-P", "--policy": self = .policy
      case "-F", "--flush": self = .flush
      case "-X", "--delete-chain": self = .delete
      default: return nil
      }
    }
  }

  /// Where a chain stands; a built-in one that no line declared is made, as the kernel always has it.
  private mutating func place(of name: RuleWord, _ table: Int, _ line: Int) -> Int? {
    if let place = chainPlaces[table][name.text] { return place }
    let hooks = RuleTable(name: tables[table].name)?.hooks ?? []
    guard hooks.contains(where: { $0.chainName == name.text }) else {
      note(line, name.column, .unknownChain(name.text))
      return nil
    }
    addChain(IPTablesChain(name: name.text, policy: .accept), table, line)
    return chainPlaces[table][name.text]
  }

  private mutating func append(
    _ words: ArraySlice<RuleWord>, to name: RuleWord, _ table: Int, _ counters: IPTablesCounters?, at index: Int?,
    _ line: Int
  ) {
    var reader = RuleReader(words: Array(words), family: family)
    reader.read()
    for (column, problem) in reader.problems { note(line, column, problem) }
    guard let place = place(of: name, table, line) else { return }
    var next = min(index ?? .max, tables[table].chains[place].rules.count)
    for var rule in reader.rules {
      if let counters { rule.counters = counters }
      tables[table].chains[place].rules.insert(rule, at: next)
      rulePlaces[table][place].insert(RulePlace(line: line, column: reader.targetColumn ?? 1), at: next)
      next += 1
    }
  }

  private mutating func setPolicy(
    _ words: ArraySlice<RuleWord>, of name: RuleWord, _ verb: RuleWord, _ table: Int, _ line: Int
  ) {
    var words = words
    guard let policy = words.popFirst() else {
      note(line, verb.column, .missingValue(option: verb.text))
      return
    }
    guard let value = IPTablesChain.Policy(rawValue: policy.text) else {
      note(line, policy.column, .badPolicy(policy.text))
      return
    }
    var chain = IPTablesChain(name: name.text, policy: value)
    if let option = words.popFirst() {
      // `iptables -S -v`.
      guard option.text == "-c", words.count == 2,
        let counters = IPTablesSaveParser.counters("[" + words.map(\.text).joined(separator: ":") + "]")
      else {
        note(line, option.column, .unexpectedWord(option.text))
        return
      }
      chain.counters = counters
    }
    addChain(chain, table, line)
  }

  /// Takes out the chains that `-X` named, all at once.
  private mutating func dropDeleted() {
    for table in tables.indices where !deleted[table].isEmpty {
      let kept = tables[table].chains.indices.filter { !deleted[table].contains($0) }
      tables[table].chains = kept.map { tables[table].chains[$0] }
      chainLines[table] = kept.map { chainLines[table][$0] }
      rulePlaces[table] = kept.map { rulePlaces[table][$0] }
      chainPlaces[table] = [:]
      for (index, chain) in tables[table].chains.enumerated() where chainPlaces[table][chain.name] == nil {
        chainPlaces[table][chain.name] = index
      }
    }
  }

  /// Finds what only the whole text shows, and places it.
  private mutating func checkWhole(_ ruleset: IPTablesRuleset) {
    for problem in RulesetCheck.problems(ruleset) {
      guard let table = tables.lastIndex(where: { $0.name == problem.table }) else { continue }
      guard !problem.chain.isEmpty else {
        note(tableLines[table], 1, problem.problem)
        continue
      }
      if case .wrongFamily = problem.problem { continue }
      let home = tables.indices.first { chainPlaces[$0][problem.chain] != nil && tables[$0].name == problem.table }
      guard let home, let place = chainPlaces[home][problem.chain] else { continue }
      if case .duplicateChain = problem.problem {
        note(repeatedChains[home][problem.chain] ?? chainLines[home][place], 1, problem.problem)
      } else if problem.rule > 0, problem.rule <= rulePlaces[home][place].count {
        let rule = rulePlaces[home][place][problem.rule - 1]
        note(rule.line, rule.column, problem.problem)
      } else {
        note(chainLines[home][place], 1, problem.problem)
      }
    }
  }
}

/// Where a rule stands in the text, and its target in that line.
private struct RulePlace {
  let line: Int
  let column: Int
}
