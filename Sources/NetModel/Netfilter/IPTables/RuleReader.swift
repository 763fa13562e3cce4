// SPDX-License-Identifier: GPL-3.0-or-later

/// Reads the words of one rule, after `-A CHAIN`.
///
/// An option is looked for by its name, as iptables does once a match is loaded; a match of which any option is not
/// modelled stays whole, as text.
struct RuleReader {
  let words: [RuleWord]
  let family: IPFamily
  var next = 0
  var rule = IPTablesRule([], nil)
  var problems: [(column: Int, problem: RuleProblem)] = []
  /// Addresses given as a list: where the first stands among the matches, and all of them.
  private var lists: [(place: Int, isSource: Bool, negated: Bool, blocks: [Prefix])] = []
  /// An option of the protocol's own match, until the protocol is known.
  var transportOption: RuleWord?
  /// Where the target's name stands.
  private(set) var targetColumn: Int?
  /// Options seen of matches that take one each.
  private var seen: Set<String> = []

  init(words: [RuleWord], family: IPFamily) {
    self.words = words
    self.family = family
  }

  mutating func note(_ word: RuleWord, _ problem: RuleProblem) { problems.append((word.column, problem)) }

  /// The value after an option, or nil with a note.
  mutating func value(_ option: RuleWord) -> RuleWord? {
    guard next < words.count, !words[next].isNot || words[next].isQuoted else {
      note(option, .missingValue(option: option.text))
      return nil
    }
    next += 1
    return words[next - 1]
  }

  mutating func read() {
    while next < words.count {
      var word = words[next]
      let start = next
      next += 1
      var negated = false
      if word.isNot {
        guard next < words.count, words[next].isOption else {
          note(word, .unexpectedWord("!"))
          continue
        }
        negated = true
        word = words[next]
        next += 1
      }
      if !negated, takeOldNegation(word) { negated = true }
      guard word.isOption else {
        note(word, .unexpectedWord(word.text))
        continue
      }
      readOption(word, negated, start)
    }
    if let transportOption {
      let hasProtocol = rule.matches.contains { if case .protocol(_?, negated: false) = $0 { true } else { false } }
      if !hasProtocol { note(transportOption, .needsProtocol(option: transportOption.text)) }
    }
  }

  /// Takes a `!` between an option and its value, as iptables before 1.4.3 wrote it.
  mutating func takeOldNegation(_ option: RuleWord) -> Bool {
    guard option.isOption, next + 1 < words.count, words[next].isNot, !words[next + 1].isOption else { return false }
    next += 1
    return true
  }

  private mutating func readOption(_ word: RuleWord, _ negated: Bool, _ start: Int) {
    switch word.text {
    case "-s", "--source", "--src", "-d", "--destination", "--dst":
      readAddress(word, negated, isSource: word.text.hasPrefix("-s") || word.text.hasPrefix("--s"))
    case "-i", "--in-interface", "-o", "--out-interface":
      guard isFirst(String(word.text.drop { $0 == "-" }.prefix(1)), word), let value = value(word) else { return }
      guard !value.text.isEmpty, value.text.utf8.count < 16 else {
        note(value, .badValue(option: word.text, value: value.text, expected: "1 to 15 characters"))
        return
      }
      rule.matches.append(
        word.text.hasPrefix("-i") || word.text.hasPrefix("--i")
          ? .inInterface(value.text, negated: negated) : .outInterface(value.text, negated: negated))
    case "-p", "--protocol", "--proto":
      guard isFirst("p", word), let value = value(word) else { return }
      guard let transport = RuleReader.transport(value.text) else {
        note(value, .badValue(option: word.text, value: value.text, expected: "a protocol's name or number"))
        return
      }
      rule.matches.append(.protocol(transport, negated: negated))
    case "-m", "--match":
      if negated { note(word, .notNegatable(word.text)) }
      guard let name = value(word) else { return }
      readModule(name, start)
    case "-j", "--jump", "-g", "--goto":
      if negated { note(word, .notNegatable(word.text)) }
      guard isFirst("j", word), let name = value(word) else { return }
      targetColumn = name.column
      if word.text == "-g" || word.text == "--goto" {
        rule.target = .goto(name.text)
      } else {
        readTarget(name, start)
      }
    case "-f", "--fragment", "-4", "--ipv4", "-6", "--ipv6", "-w", "--wait":
      rule.matches.append(.unmodelled((negated ? "! " : "") + word.text))
    case "-c", "--set-counters":
      guard let packets = value(word), let bytes = value(word) else { return }
      guard let p = RuleNumber.unsigned(packets.text, max: .max), let b = RuleNumber.unsigned(bytes.text, max: .max)
      else {
        note(packets, .badValue(option: word.text, value: packets.text, expected: "packets and bytes"))
        return
      }
      rule.counters = IPTablesCounters(packets: p, bytes: b)
    default:
      if !readMatchOption(word, negated) { note(word, .unexpectedWord(word.text)) }
    }
  }

  /// Notes an option that was there already.
  mutating func isFirst(_ option: String, _ word: RuleWord) -> Bool {
    if seen.insert(option).inserted { return true }
    note(word, .duplicateOption(word.text))
    // Its value would be taken for something else.
    if next < words.count, !words[next].isOption, !words[next].isNot { next += 1 }
    return false
  }

  private mutating func readAddress(_ word: RuleWord, _ negated: Bool, isSource: Bool) {
    guard isFirst(isSource ? "s" : "d", word), let value = value(word) else { return }
    // A list is what iptables makes several rules of; iptables-save never writes one.
    let parts = value.text.split(separator: ",", omittingEmptySubsequences: false)
    if parts.count > 1 {
      let blocks = parts.prefix(256).compactMap { RuleReader.prefix(String($0), family) }
      guard blocks.count == parts.count, blocks.allSatisfy({ $0.family == family }), !negated else {
        note(value, .badValue(option: word.text, value: value.text, expected: "addresses or blocks of this family"))
        return
      }
      // Lists of both sides multiply.
      guard lists.reduce(blocks.count, { $0 * $1.blocks.count }) <= 4096 else {
        note(value, .ruleTooLong)
        return
      }
      lists.append((rule.matches.count, isSource, negated, blocks))
      rule.matches.append(isSource ? .source(blocks[0], negated: negated) : .destination(blocks[0], negated: negated))
      return
    }
    if let prefix = RuleReader.prefix(value.text, family) {
      guard prefix.family == family else {
        note(value, .wrongFamily(value.text))
        return
      }
      rule.matches.append(isSource ? .source(prefix, negated: negated) : .destination(prefix, negated: negated))
    } else if RuleReader.isAddressWithMask(value.text, family) {
      rule.matches.append(.unmodelled((negated ? "! " : "") + (isSource ? "-s " : "-d ") + value.text))
    } else {
      note(value, .badValue(option: word.text, value: value.text, expected: "an address or block"))
    }
  }

  /// The rules that the words stand for: one for each pair of a source and a destination of lists.
  var rules: [IPTablesRule] {
    var result = [rule]
    for list in lists {
      result = result.flatMap { rule in
        list.blocks.map { block in
          var copy = rule
          copy.matches[list.place] =
            list.isSource ? .source(block, negated: list.negated) : .destination(block, negated: list.negated)
          return copy
        }
      }
    }
    return result
  }

  /// An address, a block, or an address with a mask of leading ones.
  static func prefix(_ text: String, _ family: IPFamily) -> Prefix? {
    if let prefix = Prefix(text) { return prefix }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = Address(String(parts[0])), let mask = Address(String(parts[1])),
      address.family == mask.family
    else { return nil }
    for length in 0...address.family.bits {
      let bits = Prefix.mask(family: address.family, length: length)
      let high = address.family == .ipv4 ? 0 : bits.high
      let low = address.family == .ipv4 ? bits.low & 0xffff_ffff | 0xffff_0000_0000 : bits.low
      if mask.high == high, mask.low == low { return Prefix(address, length: length) }
    }
    return nil
  }

  private static func isAddressWithMask(_ text: String, _ family: IPFamily) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && Address(String(parts[0]))?.family == family && Address(String(parts[1])) != nil
  }

  /// A protocol by name or number; nil inside means `all`.
  static func transport(_ text: String) -> IPProtocol?? {
    switch text.lowercased() {
    case "all", "0": return .some(nil)
    case "tcp": return .tcp
    case "udp": return .udp
    case "sctp": return .sctp
    case "icmp": return .icmp
    case "icmpv6", "ipv6-icmp": return .icmpv6
    case "igmp": return IPProtocol(rawValue: 2)
    case "ipencap": return IPProtocol(rawValue: 4)
    case "dccp": return IPProtocol(rawValue: 33)
    case "ipv6": return IPProtocol(rawValue: 41)
    case "gre": return IPProtocol(rawValue: 47)
    case "esp": return IPProtocol(rawValue: 50)
    case "ah": return IPProtocol(rawValue: 51)
    case "ospf": return IPProtocol(rawValue: 89)
    case "pim": return IPProtocol(rawValue: 103)
    case "vrrp": return IPProtocol(rawValue: 112)
    case "l2tp": return IPProtocol(rawValue: 115)
    case "udplite": return IPProtocol(rawValue: 136)
    default: return RuleNumber.unsigned(text, max: 255).map { IPProtocol(rawValue: UInt8($0)) }
    }
  }

  /// The words of an extension as text, up to the next match or target.
  func textOf(_ range: Range<Int>) -> String {
    words[range].map { $0.isQuoted ? RuleText.quoted($0.text, strict: true) : $0.text }.joined(separator: " ")
  }
}
