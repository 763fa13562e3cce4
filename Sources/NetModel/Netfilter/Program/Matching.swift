// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

extension TableWalk {
  /// Whether the packet meets one match.
  @inline(__always)
  mutating func matches<Choice: Chooser, Host: HostContext>(
    _ step: Instruction, rule: UInt32, _ program: Program, chooser: inout Choice, host: inout Host
  ) -> Bool {
    let negated = step.flags & 1 != 0
    let tuple = packet.tuple
    let plain: Bool
    switch step.operation {
    case .sourceHost: plain = tuple.source.rawValue == step.a
    case .destinationHost: plain = tuple.destination.rawValue == step.a
    case .sourcePrefix: plain = core.pointee.prefixes[step.a].contains(program.addresses[tuple.source])
    case .destinationPrefix: plain = core.pointee.prefixes[step.a].contains(program.addresses[tuple.destination])
    case .inInterface:
      plain = core.pointee.interfaces[step.a].matches(program.interfaces.packedName(packet.inInterface))
    case .outInterface:
      plain = core.pointee.interfaces[step.a].matches(program.interfaces.packedName(packet.outInterface))
    case .transport: plain = UInt16(tuple.protocol.rawValue) == step.short
    case .sourcePort: plain = tuple.sourcePort >= step.short && UInt32(tuple.sourcePort) <= step.a
    case .destinationPort: plain = tuple.destinationPort >= step.short && UInt32(tuple.destinationPort) <= step.a
    case .multiport: plain = multiport(step)
    case .sourceType: plain = step.short & host.addressType(tuple.source).rawValue != 0
    case .destinationType: plain = step.short & host.addressType(tuple.destination).rawValue != 0
    case .connectionState: plain = UInt16(packet.state.rawValue) & step.short != 0
    case .mark: plain = packet.mark & step.b == step.a
    case .connectionMark: plain = packet.connectionMark & step.b == step.a
    case .statisticRandom:
      plain = chooser.matches(step.a)
      let chance = Double(step.a) / 0x8000_0000
      probability *= plain ? chance : 1 - chance
    case .statisticNth:
      if let counted = host.nth(rule: rule, every: step.a, packet: step.b) {
        plain = counted
      } else {
        plain = chooser.pick(step.a, key: UInt64(rule)) == 0
        probability *= plain ? 1 / Double(step.a) : 1 - 1 / Double(step.a)
      }
    case .recent: return recent(step, host: &host)
    case .set, .limit, .tcpFlags, .icmpType: plain = rarer(step, rule: rule, program, host: &host)
    default: plain = false
    }
    return plain != negated
  }

  @inline(never)
  private func multiport(_ step: Instruction) -> Bool {
    for row in step.a..<step.a &+ UInt32(step.short) {
      let range = core.pointee.portRanges[row]
      let low = UInt16(truncatingIfNeeded: range >> 16)
      let high = UInt16(truncatingIfNeeded: range)
      let tuple = packet.tuple
      if step.b & 1 != 0, tuple.sourcePort >= low, tuple.sourcePort <= high { return true }
      if step.b & 2 != 0, tuple.destinationPort >= low, tuple.destinationPort <= high { return true }
    }
    return false
  }

  @inline(never)
  private mutating func recent<Host: HostContext>(_ step: Instruction, host: inout Host) -> Bool {
    let operation: IPTablesMatch.Recent.Operation =
      switch step.short & 3 {
      case 0: .set
      case 1: .check
      case 2: .update
      default: .remove
      }
    return host.recent(
      RecentQuery(
        list: RecentListID(rawValue: step.a),
        address: step.short & 8 != 0 ? packet.tuple.destination : packet.tuple.source, operation: operation,
        seconds: step.b, hitCount: step.c, reap: step.short & 4 != 0, negated: step.flags & 1 != 0))
  }

  @inline(never)
  private mutating func rarer<Host: HostContext>(
    _ step: Instruction, rule: UInt32, _ program: Program, host: inout Host
  ) -> Bool {
    switch step.operation {
    case .limit: return host.limit(rule: rule, period: step.a, burst: step.b)
    case .tcpFlags:
      return UInt16(packet.tcpFlags.rawValue) & step.short >> 8 == step.short & 0xff
    case .icmpType:
      // 256 stands for any, even where the code is odd (net/ipv4/netfilter/ip_tables.c, icmp_type_code_match).
      return step.short == 256
        || UInt16(packet.icmpType) == step.short && UInt32(packet.icmpCode) >= step.a
          && UInt32(packet.icmpCode) <= step.b
    case .set: return program.sets[Int(step.a)].contains(packet.tuple, sides: step.short, program.addresses)
    default: return false
    }
  }
}
