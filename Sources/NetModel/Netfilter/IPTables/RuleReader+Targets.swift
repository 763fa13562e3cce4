// SPDX-License-Identifier: GPL-3.0-or-later

extension RuleReader {
  /// Targets of iptables that are not modelled: not to be taken for chains.
  ///
  /// Source: iptables-extensions(8), TARGET EXTENSIONS.
  private static let otherTargets: Set<String> = [
    "AUDIT", "CHECKSUM", "CLASSIFY", "CLUSTERIP", "CONNSECMARK", "DNPT", "DSCP", "ECN", "HL", "HMARK", "IDLETIMER",
    "LED", "NETMAP", "NFQUEUE", "QUEUE", "RATEEST", "SECMARK", "SET", "SNPT", "SYNPROXY", "TCPMSS", "TCPOPTSTRIP",
    "TEE", "TOS", "TPROXY", "TRACE", "TTL", "ULOG",
  ]

  /// `-j NAME` and its options, which go to the end of the line or the next option that is no target's.
  mutating func readTarget(_ name: RuleWord, _ start: Int) {
    let first = next
    switch name.text {
    case "ACCEPT": rule.target = .accept
    case "DROP": rule.target = .drop
    case "RETURN": rule.target = .return
    case "REJECT": readReject()
    case "DNAT": readNAT(name, "--to-destination")
    case "SNAT": readNAT(name, "--to-source")
    case "MASQUERADE": readPorts { .masquerade(toPorts: $0, flags: $1) }
    case "REDIRECT": readPorts { .redirect(toPorts: $0, flags: $1) }
    case "MARK": readMark(name)
    case "CONNMARK": readConnectionMark(name)
    case "NOTRACK": rule.target = .notrack
    case "CT": rule.target = .conntrack(takeRest())
    case "LOG": rule.target = .log(takeRest())
    case "NFLOG": rule.target = .nflog(takeRest())
    default:
      if RuleReader.otherTargets.contains(name.text) {
        let rest = takeRest()
        rule.target = .unmodelled("-j " + name.text + (rest.isEmpty ? "" : " " + rest))
      } else {
        rule.target = .jump(name.text)
      }
    }
    // Something of a modelled target that is not: keep all of it as text.
    if next == first, rule.target == nil { rule.target = .unmodelled(textOf(start..<first)) }
  }

  /// Everything up to the next `-m` or other general option.
  private mutating func takeRest() -> String {
    let first = next
    while next < words.count,
      !(words[next].isOption && ["-m", "--match", "-s", "-d", "-i", "-o", "-p", "-c"].contains(words[next].text))
    {
      next += 1
    }
    return textOf(first..<next)
  }

  /// The next word if it is this option.
  private mutating func take(_ names: String...) -> RuleWord? {
    guard next < words.count, words[next].isOption, names.contains(words[next].text) else { return nil }
    next += 1
    return words[next - 1]
  }

  private mutating func readReject() {
    rule.target = .reject(with: nil)
    guard let option = take("--reject-with"), let kind = value(option) else { return }
    guard Rejection(kind.text, family: family) != nil else {
      let known = Rejection.names(family).map(\.0).filter { $0.hasPrefix("icmp") || $0 == "tcp-reset" }
      note(
        kind, .badValue(option: option.text, value: kind.text, expected: "one of " + known.joined(separator: ", ")))
      return
    }
    rule.target = .reject(with: kind.text)
  }

  private mutating func readFlags() -> IPTablesTarget.NATFlags {
    var flags: IPTablesTarget.NATFlags = []
    while let option = take("--random", "--random-fully", "--persistent") {
      switch option.text {
      case "--random": flags.insert(.random)
      case "--random-fully": flags.insert(.randomFully)
      default: flags.insert(.persistent)
      }
    }
    return flags
  }

  private mutating func readNAT(_ name: RuleWord, _ option: String) {
    var flags = readFlags()
    guard let word = take(option) else {
      note(name, .incompleteMatch(name.text))
      rule.target = .unmodelled("-j " + name.text)
      return
    }
    guard let text = value(word) else { return }
    flags.formUnion(readFlags())
    if text.text.contains("/"), let plain = text.text.split(separator: "/").first,
      RuleReader.natRange(String(plain)) != nil
    {
      // A shifted range, `:80-90/8080` (revision 2 of DNAT): not modelled.
      rule.target = .unmodelled("-j " + name.text + " " + option + " " + text.text)
      return
    }
    guard var range = RuleReader.natRange(text.text) else {
      note(text, .badValue(option: option, value: text.text, expected: "address[-address][:port[-port]]"))
      return
    }
    if let addresses = range.addresses, addresses.lowerBound.family != family {
      note(text, .wrongFamily(text.text))
      return
    }
    range.flags = flags
    rule.target = name.text == "DNAT" ? .dnat(range) : .snat(range)
  }

  /// `a`, `a-b`, `a:80`, `a-b:80-90`, `:80`; IPv6 in brackets where a port follows.
  static func natRange(_ text: String) -> IPTablesTarget.NATRange? {
    var addressText = text[...]
    var portText: Substring?
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else { return nil }
      addressText = text[text.index(after: text.startIndex)..<close]
      let rest = text[text.index(after: close)...]
      if rest.hasPrefix(":") { portText = rest.dropFirst() } else if !rest.isEmpty { return nil }
    } else if text.hasPrefix(":") && !text.dropFirst().contains(":") {
      addressText = ""
      portText = text.dropFirst()
    } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
      addressText = text[..<colon]
      portText = text[text.index(after: colon)...]
    }
    var ports: ClosedRange<UInt16>?
    if let portText {
      guard !portText.hasPrefix("-"), !portText.hasSuffix("-"), let read = dashedPorts(portText) else { return nil }
      ports = read
    }
    guard !addressText.isEmpty else {
      return ports == nil ? nil : IPTablesTarget.NATRange(addresses: nil, ports: ports)
    }
    let ends = addressText.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count <= 2, let first = Address(String(ends[0])), let last = Address(String(ends[ends.count - 1])),
      first.family == last.family, first <= last
    else { return nil }
    return IPTablesTarget.NATRange(addresses: first...last, ports: ports)
  }

  private static func dashedPorts(_ text: Substring) -> ClosedRange<UInt16>? { RuleReader.ports(text, separator: "-") }

  private mutating func readPorts(
    _ make: (ClosedRange<UInt16>?, IPTablesTarget.NATFlags) -> IPTablesTarget
  ) {
    var flags = readFlags()
    var ports: ClosedRange<UInt16>?
    if let option = take("--to-ports"), let text = value(option) {
      ports = RuleReader.ports(text.text, separator: "-")
      if ports == nil {
        note(text, .badValue(option: option.text, value: text.text, expected: "a port or first-last"))
      }
    }
    flags.formUnion(readFlags())
    rule.target = make(ports, flags)
  }

  private mutating func readMark(_ name: RuleWord) {
    guard let option = take("--set-mark", "--set-xmark", "--and-mark", "--or-mark", "--xor-mark"),
      let spelling = IPTablesTarget.MarkOperation.Spelling(rawValue: option.text)
    else {
      note(name, .incompleteMatch("MARK"))
      rule.target = .unmodelled("-j MARK")
      return
    }
    guard let text = value(option) else { return }
    guard let (operand, mask) = RuleReader.masked(text.text),
      mask == nil || spelling == .setMark || spelling == .setXMark
    else {
      note(text, .badValue(option: option.text, value: text.text, expected: "a value, or value/mask when setting"))
      return
    }
    rule.target = .mark(IPTablesTarget.MarkOperation(spelling, operand, mask: mask))
  }

  private mutating func readConnectionMark(_ name: RuleWord) {
    if let option = take("--set-mark", "--set-xmark", "--and-mark", "--or-mark", "--xor-mark") {
      guard let text = value(option) else { return }
      guard let (operand, mask) = RuleReader.masked(text.text),
        let spelling = IPTablesTarget.MarkOperation.Spelling(rawValue: option.text)
      else {
        note(text, .badValue(option: option.text, value: text.text, expected: "a value or value/mask"))
        return
      }
      let kernel = IPTablesTarget.MarkOperation(spelling, operand, mask: mask).kernel
      rule.target = .connectionMark(.set(value: kernel.value, mask: kernel.mask))
      return
    }
    guard let option = take("--save-mark", "--restore-mark") else {
      note(name, .incompleteMatch("CONNMARK"))
      rule.target = .unmodelled("-j CONNMARK")
      return
    }
    var nfmask: UInt32 = .max
    var ctmask: UInt32 = .max
    while let mask = take("--nfmask", "--ctmask", "--mask") {
      guard let text = value(mask) else { return }
      guard let number = RuleNumber.unsigned(text.text, max: 0xffff_ffff) else {
        note(text, .badValue(option: mask.text, value: text.text, expected: "a mask"))
        return
      }
      if mask.text != "--ctmask" { nfmask = UInt32(number) }
      if mask.text != "--nfmask" { ctmask = UInt32(number) }
    }
    rule.target = .connectionMark(
      option.text == "--save-mark" ? .save(nfmask: nfmask, ctmask: ctmask) : .restore(nfmask: nfmask, ctmask: ctmask))
  }
}
