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
  private var ruleLines: [[[Int]]] = []
  private var chainPlaces: [[String: Int]] = []
  /// Chains that `-X` named, by place.
  private var deleted: [Set<Int>] = []
  private var current: Int?
  private var isOpen = false
  private var problems: [RuleTextProblem] = []

  /// Reads a text.
  ///
  /// - Parameter table: the table of a text without table lines, as `iptables -S` prints it. Default filter.
  public static func parse(_ text: String, family: IPFamily, table: String = "filter") -> ParsedRuleset {
    parse(Array(text.utf8), family: family, table: table)
  }

  /// Reads a text's bytes.
  public static func parse(_ bytes: [UInt8], family: IPFamily, table: String = "filter") -> ParsedRuleset {
    var parser = IPTablesSaveParser(family: family, defaultTable: table)
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
    ruleLines.append([])
    chainPlaces.append([:])
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
    if chainPlaces[table][chain.name] == nil { chainPlaces[table][chain.name] = tables[table].chains.count }
    tables[table].chains.append(chain)
    chainLines[table].append(line)
    ruleLines[table].append([])
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

  /// `-A`, `-N`, `-P` and `-X`, possibly with counters in front.
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
    guard let verb = words.first, !verb.isQuoted else {
      note(line, all[0].column, .unknownLine(all[0].text))
      return
    }
    let known: Set<String> = ["-A", "--append", "-N", "--new-chain", "-P", "--policy", "-X", "--delete-chain"]
    guard known.contains(verb.text) else {
      note(line, verb.column, .unknownLine(verb.text))
      return
    }
    guard let table = table(line, verb.column) else { return }
    words = words.dropFirst()
    guard let name = words.first else {
      note(line, verb.column, .missingValue(option: verb.text))
      return
    }
    words = words.dropFirst()
    switch verb.text {
    case "-A", "--append":
      var reader = RuleReader(words: Array(words), family: family)
      reader.read()
      for (column, problem) in reader.problems { note(line, column, problem) }
      guard let place = chainPlaces[table][name.text] else {
        note(line, name.column, .unknownChain(name.text))
        return
      }
      for var rule in reader.rules {
        if let counters { rule.counters = counters }
        tables[table].chains[place].rules.append(rule)
        ruleLines[table][place].append(line)
      }
    case "-N", "--new-chain":
      if let extra = words.first { note(line, extra.column, .unexpectedWord(extra.text)) }
      addChain(IPTablesChain(name: name.text), table, line)
    case "-P", "--policy":
      guard let policy = words.first else {
        note(line, verb.column, .missingValue(option: verb.text))
        return
      }
      guard let value = IPTablesChain.Policy(rawValue: policy.text) else {
        note(line, policy.column, .badPolicy(policy.text))
        return
      }
      addChain(IPTablesChain(name: name.text, policy: value), table, line)
    default:
      guard let place = chainPlaces[table][name.text] else {
        note(line, name.column, .unknownChain(name.text))
        return
      }
      deleted[table].insert(place)
      chainPlaces[table][name.text] = nil
    }
  }

  /// Takes out the chains that `-X` named, all at once.
  private mutating func dropDeleted() {
    for table in tables.indices where !deleted[table].isEmpty {
      let kept = tables[table].chains.indices.filter { !deleted[table].contains($0) }
      tables[table].chains = kept.map { tables[table].chains[$0] }
      chainLines[table] = kept.map { chainLines[table][$0] }
      ruleLines[table] = kept.map { ruleLines[table][$0] }
      chainPlaces[table] = [:]
      for (index, chain) in tables[table].chains.enumerated() where chainPlaces[table][chain.name] == nil {
        chainPlaces[table][chain.name] = index
      }
    }
  }

  /// Finds what only the whole text shows, and places it.
  private mutating func checkWhole(_ ruleset: IPTablesRuleset) {
    // Rules and chains by name, for lines; a duplicate is reported at its second line.
    for problem in RulesetCheck.problems(ruleset) {
      guard let table = tables.lastIndex(where: { $0.name == problem.table }) else { continue }
      guard !problem.chain.isEmpty else {
        note(tableLines[table], 1, problem.problem)
        continue
      }
      if case .wrongFamily = problem.problem { continue }
      let home = tables.firstIndex { $0.name == problem.table && $0.chain(problem.chain) != nil } ?? table
      guard let place = chainPlaces[home][problem.chain] else { continue }
      var line = chainLines[home][place]
      if problem.rule > 0, problem.rule <= ruleLines[home][place].count {
        line = ruleLines[home][place][problem.rule - 1]
      } else if case .duplicateChain = problem.problem {
        line = tables[home].chains.lastIndex { $0.name == problem.chain }.map { chainLines[home][$0] } ?? line
      }
      note(line, 1, problem.problem)
    }
  }
}
