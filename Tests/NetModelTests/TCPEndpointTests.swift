// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore
import Testing

/// TCP's timing against Linux's tables (validation figures of section 6: ip-sysctl.rst, tcp_timer.c, RFC 6928).
@Suite struct TCPEndpointTests {
  /// Lets an end send into the void and notes when it sends what, until it gives up.
  private func lonely(_ end: TCPEndpoint, _ parameters: TCPParameters) -> (sent: [Double], gaveUp: Double) {
    var end = end
    var now = SimTime.zero
    var sent: [Double] = []
    for _ in 0..<200 {
      while end.nextSegment(now: now, parameters) != nil { sent.append(now.seconds) }
      guard end.deadline != .never else { return (sent, now.seconds) }
      now = end.deadline
      _ = end.timerFired(now: now, parameters)
    }
    return (sent, .infinity)
  }

  @Test func synsAreSentOnLinuxsSchedule() {
    let modern = lonely(.opening(TCPParameters()), TCPParameters())
    #expect(modern.sent == [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67])
    #expect(modern.gaveUp == 131)
    var older = TCPParameters()
    older.synLinearTimeouts = 0
    let classic = lonely(.opening(older), older)
    #expect(classic.sent == [0, 1, 3, 7, 15, 31, 63])
    #expect(classic.gaveUp == 127)
  }

  @Test func synAcksAreSentFiveTimesMore() {
    let result = lonely(.accepting(TCPParameters()), TCPParameters())
    #expect(result.sent == [0, 1, 3, 7, 15, 31])
    #expect(result.gaveUp == 63)
  }

  /// Two ends on a path of this delay, without bandwidth: when the receiver has everything, and what was sent.
  private func transfer(
    _ bytes: UInt64, oneWay: SimDuration = .milliseconds(50), losing lost: Set<Int> = [],
    _ parameters: TCPParameters = TCPParameters()
  ) -> (seconds: Double, segments: Int, received: UInt64) {
    var ends = [TCPEndpoint.opening(parameters), TCPEndpoint.accepting(parameters)]
    var wire: [(at: SimTime, to: Int, segment: TCPEndpoint.Segment)] = []
    var now = SimTime.zero
    var count = 0
    var dataSegments = 0
    var finished = 0.0
    var isServerAwake = false
    func pump(_ k: Int) {
      guard k == 0 || isServerAwake else { return }
      while let segment = ends[k].nextSegment(now: now, parameters) {
        if segment.payload > 0 { dataSegments += 1 }
        defer { count += 1 }
        if lost.contains(count) { continue }
        wire.append((now + oneWay, 1 - k, segment))
      }
    }
    pump(0)
    for _ in 0..<100_000 {
      let next = wire.indices.min { wire[$0].at < wire[$1].at }
      let timers = [ends[0].deadline, isServerAwake ? ends[1].deadline : .never]
      let soonest = min(timers[0], timers[1])
      if let next, wire[next].at <= soonest {
        let (at, to, segment) = wire.remove(at: next)
        now = at
        if to == 1, !isServerAwake {
          isServerAwake = true
          for done in stride(from: 0, to: bytes, by: 1 << 31) { ends[1].write(UInt32(min(bytes - done, 1 << 31))) }
        } else {
          _ = ends[to].receive(segment, now: now, parameters)
        }
        pump(to)
        if ends[0].received == bytes, finished == 0 { finished = now.seconds }
      } else if soonest != .never {
        now = soonest
        for k in 0...1 where timers[k] <= now {
          _ = ends[k].timerFired(now: now, parameters)
          pump(k)
        }
      } else {
        break
      }
    }
    return (finished, dataSegments, ends[0].received)
  }

  @Test(arguments: [(14480, 1), (14481, 2), (100 << 10, 4), (1 << 20, 7)] as [(UInt64, Int)])
  func bytesTakeAsManyRoundTripsAsSlowStartSays(_ bytes: UInt64, _ roundTrips: Int) {
    let result = transfer(bytes)
    // The server writes as the SYN comes in; data follows the handshake's ACK: a half round trip to the SYN, one for
    // the handshake, then the transfer's, the last of them one way.
    let expected = 0.1 + 0.1 * Double(roundTrips)
    #expect(abs(result.seconds - expected) < 0.06, "\(result.seconds) s for \(bytes) bytes")
    #expect(result.received == bytes)
    #expect(result.segments == (Int(bytes) + 1447) / 1448)
  }

  @Test func everyByteArrivesWhateverIsLost() {
    for seed in 1...40 as ClosedRange<UInt64> {
      var random = RandomStream(seed: seed, name: "loss")
      let lost = Set((0..<400).filter { _ in random.below(12) == 0 })
      let bytes = 1 + random.below(200_000)
      let result = transfer(bytes, losing: lost)
      #expect(result.received == bytes, "seed \(seed), \(bytes) bytes")
    }
  }

  @Test func aConnectionOutlives4GiB() {
    var parameters = TCPParameters()
    parameters.segmentBytes = 1 << 22
    let bytes: UInt64 = 9 << 30
    for lost in [[], Set(stride(from: 50, to: 6000, by: 97))] {
      let result = transfer(bytes, losing: lost, parameters)
      #expect(result.received == bytes, "losing \(lost.count)")
      #expect(result.seconds < 120, "losing \(lost.count)")
    }
  }

  @Test func aLostSegmentAmongManyIsRepairedWithoutATimeout() {
    // Segment 5 of the first flight: three duplicate acknowledgements bring it back within a round trip.
    let whole = transfer(14480)
    let repaired = transfer(14480, losing: [6])
    #expect(repaired.received == 14480)
    #expect(repaired.seconds - whole.seconds < 0.15)
  }
}
