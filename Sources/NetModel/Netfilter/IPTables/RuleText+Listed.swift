// SPDX-License-Identifier: GPL-3.0-or-later

extension RuleText {
  /// `-s`, `-d`, `-i`, `-o` or `-p` as listed; what says nothing is left out.
  static func listedHead(_ match: IPTablesMatch) -> [String] {
    switch match {
    case .source(let prefix, let negated):
      prefix.length == 0 && !negated ? [] : not(negated) + ["-s", "\(prefix)"]
    case .destination(let prefix, let negated):
      prefix.length == 0 && !negated ? [] : not(negated) + ["-d", "\(prefix)"]
    case .inInterface(let name, let negated): name == "+" && !negated ? [] : not(negated) + ["-i", quoted(name)]
    case .outInterface(let name, let negated): name == "+" && !negated ? [] : not(negated) + ["-o", quoted(name)]
    case .protocol(let named, let negated):
      named == nil && !negated ? [] : not(negated) + ["-p", protocolName(named)]
    default: []
    }
  }

  /// A match's options as the kernel lists them, after their `-m`.
  static func listed(_ match: IPTablesMatch, family: IPFamily) -> [String] {
    switch match {
    case .source, .destination, .inInterface, .outInterface, .protocol: return listedHead(match)
    case .module: return []
    case .sourcePort(let ports, let negated): return listedPorts("--sport", ports, negated)
    case .destinationPort(let ports, let negated): return listedPorts("--dport", ports, negated)
    case .multiport(let side, let ranges, let negated):
      return not(negated) + [side.rawValue, ranges.map { range($0, ":") }.joined(separator: ",")]
    case .comment(let text): return ["--comment", quoted(text, strict: true)]
    case .addressType(let side, let types, let negated):
      let names = addressTypeNames.filter { types.contains($0.0) }.map(\.1)
      return not(negated) + [side.rawValue, names.joined(separator: ",")]
    case .connectionState(let set, let negated, let legacy):
      return not(negated) + [legacy ? "--state" : "--ctstate", states(set)]
    case .mark(let value, let mask, let negated), .connectionMark(let value, let mask, let negated):
      return not(negated) + ["--mark", masked(value, mask)]
    case .statisticRandom(let p, let negated):
      return ["--mode", "random"] + not(negated) + ["--probability", probability(p.threshold)]
    case .statisticNth(let every, let packet, let negated):
      return ["--mode", "nth"] + not(negated) + ["--every", "\(every)", "--packet", "\(packet)"]
    case .recent(let recent):
      // libxt_recent.c, recent_save.
      var words = not(recent.negated) + [recent.operation.rawValue]
      if let seconds = recent.seconds { words += ["--seconds", "\(seconds)"] }
      if recent.reap { words.append("--reap") }
      if let hits = recent.hitcount { words += ["--hitcount", "\(hits)"] }
      let mask = family == .ipv4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
      return words + [
        "--name", quoted(recent.name), "--mask", mask, recent.usesDestination ? "--rdest" : "--rsource",
      ]
    case .set(let name, let flags, let negated):
      return not(negated) + ["--match-set", quoted(name), flags.map(\.rawValue).joined(separator: ",")]
    case .physdev(let words): return words.map { quoted($0) }
    case .limit(_, let text, let burst):
      return ["--limit", LimitRate(text)?.saveText ?? text] + (burst == 5 ? [] : ["--limit-burst", "\(burst)"])
    case .tcpFlags(let mask, let compare, let negated):
      if mask.isEmpty, compare.isEmpty, !negated { return [] }
      return not(negated) + ["--tcp-flags", flags(mask), flags(compare)]
    case .icmpType(let text, let negated):
      let name = family == .ipv4 ? "--icmp-type" : "--icmpv6-type"
      return not(negated) + [name, ICMPTypeName(text, family: family)?.saveText(family: family) ?? quoted(text)]
    case .nfacct(let name): return ["--nfacct-name", quoted(name, strict: true)]
    case .unmodelled(let text): return [text]
    }
  }

  /// Ports; the kernel does not tell all of them from none given (libxt_tcp.c, `print_port`).
  private static func listedPorts(_ option: String, _ ports: ClosedRange<UInt16>, _ negated: Bool) -> [String] {
    ports == 0...UInt16.max && !negated ? [] : not(negated) + [option, range(ports, ":")]
  }

  /// A target as the kernel lists it.
  static func listed(_ target: IPTablesTarget?, family: IPFamily) -> [String] {
    switch target {
    case .reject(let with):
      let kind = with.flatMap { Rejection($0, family: family) } ?? .portUnreachable
      return ["-j", "REJECT", "--reject-with", kind.name(family)]
    case .mark(let operation):
      let (value, mask) = operation.kernel
      return ["-j", "MARK", "--set-xmark", "\(RuleNumber.hex(value))/\(RuleNumber.hex(mask))"]
    case .log(let text): return ["-j", "LOG"] + LogOptions.log.listed(text)
    case .nflog(let text): return ["-j", "NFLOG"] + LogOptions.nflog.listed(text)
    default: return written(target, family: family)
    }
  }
}
