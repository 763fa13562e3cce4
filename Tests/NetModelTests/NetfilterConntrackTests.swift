// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import TestSupport
import Testing

@testable import NetModel

@Suite("Conntrack") struct NetfilterConntrackTests {
  let node = NodeID(rawValue: 7)
  let world = SmallWorld()
  let table = ConntrackTable()

  static func at(_ seconds: Double) -> SimTime { SimTime(nanoseconds: UInt64(seconds * 1e9)) }

  func draws(_ entity: UInt64 = 0) -> KeyedDraw {
    KeyedDraw(seed: 1, purpose: DrawPurpose(rawValue: 5), entity: entity)
  }

  /// Enters a connection without translation.
  func open(_ tuple: FlowTuple, _ flags: TCPFlags, at time: SimTime) throws -> ConntrackRow {
    let entry = try #require(table.begin(tuple, node, flags: flags, now: time))
    guard case .made(let row, _) = table.confirm(entry, now: time) else { throw RulesetProblems(problems: []) }
    return row
  }

  @Test("rows are one cache line") func size() { #expect(MemoryLayout<ConntrackEntry>.stride == 64) }

  struct Step: Sendable {
    let direction: FlowDirection
    let flags: TCPFlags
    let state: TCPTracking
    let timeout: Double
    init(_ direction: FlowDirection, _ flags: TCPFlags, _ state: TCPTracking, _ timeout: Double) {
      self.direction = direction
      self.flags = flags
      self.state = state
      self.timeout = timeout
    }
  }

  @Test("a TCP connection from SYN to TIME_WAIT, with the kernel's time-outs")
  func life() throws {
    let tuple = world.tuple(1, 1000, 2, 80)
    let row = try open(tuple, .syn, at: Self.at(1))
    #expect(table[row].tcp == .synSent && table[row].deadline == Self.at(121))
    #expect(table[row].states(.original) == .new)
    let steps: [SourceRow<Step>] = [
      SourceRow(Step(.original, .syn, .synSent, 120)),
      SourceRow(Step(.reply, [.syn, .ack], .synReceived, 60)),
      SourceRow(Step(.original, .ack, .established, 432_000)),
      SourceRow(Step(.reply, [.ack, .psh], .established, 432_000)),
      SourceRow(Step(.original, [.fin, .ack], .finWait, 120)),
      SourceRow(Step(.reply, .ack, .closeWait, 60)),
      SourceRow(Step(.reply, [.fin, .ack], .lastAck, 30)),
      SourceRow(Step(.original, .ack, .timeWait, 120)),
    ]
    var now = 1.0
    for step in steps {
      // A SYN sent again does not renew the time.
      let isRepeat = step.value.flags == .syn
      if !isRepeat { now += 1 }
      let answer = table.update(row, step.value.direction, flags: step.value.flags, now: Self.at(now))
      #expect(answer.outcome == .tracked, sourceLocation: step.at)
      #expect(table[row].tcp == step.value.state, sourceLocation: step.at)
      #expect(table[row].deadline == Self.at(now + step.value.timeout), sourceLocation: step.at)
    }
    #expect(table[row].status.contains(.assured) && table[row].states(.original) == .established)
    #expect(table.update(row, .original, flags: .syn, now: Self.at(20)).outcome == .reopened)
    #expect(!table.isLive(row) && table.count == 0)
  }

  @Test(
    "the first packet of a connection",
    arguments: [
      SourceRow((TCPFlags.syn, TCPTracking?.some(.synSent))), SourceRow((.ack, .established)),
      SourceRow(([.syn, .ack], nil)), SourceRow(([.fin, .ack], nil)), SourceRow((.rst, nil)), SourceRow(([], nil)),
    ] as [SourceRow<(TCPFlags, TCPTracking?)>])
  func first(_ row: SourceRow<(TCPFlags, TCPTracking?)>) {
    let entry = table.begin(world.tuple(1, 2, 3, 4), node, flags: row.value.0, now: Self.at(0))
    #expect(entry?.tcp == row.value.1, sourceLocation: row.at)
    if row.value.0 == .ack { #expect(entry?.deadline == Self.at(300), sourceLocation: row.at) }
    table.timeouts.tcpLoose = false
    let strict = table.begin(world.tuple(1, 2, 3, 4), node, flags: row.value.0, now: Self.at(0))
    #expect((strict != nil) == (row.value.0 == .syn), sourceLocation: row.at)
  }

  @Test("RST: an unanswered connection goes at once, another closes in 10 s")
  func reset() throws {
    let one = try open(world.tuple(1, 2, 3, 80), .syn, at: Self.at(0))
    #expect(table.update(one, .reply, flags: [.rst, .ack], now: Self.at(1)).outcome == .closed)
    #expect(!table.isLive(one))
    let two = try open(world.tuple(1, 3, 3, 80), .syn, at: Self.at(0))
    _ = table.update(two, .reply, flags: [.syn, .ack], now: Self.at(1))
    _ = table.update(two, .original, flags: .ack, now: Self.at(2))
    // The armed event lies at 120 s; the new deadline is more than a minute nearer, so another is asked for.
    let answer = table.update(two, .reply, flags: .rst, now: Self.at(3))
    #expect(answer.outcome == .tracked && answer.rearm == Self.at(13))
    #expect(table[two].tcp == .close)
    #expect(table.expire(two, now: Self.at(13)) == .gone)
    #expect(table.expire(two, now: Self.at(120)) == .superseded)
  }

  @Test("packets that the table refuses or passes over")
  func odd() throws {
    let row = try open(world.tuple(1, 2, 3, 80), .syn, at: Self.at(0))
    #expect(table.update(row, .original, flags: [.syn, .ack], now: Self.at(1)).outcome == .invalid)
    #expect(table.update(row, .original, flags: [.fin, .ack], now: Self.at(1)).states == .invalid)
    _ = table.update(row, .reply, flags: [.syn, .ack], now: Self.at(1))
    _ = table.update(row, .original, flags: .ack, now: Self.at(1))
    let deadline = table[row].deadline
    #expect(table.update(row, .original, flags: .syn, now: Self.at(9)).outcome == .tracked)
    #expect(table[row].deadline == deadline && table[row].tcp == .established)
  }

  @Test("UDP: 30 s, 120 s once answered and older than 2 s")
  func udp() throws {
    let row = try open(world.tuple(1, 2, 3, 53, .udp), [], at: Self.at(0))
    #expect(table[row].deadline == Self.at(30))
    _ = table.update(row, .reply, flags: [], now: Self.at(1))
    #expect(table[row].deadline == Self.at(31))
    _ = table.update(row, .original, flags: [], now: Self.at(1.5))
    #expect(table[row].deadline == Self.at(31.5) && !table[row].status.contains(.assured))
    _ = table.update(row, .original, flags: [], now: Self.at(3))
    #expect(table[row].deadline == Self.at(123) && table[row].status.contains(.assured))
    #expect(table.lookup(world.tuple(3, 53, 1, 2, .udp), node, now: Self.at(122))?.direction == .reply)
    #expect(table.lookup(world.tuple(3, 53, 1, 2, .udp), node, now: Self.at(123)) == nil)
    #expect(table.count == 0)
  }

  @Test("one event a row follows the deadline")
  func expiry() throws {
    let row = try open(world.tuple(1, 2, 3, 53, .udp), [], at: Self.at(0))
    _ = table.update(row, .original, flags: [], now: Self.at(20))
    #expect(table.expire(row, now: Self.at(30)) == .again(at: Self.at(50)))
    #expect(table.expire(row, now: Self.at(50)) == .gone)
  }

  @Test("translation both ways, and the answers without a rule")
  func translation() throws {
    var entry = try #require(table.begin(world.tuple(10, 5000, 99, 80), node, flags: .syn, now: Self.at(0)))
    var random = draws()
    var request = NATRequest()
    request.kind = .destination
    request.address = world.addresses.intern(Address(ipv4: 20))
    request.hasPorts = true
    request.minPort = 8080
    request.maxPort = 8080
    table.bindDestination(&entry, request, draws: &random, now: Self.at(0))
    #expect(entry.translated(.original) == world.tuple(10, 5000, 20, 8080))
    var masquerade = NATRequest()
    masquerade.kind = .masquerade
    masquerade.flags = .randomFully
    masquerade.address = world.addresses.intern(Address(ipv4: 7))
    table.bindSource(&entry, masquerade, draws: &random, now: Self.at(0))
    let out = entry.translated(.original)
    #expect(out.source == masquerade.address && out.destinationPort == 8080 && out.sourcePort >= 1024)
    guard case .made(let row, _) = table.confirm(entry, now: Self.at(0)) else {
      Issue.record("not made")
      return
    }
    let back = try #require(table.lookup(out.reversed, node, now: Self.at(1)))
    #expect(back.row == row && back.direction == .reply)
    #expect(table[row].translated(.reply) == world.tuple(99, 80, 10, 5000))
    #expect(table[row].states(.reply) == [.established, .snat, .dnat])
    // Another node knows nothing of it.
    #expect(table.lookup(out.reversed, NodeID(rawValue: 8), now: Self.at(1)) == nil)
    #expect(table.holdsInvariants())
  }

  @Test("a source port is kept while its answers are free, else it moves within its class")
  func portClasses() throws {
    for (port, range) in [(UInt16(80), UInt16(1)...511), (700, 600...1023), (40000, 1024...65535)] {
      // Two clients with one port behind one address.
      for client in 1...2 as ClosedRange<UInt32> {
        var entry = try #require(table.begin(world.tuple(client, port, 9, 443), node, flags: .syn, now: Self.at(0)))
        var random = draws(UInt64(client))
        var request = NATRequest()
        request.kind = .source
        request.address = world.addresses.intern(Address(ipv4: 77))
        table.bindSource(&entry, request, draws: &random, now: Self.at(0))
        let used = entry.translated(.original).sourcePort
        if client == 1 { #expect(used == port) } else { #expect(used != port && range.contains(used)) }
        _ = table.confirm(entry, now: Self.at(0))
      }
    }
    #expect(table.count == 6 && table.holdsInvariants())
  }

  @Test("ports run out: 128, 64, 32, 16 and 8 tries, then the clash is dropped")
  func exhaustion() throws {
    var random = draws()
    var tries = 0
    _ = SNATPorts.find(SNATPorts.Search(keeping: 2000, start: 5), &random) { _, _ in
      tries += 1
      return false
    }
    #expect(tries == 128 + 64 + 32 + 16 + 8)
    func connect(_ client: UInt32) throws -> Bool {
      var entry = try #require(table.begin(world.tuple(client, 1000, 9, 443), node, flags: .syn, now: Self.at(0)))
      var random = draws(UInt64(client))
      var request = NATRequest()
      request.kind = .source
      request.address = world.addresses.intern(Address(ipv4: 77))
      request.hasPorts = true
      request.minPort = 5000
      request.maxPort = 5009
      table.bindSource(&entry, request, draws: &random, now: Self.at(0))
      if case .made = table.confirm(entry, now: Self.at(0)) { return true }
      return false
    }
    let made = try (100..<115 as Range<UInt32>).map(connect)
    #expect(made.filter { $0 }.count == 10 && made.prefix(10).allSatisfy { $0 })
    #expect(table.droppedClash == 5 && table.holdsInvariants())
  }

  @Test("a connection that is over makes room for a later one when ports run out")
  func eviction() throws {
    // Ten ports and one client: whether the new sequence numbers are beyond the old ones is a matter of chance, so of
    // 2,000 connections some two find no port in ten tries.
    var made = 0
    for number in 0..<2000 as Range<UInt16> {
      let now = Self.at(Double(number) / 100)
      let tuple = world.tuple(100, 20000 + number, 9, 443)
      var entry = try #require(table.begin(tuple, node, flags: .syn, now: now))
      var random = draws(UInt64(number))
      var request = NATRequest()
      request.kind = .masquerade
      request.flags = .randomFully
      request.address = world.addresses.intern(Address(ipv4: 77))
      request.hasPorts = true
      request.minPort = 5000
      request.maxPort = 5009
      table.bindSource(&entry, request, draws: &random, now: now)
      guard case .made(let row, _) = table.confirm(entry, now: now) else { continue }
      made += 1
      // The handshake, and the client closes.
      let steps: [(FlowDirection, TCPFlags)] = [
        (.reply, [.syn, .ack]), (.original, .ack), (.original, [.fin, .ack]), (.reply, [.fin, .ack]), (.original, .ack),
      ]
      for (direction, flags) in steps { _ = table.update(row, direction, flags: flags, now: now) }
      #expect(table[row].tcp == .timeWait)
    }
    #expect(made >= 1985)
    #expect(table.count == 10 && table.holdsInvariants())
    // UDP has no such thing.
    var busy = 0
    for client in 0..<20 as Range<UInt32> {
      let tuple = world.tuple(client, 1000, 9, 53, .udp)
      var entry = try #require(table.begin(tuple, node, flags: [], now: Self.at(0)))
      var random = draws(UInt64(client))
      var request = NATRequest()
      request.kind = .source
      request.address = world.addresses.intern(Address(ipv4: 77))
      request.hasPorts = true
      request.minPort = 5000
      request.maxPort = 5009
      table.bindSource(&entry, request, draws: &random, now: Self.at(0))
      if case .clash = table.confirm(entry, now: Self.at(0)) { busy += 1 }
    }
    #expect(busy == 10)
  }

  @Test("a full table drops what is not assured, then the packet")
  func full() throws {
    table.setMaximum(node, 4)
    for port in 1...4 as ClosedRange<UInt16> {
      let tuple = world.tuple(1, port, 3, 80)
      #expect(table.admit(tuple, node, now: Self.at(0)))
      let row = try open(tuple, .syn, at: Self.at(0))
      if port < 4 {
        _ = table.update(row, .reply, flags: [.syn, .ack], now: Self.at(1))
        _ = table.update(row, .original, flags: .ack, now: Self.at(1))
      }
    }
    let next = world.tuple(1, 9, 3, 80)
    #expect(table.admit(next, node, now: Self.at(2)) && table.droppedEarly == 1)
    let row = try open(next, .syn, at: Self.at(2))
    _ = table.update(row, .reply, flags: [.syn, .ack], now: Self.at(2))
    _ = table.update(row, .original, flags: .ack, now: Self.at(2))
    #expect(!table.admit(world.tuple(1, 10, 3, 80), node, now: Self.at(3)) && table.droppedFull == 1)
    #expect(table.admit(world.tuple(1, 10, 3, 80), NodeID(rawValue: 8), now: Self.at(3)))
  }

  @Test("the table agrees with a dictionary over random work", arguments: 1...5 as ClosedRange<UInt64>)
  func property(seed: UInt64) throws {
    var random = draws(seed)
    var model: [FlowTuple: ConntrackRow] = [:]
    for _ in 0..<6000 {
      let tuple = world.tuple(UInt32(random.below(20)), UInt16(random.below(30)), 100, 80)
      switch random.below(3) {
      case 0:
        if model[tuple] == nil { model[tuple] = try open(tuple, .syn, at: Self.at(0)) }
      case 1:
        if let row = model.removeValue(forKey: tuple) { table.remove(row) }
      default:
        #expect(table.lookup(tuple, node, now: Self.at(1))?.row == model[tuple])
        #expect(table.lookup(tuple.reversed, node, now: Self.at(1))?.row == model[tuple])
      }
    }
    #expect(table.count == model.count && table.count(node) == model.count && table.holdsInvariants())
    let removed = table.flush { $0.original.sourcePort < 15 }
    #expect(removed == model.keys.filter { $0.sourcePort < 15 }.count && table.holdsInvariants())
  }
}

@Suite("Affinity lists") struct NetfilterAffinityTests {
  let list = RecentListID(rawValue: 0)
  let node = NodeID(rawValue: 1)
  let affinity = AffinityList()

  func ask(
    _ address: UInt32, _ operation: IPTablesMatch.Recent.Operation, at seconds: UInt64, within: UInt32 = 0,
    hits: UInt32 = 0, reap: Bool = false, negated: Bool = false
  ) -> Bool {
    affinity.answer(
      RecentQuery(
        list: list, address: AddressID(rawValue: address), operation: operation, seconds: within, hitCount: hits,
        reap: reap, negated: negated), node, now: SimTime(nanoseconds: seconds * 1_000_000_000))
  }

  @Test("101 clients: the one seen longest ago is forgotten")
  func capacity() {
    for client in 0..<100 as Range<UInt32> { #expect(ask(client, .set, at: UInt64(client))) }
    #expect(ask(0, .set, at: 100))
    #expect(ask(100, .set, at: 101))
    #expect(affinity.count(node, list) == 100)
    #expect(!ask(1, .check, at: 102))
    for client in [0, 2, 99, 100] as [UInt32] { #expect(ask(client, .check, at: 102)) }
    #expect(affinity.addresses(node, list).first == AddressID(rawValue: 2))
    #expect(affinity.count(NodeID(rawValue: 2), list) == 0)
  }

  @Test("seconds, reap, update, remove and negation as xt_recent has them")
  func semantics() {
    _ = ask(1, .set, at: 0)
    #expect(ask(1, .check, at: 10800, within: 10800))
    #expect(!ask(1, .check, at: 10801, within: 10800))
    #expect(affinity.count(node, list) == 1)
    #expect(!ask(1, .check, at: 10801, within: 10800, reap: true))
    #expect(affinity.count(node, list) == 0)
    _ = ask(1, .set, at: 20_000)
    _ = ask(2, .set, at: 20_000)
    #expect(ask(1, .update, at: 20_005, within: 10))
    #expect(ask(1, .check, at: 20_014, within: 10) && !ask(2, .check, at: 20_014, within: 10))
    #expect(!ask(1, .check, at: 20_014, negated: true) && ask(3, .check, at: 20_014, negated: true))
    #expect(ask(1, .remove, at: 20_015) && !ask(1, .remove, at: 20_015))
    // The one reaped is the list's oldest, whoever asks.
    _ = ask(4, .set, at: 20_016)
    _ = ask(4, .check, at: 30_000, within: 10, reap: true)
    #expect(affinity.addresses(node, list) == [AddressID(rawValue: 4)])
  }

  @Test("hit counts")
  func hits() {
    #expect(!ask(1, .update, at: 0, hits: 3))
    _ = ask(1, .set, at: 0)
    _ = ask(1, .set, at: 1)
    #expect(!ask(1, .check, at: 2, within: 10, hits: 3))
    _ = ask(1, .set, at: 2)
    #expect(ask(1, .check, at: 2, within: 10, hits: 3))
    #expect(!ask(1, .check, at: 11, within: 10, hits: 3))
  }
}
