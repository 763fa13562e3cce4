// SPDX-License-Identifier: GPL-3.0-or-later

/// Prints rules two ways: as kube-proxy hands them to `iptables-restore`, and as `iptables-save` lists them back.
public enum IPTablesSavePrinter {
  /// The text for `iptables-restore`: matches as they were written, user chains declared `:NAME - [0:0]`.
  ///
  /// Built-in chains are declared with their policy. Ends each table with COMMIT.
  public static func restoreText(_ ruleset: IPTablesRuleset) -> String {
    text(ruleset.tables) { restoreLine($0, chain: $1, family: ruleset.family) }
  }

  /// The text of `iptables-save`: heads first, every match with its `-m`, defaults written out.
  ///
  /// As the kernel does, lists all of a table's built-in chains, in the order of their hooks, then the others by name.
  ///
  /// - Parameter counters: whether each rule has its `[packets:bytes]` in front, as `iptables-save -c` writes it.
  public static func saveText(_ ruleset: IPTablesRuleset, counters: Bool = false) -> String {
    text(ruleset.tables.map(listed)) { rule, chain in
      let line = saveLine(rule, chain: chain, family: ruleset.family)
      guard counters else { return line }
      return RuleText.counters(rule.counters ?? IPTablesCounters()) + " " + line
    }
  }

  /// One rule as it was written.
  public static func restoreLine(_ rule: IPTablesRule, chain: String, family: IPFamily) -> String {
    var words = ["-A", RuleText.quoted(chain)]
    let transport = RuleText.transportModule(rule)
    var last: IPTablesMatch?
    for match in rule.matches {
      words += RuleText.written(match, after: last, transport: transport, family: family)
      last = match
    }
    words += RuleText.written(rule.target, family: family)
    return words.joined(separator: " ")
  }

  /// One rule as the kernel lists it.
  public static func saveLine(_ rule: IPTablesRule, chain: String, family: IPFamily) -> String {
    var words = ["-A", RuleText.quoted(chain)]
    let order = CanonicalOrder(rule)
    for match in order.head { words += RuleText.listedHead(match) }
    for group in order.groups {
      if !group.module.isEmpty { words += ["-m", group.module] }
      for match in group.matches { words += RuleText.listed(match, family: family) }
    }
    words += RuleText.listed(rule.target, family: family)
    return words.joined(separator: " ")
  }

  /// A table with its chains as the kernel orders them.
  private static func listed(_ table: IPTablesTable) -> IPTablesTable {
    let builtIn = RuleTable(name: table.name)?.hooks.map(\.chainName) ?? []
    var order: [String: Int] = [:]
    for (place, name) in builtIn.enumerated() { order[name] = place }
    var result = table
    let present = Set(table.chains.map(\.name))
    result.chains += builtIn.filter { !present.contains($0) }.map { IPTablesChain(name: $0, policy: .accept) }
    result.chains.sort { a, b in
      switch (order[a.name], order[b.name]) {
      case (let a?, let b?): a < b
      case (_?, nil): true
      case (nil, _?): false
      case (nil, nil): a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
      }
    }
    return result
  }

  private static func text(
    _ tables: [IPTablesTable], line: (IPTablesRule, _ chain: String) -> String
  ) -> String {
    var lines: [String] = []
    for table in tables {
      lines.append("*" + table.name)
      for chain in table.chains {
        lines.append(
          ":\(RuleText.quoted(chain.name)) \(chain.policy?.rawValue ?? "-") \(RuleText.counters(chain.counters))")
      }
      for chain in table.chains {
        for rule in chain.rules { lines.append(line(rule, chain.name)) }
      }
      lines.append("COMMIT")
    }
    return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
  }
}
