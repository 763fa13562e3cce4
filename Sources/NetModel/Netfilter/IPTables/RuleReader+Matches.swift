// SPDX-License-Identifier: GPL-3.0-or-later

extension RuleReader {
  /// An option with its values.
  struct Option {
    let word: RuleWord
    let negated: Bool
    let values: [RuleWord]
    var name: String { word.text }
    var text: String { values.first?.text ?? "" }
  }

  /// The options of the matches that are read as a whole, and how many values each takes.
  private static let options: [String: [String: Int]] = [
    "multiport": ["--sports": 1, "--source-ports": 1, "--dports": 1, "--destination-ports": 1, "--ports": 1],
    "comment": ["--comment": 1],
    "addrtype": ["--src-type": 1, "--dst-type": 1],
    "conntrack": ["--ctstate": 1],
    "state": ["--state": 1],
    "mark": ["--mark": 1],
    "connmark": ["--mark": 1],
    "statistic": ["--mode": 1, "--probability": 1, "--every": 1, "--packet": 1],
    "recent": [
      "--name": 1, "--set": 0, "--rcheck": 0, "--update": 0, "--remove": 0, "--seconds": 1, "--hitcount": 1,
      "--reap": 0, "--rsource": 0, "--rdest": 0, "--mask": 1,
    ],
    "set": ["--match-set": 2],
    "physdev": [
      "--physdev-in": 1, "--physdev-out": 1, "--physdev-is-in": 0, "--physdev-is-out": 0, "--physdev-is-bridged": 0,
    ],
    "limit": ["--limit": 1, "--limit-burst": 1],
    "nfacct": ["--nfacct-name": 1],
  ]

  private static let shortPortOptions = [
    "--sport": 1, "--source-port": 1, "--dport": 1, "--destination-port": 1, "--port": 1,
  ]

  private static let transportOptions: Set<String> = [
    "--sport", "--source-port", "--dport", "--destination-port", "--tcp-flags", "--syn", "--icmp-type",
    "--icmpv6-type",
  ]

  private static let globalOptions: Set<String> = [
    "-s", "--source", "--src", "-d", "--destination", "--dst", "-i", "--in-interface", "-o", "--out-interface", "-p",
    "--protocol", "--proto", "-m", "--match", "-j", "--jump", "-g", "--goto", "-c", "--set-counters",
  ]

  /// `-m NAME` and, for all but the protocols' own matches, its options.
  mutating func readModule(_ name: RuleWord, _ start: Int) {
    if CanonicalOrder.transportModules.contains(name.text) || name.text == "icmpv6" {
      if hasUnknownOption(next) {
        keepText(start)
      } else {
        rule.matches.append(.module(name.text == "icmpv6" ? "icmp6" : name.text))
      }
      return
    }
    guard let arities = RuleReader.options[name.text] else {
      keepText(start)
      return
    }
    let before = problems.count
    var read: [Option] = []
    // getopt takes `--dport` for `--dports` while the protocol's own match is not loaded.
    if name.text == "multiport", let option = takeOption(RuleReader.shortPortOptions) { read.append(option) }
    while let option = takeOption(arities) { read.append(option) }
    if problems.count > before { return }
    if hasUnknownOption(next) || !build(name, read) {
      problems.removeSubrange(before...)
      keepText(start)
    }
  }

  /// Whether an option follows that no match that is modelled has.
  private func hasUnknownOption(_ place: Int) -> Bool {
    var place = place
    while place < words.count {
      if words[place].isOption {
        if RuleReader.globalOptions.contains(words[place].text) { return false }
        if !RuleReader.transportOptions.contains(words[place].text) { return true }
      }
      place += 1
    }
    return false
  }

  /// Keeps a match as text, up to the next option that is no match's.
  private mutating func keepText(_ start: Int) {
    next = start + 2
    while next < words.count, !(words[next].isOption && RuleReader.globalOptions.contains(words[next].text)) {
      next += 1
    }
    if next < words.count, next > start + 2, words[next - 1].isNot { next -= 1 }
    next = max(next, min(start + 2, words.count))
    rule.matches.append(.unmodelled(textOf(start..<next)))
  }

  private mutating func takeOption(_ arities: [String: Int]) -> Option? {
    var place = next
    var negated = place < words.count && words[place].isNot
    if negated { place += 1 }
    guard place < words.count, words[place].isOption, let arity = arities[words[place].text] else { return nil }
    let word = words[place]
    next = place + 1
    if arity > 0, !negated { negated = takeOldNegation(word) }
    var values: [RuleWord] = []
    for _ in 0..<arity {
      guard let taken = value(word) else { return nil }
      values.append(taken)
    }
    return Option(word: word, negated: negated, values: values)
  }

  /// An option of a protocol's own match.
  mutating func readMatchOption(_ word: RuleWord, _ negated: Bool) -> Bool {
    switch word.text {
    case "--sport", "--source-port", "--dport", "--destination-port":
      let isSource = word.text.contains("s") && (word.text == "--sport" || word.text == "--source-port")
      guard isFirst(isSource ? "sport" : "dport", word), let value = value(word) else { return true }
      transportOption = word
      guard let ports = RuleReader.ports(value.text) else {
        note(value, .badValue(option: word.text, value: value.text, expected: "a port or first:last"))
        return true
      }
      rule.matches.append(
        isSource ? .sourcePort(ports, negated: negated) : .destinationPort(ports, negated: negated))
    case "--syn":
      guard isFirst("tcp-flags", word) else { return true }
      transportOption = word
      rule.matches.append(.tcpFlags(mask: [.fin, .syn, .rst, .ack], compare: .syn, negated: negated))
    case "--tcp-flags":
      guard isFirst("tcp-flags", word), let mask = value(word), let compare = value(word) else { return true }
      transportOption = word
      guard let m = RuleReader.flags(mask.text), let c = RuleReader.flags(compare.text) else {
        note(mask, .badValue(option: word.text, value: mask.text, expected: "flags such as SYN,ACK, ALL or NONE"))
        return true
      }
      rule.matches.append(.tcpFlags(mask: m, compare: c, negated: negated))
    case "--icmp-type", "--icmpv6-type":
      guard isFirst("icmp-type", word), let value = value(word) else { return true }
      transportOption = word
      rule.matches.append(.icmpType(value.text, negated: negated))
    default: return false
    }
    return true
  }

  /// `80`, `1:5`, `:5` or `5:`.
  static func ports(_ text: some StringProtocol, separator: Character = ":") -> ClosedRange<UInt16>? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count <= 2 else { return nil }
    func port(_ part: some StringProtocol, _ missing: UInt16) -> UInt16? {
      if part.isEmpty { return parts.count == 2 ? missing : nil }
      if let number = RuleNumber.unsigned(part, max: 65535) { return UInt16(number) }
      return RuleReader.serviceNames.first { $0.0 == part }?.1
    }
    guard let low = port(parts[0], 0) else { return nil }
    guard parts.count == 2 else { return low...low }
    guard let high = port(parts[1], 65535), low <= high else { return nil }
    return low...high
  }

  /// The names of /etc/services that rules are seen to use.
  private static let serviceNames: [(String, UInt16)] = [
    ("ssh", 22), ("domain", 53), ("http", 80), ("https", 443), ("ntp", 123),
  ]

  private static func flags(_ text: String) -> TCPFlags? {
    if text == "ALL" { return [.fin, .syn, .rst, .psh, .ack, .urg] }
    if text == "NONE" { return [] }
    var flags: TCPFlags = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let known = RuleText.flagNames.first(where: { $0.1 == part }) else { return nil }
      flags.insert(known.0)
    }
    return flags
  }

  /// `VALUE` or `VALUE/MASK`.
  static func masked(_ text: String) -> (value: UInt32, mask: UInt32?)? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let value = RuleNumber.unsigned(parts[0], max: 0xffff_ffff) else { return nil }
    guard parts.count == 2 else { return (UInt32(value), nil) }
    guard let mask = RuleNumber.unsigned(parts[1], max: 0xffff_ffff) else { return nil }
    return (UInt32(value), UInt32(mask))
  }

  private mutating func bad(_ option: Option, _ expected: String) {
    note(option.values.first ?? option.word, .badValue(option: option.name, value: option.text, expected: expected))
  }

  /// Makes a match of its options; false to keep it as text.
  private mutating func build(_ name: RuleWord, _ options: [Option]) -> Bool {
    guard !options.isEmpty else {
      note(name, .incompleteMatch(name.text))
      // The note stands: nothing else could be made of it.
      rule.matches.append(.unmodelled("-m " + name.text))
      return true
    }
    switch name.text {
    case "statistic", "limit", "recent": return buildWhole(name, options)
    case "physdev":
      rule.matches.append(
        .physdev(options.flatMap { ($0.negated ? ["!"] : []) + [$0.name] + $0.values.map(\.text) }))
      return true
    case "addrtype":
      if case .addressType? = rule.matches.last { rule.matches.append(.module("addrtype")) }
    default:
      if options.count > 1 {
        note(options[1].word, .duplicateOption(options[1].name))
        return true
      }
    }
    for option in options { buildOne(name, option) }
    return true
  }

  private mutating func buildOne(_ name: RuleWord, _ option: Option) {
    let text = option.text
    switch name.text {
    case "multiport":
      let ranges = text.split(separator: ",", omittingEmptySubsequences: false).map { RuleReader.ports($0) }
      guard !ranges.contains(nil), ranges.count <= 15 else {
        bad(option, "at most 15 ports or ranges first:last")
        return
      }
      let side: IPTablesMatch.MultiportSide =
        option.name.hasPrefix("--p") ? .either : option.name.hasPrefix("--s") ? .source : .destination
      rule.matches.append(.multiport(side, ranges.compactMap { $0 }, negated: option.negated))
      transportOption = option.word
    case "comment":
      if text.utf8.count > 255 { bad(option, "at most 255 bytes") }
      rule.matches.append(.comment(text))
    case "addrtype":
      var types: IPTablesMatch.AddressTypes = []
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let known = RuleText.addressTypeNames.first(where: { $0.1 == part.uppercased() }) else {
          bad(option, "kinds such as LOCAL or UNICAST")
          return
        }
        types.insert(known.0)
      }
      rule.matches.append(
        .addressType(option.name == "--src-type" ? .source : .destination, types, negated: option.negated))
    case "conntrack", "state":
      var states: IPTablesMatch.ConnectionStates = []
      let known: [String: IPTablesMatch.ConnectionStates] = [
        "INVALID": .invalid, "NEW": .new, "ESTABLISHED": .established, "RELATED": .related, "UNTRACKED": .untracked,
        "SNAT": .snat, "DNAT": .dnat,
      ]
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let state = known[part.uppercased()] else {
          bad(option, "states such as NEW or ESTABLISHED")
          return
        }
        states.insert(state)
      }
      rule.matches.append(.connectionState(states, negated: option.negated, legacy: name.text == "state"))
    case "mark", "connmark":
      guard let (value, mask) = RuleReader.masked(text) else {
        bad(option, "a value or value/mask")
        return
      }
      rule.matches.append(
        name.text == "mark"
          ? .mark(value: value, mask: mask ?? .max, negated: option.negated)
          : .connectionMark(value: value, mask: mask ?? .max, negated: option.negated))
    case "set":
      let flags = option.values[1].text.split(separator: ",", omittingEmptySubsequences: false)
        .map { IPTablesMatch.SetFlag(rawValue: String($0)) }
      guard !flags.contains(nil), flags.count <= 6 else {
        note(
          option.values[1],
          .badValue(option: option.name, value: option.values[1].text, expected: "src and dst, with commas"))
        return
      }
      rule.matches.append(.set(name: text, flags: flags.compactMap { $0 }, negated: option.negated))
    default: rule.matches.append(.nfacct(text))
    }
  }

  /// `statistic`, `limit` and `recent`, whose options belong together.
  private mutating func buildWhole(_ name: RuleWord, _ options: [Option]) -> Bool {
    func find(_ option: String) -> Option? { options.first { $0.name == option } }
    func number(_ option: String, _ max: UInt64) -> UInt32?? {
      guard let found = find(option) else { return .some(nil) }
      return RuleNumber.unsigned(found.text, max: max).map { UInt32(truncatingIfNeeded: $0) }
    }
    switch name.text {
    case "statistic":
      guard let mode = find("--mode") else {
        note(name, .incompleteMatch("statistic"))
        return true
      }
      if mode.text == "random" {
        guard let option = find("--probability") else {
          note(name, .incompleteMatch("statistic"))
          return true
        }
        guard option.text.utf8.count <= 64, let p = IPTablesMatch.Probability(text: option.text) else {
          bad(option, "a number from 0 to 1")
          return true
        }
        rule.matches.append(.statisticRandom(p, negated: option.negated))
      } else if mode.text == "nth" {
        guard let every = find("--every") else {
          note(name, .incompleteMatch("statistic"))
          return true
        }
        guard let n = number("--every", 0xffff_ffff) ?? nil, n > 0, let p = number("--packet", UInt64(n - 1)) else {
          bad(every, "a number from 1, with --packet below it")
          return true
        }
        rule.matches.append(.statisticNth(every: n, packet: p ?? 0, negated: every.negated))
      } else {
        bad(mode, "random or nth")
      }
    case "limit":
      guard let rate = find("--limit") ?? options.first else { return true }
      let text = find("--limit")?.text ?? "3/hour"
      guard let parsed = LimitRate(text), !rate.negated else {
        bad(rate, "a rate such as 5/min")
        return true
      }
      guard let burst = number("--limit-burst", 10000) else {
        bad(options.first { $0.name == "--limit-burst" } ?? rate, "a number up to 10000")
        return true
      }
      rule.matches.append(.limit(period: parsed.period, text: text, burst: burst ?? 5))
    default:
      let operations = options.compactMap { option in
        IPTablesMatch.Recent.Operation(rawValue: option.name).map { (option, $0) }
      }
      guard let (operation, kind) = operations.first, operations.count == 1 else {
        note(name, .incompleteMatch("recent"))
        return true
      }
      // Other masks lump addresses together: not modelled.
      if let mask = find("--mask")?.text, mask != "255.255.255.255", Address(mask) != Address(high: .max, low: .max) {
        return false
      }
      guard let seconds = number("--seconds", 0xffff_ffff), let hits = number("--hitcount", 255) else {
        bad(find("--seconds") ?? operation, "a number; at most 255 hits")
        return true
      }
      var recent = IPTablesMatch.Recent(name: find("--name")?.text ?? "DEFAULT", operation: kind)
      recent.seconds = seconds
      recent.hitcount = hits
      recent.reap = find("--reap") != nil
      recent.usesDestination = find("--rdest") != nil
      recent.negated = operation.negated
      rule.matches.append(.recent(recent))
    }
    return true
  }
}
