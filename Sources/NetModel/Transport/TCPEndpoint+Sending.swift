// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// What an end sends: the handshake, data within the congestion window, the FIN, acknowledgements.
extension TCPEndpoint {
  /// The next segment to send now, or nil when there is nothing (more) to send.
  public mutating func nextSegment(now: SimTime, _ parameters: TCPParameters) -> Segment? {
    switch state {
    case .closed: return nil
    case .synSent, .synReceived:
      guard next == 0 else {
        return ackNow && state == .synReceived ? bareAck() : nil
      }
      next = 1
      highest = max(highest, 1)
      startTiming(0, now)
      armRetransmission(now, parameters)
      ackNow = false
      acknowledged = expected
      return Segment(
        flags: state == .synSent ? .syn : [.syn, .ack], sequence: 0, acknowledgement: wire(expected), payload: 0)
    case .established, .closeWait, .finWait1, .finWait2, .closing, .lastAck, .timeWait:
      break
    }
    if resendOne {
      resendOne = false
      return dataSegment(at: unacknowledged, now, parameters)
    }
    let limit = unacknowledged + UInt64(window)
    if next < written, next < limit {
      let segment = dataSegment(at: next, now, parameters)
      next += UInt64(segment.payload)
      highest = max(highest, next)
      return segment
    }
    if closeWanted, next == written, state != .timeWait {
      next = written + 1
      highest = max(highest, next)
      if state == .established { state = .finWait1 } else if state == .closeWait { state = .lastAck }
      return finSegment(now, parameters)
    }
    return ackNow ? bareAck() : nil
  }

  private mutating func dataSegment(at sequence: UInt64, _ now: SimTime, _ parameters: TCPParameters) -> Segment {
    if sequence >= written { return finSegment(now, parameters) }
    let length = UInt32(min(UInt64(parameters.segmentBytes), written - sequence))
    if sequence == highest { startTiming(sequence, now) }
    armRetransmission(now, parameters)
    clearAck()
    let last = sequence + UInt64(length) == written
    return Segment(
      flags: last ? [.psh, .ack] : .ack, sequence: wire(sequence), acknowledgement: wire(expected),
      payload: length)
  }

  private mutating func finSegment(_ now: SimTime, _ parameters: TCPParameters) -> Segment {
    armRetransmission(now, parameters)
    clearAck()
    return Segment(flags: [.fin, .ack], sequence: wire(written), acknowledgement: wire(expected), payload: 0)
  }

  private mutating func bareAck() -> Segment {
    clearAck()
    return Segment(flags: .ack, sequence: wire(next), acknowledgement: wire(expected), payload: 0)
  }

  private mutating func clearAck() {
    ackNow = false
    acknowledged = expected
    ackDeadline = .never
  }

  private mutating func startTiming(_ sequence: UInt64, _ now: SimTime) {
    guard !timing else { return }
    timing = true
    timedSequence = sequence
    timedAt = now
  }

  /// A number as segments carry it.
  @inline(__always) private func wire(_ number: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: number) }

  mutating func armRetransmission(_ now: SimTime, _ parameters: TCPParameters) {
    guard retransmitDeadline == .never else { return }
    retransmitDeadline = now.advanced(by: timeout)
  }
}
