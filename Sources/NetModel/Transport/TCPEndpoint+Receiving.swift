// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// What an end makes of a segment: the handshake's steps, bytes in order, acknowledgements.
extension TCPEndpoint {
  /// Takes a segment that carries this connection's numbers.
  public mutating func receive(_ segment: Segment, now: SimTime, _ parameters: TCPParameters) -> Signals {
    if segment.flags.contains(.rst) {
      guard state != .closed, state != .timeWait else { return [] }
      let refused = state == .synSent
      abort()
      return refused ? .refused : .reset
    }
    switch state {
    case .closed: return .answerReset
    case .synSent:
      guard segment.flags.contains([.syn, .ack]), segment.acknowledgement == 1 else { return [] }
      expected = 1
      state = .established
      acknowledge(1, now, parameters)
      ackNow = true
      return .connected
    case .synReceived:
      if segment.flags.contains(.syn) {
        // The client's SYN once more: our SYN-ACK was lost.
        next = 0
        return []
      }
      guard segment.flags.contains(.ack), segment.acknowledgement >= 1 else { return [] }
      state = .established
      acknowledge(1, now, parameters)
      return accept(segment, now, parameters).union(.connected)
    case .established, .finWait1, .finWait2, .closing, .timeWait, .closeWait, .lastAck:
      if segment.flags.contains(.syn) {
        // A SYN-ACK once more: our ACK was lost.
        ackNow = true
        return []
      }
      return accept(segment, now, parameters)
    }
  }

  /// The number of which a segment carries the low 32 bits: the one nearest to what is known.
  @inline(__always) private func nearest(_ wire: UInt32, to known: UInt64) -> UInt64 {
    let step = Int32(bitPattern: wire &- UInt32(truncatingIfNeeded: known))
    return UInt64(max(Int64(known) + Int64(step), 0))
  }

  private mutating func accept(_ segment: Segment, _ now: SimTime, _ parameters: TCPParameters) -> Signals {
    var signals = Signals()
    if segment.flags.contains(.ack) { signals.formUnion(take(segment, now, parameters)) }
    guard state != .closed else { return signals }
    let before = expected
    let start = nearest(segment.sequence, to: expected)
    let end = start + UInt64(segment.payload)
    if segment.flags.contains(.fin) { peerFinSequence = end }
    if segment.payload > 0 { store(start, end) }
    if expected != before { signals.insert(.data) }
    if !peerFinished, expected == peerFinSequence {
      peerFinished = true
      expected += 1
      ackNow = true
      signals.insert(.peerClosed)
      switch state {
      case .established: state = .closeWait
      case .finWait1: state = .closing
      case .finWait2:
        state = .timeWait
        signals.insert(.finished)
      case .closed, .synSent, .synReceived, .closing, .timeWait, .closeWait, .lastAck: break
      }
    } else if segment.flags.contains(.fin) {
      ackNow = true
    }
    if segment.payload > 0 { scheduleAck(segment, inOrder: expected != before, now, parameters) }
    return signals
  }

  /// Puts bytes [start, end) where they belong; one block beyond a gap is kept, as much as a fast retransmit needs.
  private mutating func store(_ start: UInt64, _ end: UInt64) {
    if start <= expected {
      expected = max(expected, end)
      if gapEnd > gapStart, gapStart <= expected {
        expected = max(expected, gapEnd)
        gapStart = 0
        gapEnd = 0
      }
    } else if gapEnd == gapStart {
      gapStart = start
      gapEnd = end
    } else if start <= gapEnd, end >= gapStart {
      gapStart = min(gapStart, start)
      gapEnd = max(gapEnd, end)
    }
  }

  private mutating func scheduleAck(
    _ segment: Segment, inOrder: Bool, _ now: SimTime, _ parameters: TCPParameters
  ) {
    // Linux acknowledges every second full segment at once, and what came out of order; the end of a write arrives as
    // one train with what went before it (GRO), so it is acknowledged at once too.
    let waiting = expected - acknowledged
    if !inOrder || segment.flags.contains(.psh) || waiting >= UInt64(2 * parameters.segmentBytes) {
      ackNow = true
    } else if ackDeadline == .never {
      ackDeadline = now.advanced(by: parameters.delayedAck.nanoseconds)
    }
  }

  private mutating func take(_ segment: Segment, _ now: SimTime, _ parameters: TCPParameters) -> Signals {
    let number = nearest(segment.acknowledgement, to: unacknowledged)
    guard number > unacknowledged else {
      if number == unacknowledged, segment.payload == 0, !segment.flags.contains(.fin), highest > unacknowledged {
        duplicate(parameters)
      }
      return []
    }
    guard number <= highest else { return [] }
    acknowledge(number, now, parameters)
    guard closeWanted, unacknowledged == written + 1 else { return [] }
    switch state {
    case .finWait1:
      state = .finWait2
      return []
    case .closing:
      state = .timeWait
      return .finished
    case .lastAck:
      abort()
      return .finished
    case .closed, .synSent, .synReceived, .established, .finWait2, .timeWait, .closeWait: return []
    }
  }

  private mutating func duplicate(_ parameters: TCPParameters) {
    duplicates = duplicates == .max ? .max : duplicates + 1
    if inRecovery {
      window &+= parameters.segmentBytes
    } else if duplicates == parameters.duplicateThreshold {
      // RFC 5681, section 3.2, with RFC 6582's recovery point.
      inRecovery = true
      recover = highest
      threshold = slowStartThreshold(parameters)
      window = threshold &+ 3 * parameters.segmentBytes
      resendOne = true
      timing = false
    }
  }

  private mutating func acknowledge(_ number: UInt64, _ now: SimTime, _ parameters: TCPParameters) {
    let newly = UInt32(clamping: number - unacknowledged)
    if timing, number > timedSequence {
      timing = false
      measure(Int64(now.nanoseconds - timedAt.nanoseconds), parameters)
    }
    unacknowledged = number
    next = max(next, number)
    duplicates = 0
    retries = 0
    if inRecovery {
      if number >= recover {
        inRecovery = false
        window = threshold
      } else {
        resendOne = true
      }
    } else if number > 1 {
      if window < threshold {
        window = min(window &+ newly, 1 << 30)
      } else {
        let segment = parameters.segmentBytes
        window = min(window &+ max(UInt32(UInt64(segment) * UInt64(newly) / UInt64(window)), 1), 1 << 30)
      }
    }
    retransmitDeadline = unacknowledged < highest ? now.advanced(by: timeout) : .never
  }
}
