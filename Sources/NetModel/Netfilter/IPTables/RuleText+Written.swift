// SPDX-License-Identifier: GPL-3.0-or-later

extension RuleText {
  /// An address as kube-proxy writes it: bare when it is one host's.
  static func block(_ prefix: Prefix) -> String { prefix.isHost ? "\(prefix.address)" : "\(prefix)" }

  /// A match in the words of kube-proxy, with its `-m`.
  static func written(
    _ match: IPTablesMatch, after last: IPTablesMatch?, transport: String, family: IPFamily
  ) -> [String] {
    switch match {
    case .source(let prefix, let negated): return not(negated) + ["-s", block(prefix)]
    case .destination(let prefix, let negated): return not(negated) + ["-d", block(prefix)]
    case .inInterface(let name, let negated): return not(negated) + ["-i", quoted(name)]
    case .outInterface(let name, let negated): return not(negated) + ["-o", quoted(name)]
    case .protocol(let named, let negated): return not(negated) + ["-p", protocolName(named)]
    case .module(let name):
      // `addrtype` on its own only keeps two matches of it apart.
      return name == "addrtype" ? [] : ["-m", name]
    case .sourcePort(let ports, let negated): return not(negated) + ["--sport", range(ports, ":")]
    case .destinationPort(let ports, let negated): return not(negated) + ["--dport", range(ports, ":")]
    case .tcpFlags(let mask, let compare, let negated):
      return not(negated) + ["--tcp-flags", flags(mask), flags(compare)]
    case .icmpType(let text, let negated):
      return not(negated) + [family == .ipv4 ? "--icmp-type" : "--icmpv6-type", quoted(text)]
    case .addressType:
      if case .addressType? = last { return listed(match, family: family) }
      return ["-m", "addrtype"] + listed(match, family: family)
    case .statisticRandom(let p, let negated):
      return ["-m", "statistic", "--mode", "random"] + not(negated) + ["--probability", p.text]
    case .recent(let recent):
      var words = ["-m", "recent", "--name", quoted(recent.name)] + not(recent.negated) + [recent.operation.rawValue]
      if let seconds = recent.seconds { words += ["--seconds", "\(seconds)"] }
      if let hits = recent.hitcount { words += ["--hitcount", "\(hits)"] }
      if recent.reap { words.append("--reap") }
      if recent.usesDestination { words.append("--rdest") }
      return words
    case .limit(_, let text, let burst):
      return ["-m", "limit", "--limit", text] + (burst == 5 ? [] : ["--limit-burst", "\(burst)"])
    case .comment(let text): return ["-m", "comment", "--comment", quoted(text)]
    case .nfacct(let name): return ["-m", "nfacct", "--nfacct-name", quoted(name)]
    case .multiport, .connectionState, .mark, .connectionMark, .statisticNth, .set, .physdev:
      return ["-m", CanonicalOrder.module(of: match)] + listed(match, family: family)
    case .unmodelled(let text): return [text]
    }
  }

  /// A target in the words of kube-proxy.
  static func written(_ target: IPTablesTarget?, family: IPFamily) -> [String] {
    switch target {
    case nil: return []
    case .jump(let name): return ["-j", quoted(name)]
    case .goto(let name): return ["-g", quoted(name)]
    case .return: return ["-j", "RETURN"]
    case .accept: return ["-j", "ACCEPT"]
    case .drop: return ["-j", "DROP"]
    case .reject(let with): return ["-j", "REJECT"] + (with.map { ["--reject-with", quoted($0)] } ?? [])
    case .dnat(let range): return ["-j", "DNAT", "--to-destination", natRange(range)] + natFlags(range.flags)
    case .snat(let range): return ["-j", "SNAT", "--to-source", natRange(range)] + natFlags(range.flags)
    case .masquerade(let ports, let flags):
      return ["-j", "MASQUERADE"] + (ports.map { ["--to-ports", range($0, "-")] } ?? []) + natFlags(flags)
    case .redirect(let ports, let flags):
      return ["-j", "REDIRECT"] + (ports.map { ["--to-ports", range($0, "-")] } ?? []) + natFlags(flags)
    case .mark(let operation):
      let operand = RuleNumber.hex(operation.operand)
      let mask = operation.operandMask.map { "/" + RuleNumber.hex($0) } ?? ""
      return ["-j", "MARK", operation.spelling.rawValue, operand + mask]
    case .connectionMark(.set(let value, let mask)):
      return ["-j", "CONNMARK", "--set-xmark", "\(RuleNumber.hex(value))/\(RuleNumber.hex(mask))"]
    case .connectionMark(.save(let nfmask, let ctmask)):
      return [
        "-j", "CONNMARK", "--save-mark", "--nfmask", RuleNumber.hex(nfmask), "--ctmask", RuleNumber.hex(ctmask),
      ]
    case .connectionMark(.restore(let nfmask, let ctmask)):
      return [
        "-j", "CONNMARK", "--restore-mark", "--nfmask", RuleNumber.hex(nfmask), "--ctmask", RuleNumber.hex(ctmask),
      ]
    case .notrack: return ["-j", "NOTRACK"]
    case .conntrack(let text): return ["-j", "CT"] + (text.isEmpty ? [] : [text])
    case .log(let text): return ["-j", "LOG"] + (text.isEmpty ? [] : [text])
    case .nflog(let text): return ["-j", "NFLOG"] + (text.isEmpty ? [] : [text])
    case .unmodelled(let text): return [text]
    }
  }

  static func natFlags(_ flags: IPTablesTarget.NATFlags) -> [String] {
    var words: [String] = []
    if flags.contains(.random) { words.append("--random") }
    if flags.contains(.randomFully) { words.append("--random-fully") }
    if flags.contains(.persistent) { words.append("--persistent") }
    return words
  }

  static func natRange(_ value: IPTablesTarget.NATRange) -> String {
    var text = ""
    if let addresses = value.addresses {
      let bracketed = addresses.lowerBound.family == .ipv6 && value.ports != nil
      text += bracketed ? "[" : ""
      text += "\(addresses.lowerBound)"
      if addresses.lowerBound != addresses.upperBound { text += "-\(addresses.upperBound)" }
      text += bracketed ? "]" : ""
    }
    if let ports = value.ports { text += ":" + range(ports, "-") }
    return text
  }
}
