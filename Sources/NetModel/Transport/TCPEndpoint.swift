// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// One end of a TCP connection (RFC 9293) as Linux runs it: handshake, slow start, retransmission, closing.
///
/// A machine without a clock or a wire: `receive` and `timerFired` change it, `nextSegment` says what it wants to send
/// until there is no more, and `deadline` says when it wants to be called again. Sequence numbers start at 0 at both
/// ends; the SYN and the FIN take one each. Flow control is left out: the receiver's window never closes
/// (`docs/fidelity.md`).
public struct TCPEndpoint: BitwiseCopyable, Sendable {
  /// RFC 9293's states; LISTEN is the server's, not a connection's.
  public enum State: UInt8, Sendable, BitwiseCopyable {
    case closed, synSent, synReceived, established, finWait1, finWait2, closing, timeWait, closeWait, lastAck
  }

  /// What an end has to tell its application, or the world, after an input.
  public struct Signals: OptionSet, BitwiseCopyable, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Wraps bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The handshake is complete.
    static let connected = Signals(rawValue: 1)
    /// More bytes in order are there: `received` has grown.
    static let data = Signals(rawValue: 2)
    /// The other end has closed its direction.
    static let peerClosed = Signals(rawValue: 4)
    /// The other end refused (RST answering a SYN).
    static let refused = Signals(rawValue: 8)
    /// The other end reset.
    static let reset = Signals(rawValue: 16)
    /// Retransmission was given up.
    static let timedOut = Signals(rawValue: 32)
    /// Both directions are closed and acknowledged; only TIME_WAIT may be left.
    static let finished = Signals(rawValue: 64)
    /// The segment belongs to no such connection: answer with RST.
    static let answerReset = Signals(rawValue: 128)
  }

  /// A segment to be sent.
  public struct Segment: BitwiseCopyable, Sendable {
    /// Its control bits.
    public var flags: TCPFlags
    /// The sequence number of its first byte.
    public var sequence: UInt32
    /// The next byte expected from the other end.
    public var acknowledgement: UInt32
    /// Bytes of data.
    public var payload: UInt32

    /// Makes a segment.
    public init(flags: TCPFlags, sequence: UInt32, acknowledgement: UInt32, payload: UInt32) {
      self.flags = flags
      self.sequence = sequence
      self.acknowledgement = acknowledgement
      self.payload = payload
    }
  }

  /// The state.
  public private(set) var state: State
  private var duplicates: UInt8 = 0
  private var retries: UInt8 = 0
  private var ackNow = false
  private var resendOne = false
  private var closeWanted = false
  private var peerFinished = false
  private var inRecovery = false
  private var timing = false

  private var unacknowledged: UInt32 = 0
  private var next: UInt32 = 0
  private var highest: UInt32 = 0
  private var written: UInt32 = 1
  private var window: UInt32 = 0
  private var threshold: UInt32 = .max
  private var recover: UInt32 = 0

  private var expected: UInt32 = 0
  private var acknowledged: UInt32 = 0
  private var gapStart: UInt32 = 0
  private var gapEnd: UInt32 = 0
  private var peerFinSequence: UInt32 = .max

  private var timedSequence: UInt32 = 0
  private var timedAt = SimTime.zero
  private var smoothed: Int64 = 0
  private var variation: Int64 = 0
  private var timeout: Int64
  private var retransmittingSince = SimTime.zero
  private var retransmitDeadline = SimTime.never
  private var ackDeadline = SimTime.never

  /// An end that is about to send its SYN.
  public static func opening(_ parameters: TCPParameters) -> TCPEndpoint {
    TCPEndpoint(state: .synSent, parameters)
  }

  /// An end that has just got a SYN on a listening port and is about to answer it.
  public static func accepting(_ parameters: TCPParameters) -> TCPEndpoint {
    var end = TCPEndpoint(state: .synReceived, parameters)
    end.expected = 1
    return end
  }

  private init(state: State, _ parameters: TCPParameters) {
    self.state = state
    timeout = parameters.initialTimeout.nanoseconds
    window = parameters.initialWindow * parameters.segmentBytes
  }

  /// Bytes of data that have arrived in order.
  public var received: UInt32 { expected == 0 ? 0 : expected - 1 - (peerFinished ? 1 : 0) }

  /// Bytes of data that the application has written.
  public var sent: UInt32 { written - 1 }

  /// Whether everything written has been acknowledged.
  public var isDrained: Bool { unacknowledged >= written }

  /// When the end wants `timerFired`, or `never`.
  public var deadline: SimTime { min(retransmitDeadline, ackDeadline) }

  /// The application writes.
  public mutating func write(_ bytes: UInt32) {
    written &+= bytes
  }

  /// The application closes: a FIN follows what is written.
  public mutating func close() {
    closeWanted = true
  }

  /// The application or the kernel drops the connection without a word more.
  public mutating func abort() {
    state = .closed
    retransmitDeadline = .never
    ackDeadline = .never
  }

  // MARK: Sending

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
        flags: state == .synSent ? .syn : [.syn, .ack], sequence: 0, acknowledgement: expected, payload: 0)
    case .established, .closeWait, .finWait1, .finWait2, .closing, .lastAck, .timeWait:
      break
    }
    if resendOne {
      resendOne = false
      return dataSegment(at: unacknowledged, now, parameters)
    }
    let limit = unacknowledged &+ window
    if next < written, next < limit {
      let segment = dataSegment(at: next, now, parameters)
      next = segment.sequence &+ segment.payload
      highest = max(highest, next)
      return segment
    }
    if closeWanted, next == written, state != .timeWait {
      next = written &+ 1
      highest = max(highest, next)
      if state == .established { state = .finWait1 } else if state == .closeWait { state = .lastAck }
      return finSegment(now, parameters)
    }
    return ackNow ? bareAck() : nil
  }

  private mutating func dataSegment(at sequence: UInt32, _ now: SimTime, _ parameters: TCPParameters) -> Segment {
    if sequence >= written { return finSegment(now, parameters) }
    let length = min(parameters.segmentBytes, written &- sequence)
    if sequence == highest { startTiming(sequence, now) }
    armRetransmission(now, parameters)
    clearAck()
    let last = sequence &+ length == written
    return Segment(flags: last ? [.psh, .ack] : .ack, sequence: sequence, acknowledgement: expected, payload: length)
  }

  private mutating func finSegment(_ now: SimTime, _ parameters: TCPParameters) -> Segment {
    armRetransmission(now, parameters)
    clearAck()
    return Segment(flags: [.fin, .ack], sequence: written, acknowledgement: expected, payload: 0)
  }

  private mutating func bareAck() -> Segment {
    clearAck()
    return Segment(flags: .ack, sequence: next, acknowledgement: expected, payload: 0)
  }

  private mutating func clearAck() {
    ackNow = false
    acknowledged = expected
    ackDeadline = .never
  }

  private mutating func startTiming(_ sequence: UInt32, _ now: SimTime) {
    guard !timing else { return }
    timing = true
    timedSequence = sequence
    timedAt = now
  }

  private mutating func armRetransmission(_ now: SimTime, _ parameters: TCPParameters) {
    guard retransmitDeadline == .never else { return }
    retransmitDeadline = now.advanced(by: timeout)
  }

  // MARK: Receiving

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

  private mutating func accept(_ segment: Segment, _ now: SimTime, _ parameters: TCPParameters) -> Signals {
    var signals = Signals()
    if segment.flags.contains(.ack) { signals.formUnion(take(segment, now, parameters)) }
    guard state != .closed else { return signals }
    let before = expected
    if segment.flags.contains(.fin) { peerFinSequence = segment.sequence &+ segment.payload }
    if segment.payload > 0 { store(segment.sequence, segment.sequence &+ segment.payload) }
    if expected != before { signals.insert(.data) }
    if !peerFinished, expected == peerFinSequence {
      peerFinished = true
      expected &+= 1
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
  private mutating func store(_ start: UInt32, _ end: UInt32) {
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
    let waiting = expected &- acknowledged
    if !inOrder || segment.flags.contains(.psh) || waiting >= 2 * parameters.segmentBytes {
      ackNow = true
    } else if ackDeadline == .never {
      ackDeadline = now.advanced(by: parameters.delayedAck.nanoseconds)
    }
  }

  private mutating func take(_ segment: Segment, _ now: SimTime, _ parameters: TCPParameters) -> Signals {
    let number = segment.acknowledgement
    guard number > unacknowledged else {
      if number == unacknowledged, segment.payload == 0, !segment.flags.contains(.fin), highest > unacknowledged {
        duplicate(parameters)
      }
      return []
    }
    guard number <= highest else { return [] }
    acknowledge(number, now, parameters)
    guard closeWanted, unacknowledged == written &+ 1 else { return [] }
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
      threshold = max((highest &- unacknowledged) / 2, 2 * parameters.segmentBytes)
      window = threshold &+ 3 * parameters.segmentBytes
      resendOne = true
      timing = false
    }
  }

  private mutating func acknowledge(_ number: UInt32, _ now: SimTime, _ parameters: TCPParameters) {
    let newly = number &- unacknowledged
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

  /// RFC 6298 with Linux's floor: the time-out is the smoothed round trip and at least 200 ms beyond it.
  private mutating func measure(_ sample: Int64, _ parameters: TCPParameters) {
    if smoothed == 0 {
      smoothed = max(sample, 1)
      variation = sample / 2
    } else {
      let error = sample - smoothed
      smoothed += error / 8
      variation += (abs(error) - variation) / 4
    }
    timeout = min(
      smoothed + max(4 * variation, parameters.minimumTimeout.nanoseconds), parameters.maximumTimeout.nanoseconds)
  }

  // MARK: Time

  /// Says that `deadline` has come.
  public mutating func timerFired(now: SimTime, _ parameters: TCPParameters) -> Signals {
    if ackDeadline <= now {
      ackDeadline = .never
      ackNow = true
    }
    guard retransmitDeadline <= now else { return [] }
    retransmitDeadline = .never
    timing = false
    switch state {
    case .synSent:
      guard retries < parameters.synRetransmissions else { return giveUp() }
      retries += 1
      timeout = parameters.synWait(after: retries).nanoseconds
      next = 0
    case .synReceived:
      guard retries < parameters.synAckRetries else { return giveUp() }
      retries += 1
      timeout = min(timeout * 2, parameters.maximumTimeout.nanoseconds)
      next = 0
    case .closed, .timeWait:
      return []
    case .established, .finWait1, .finWait2, .closing, .closeWait, .lastAck:
      if retries == 0 { retransmittingSince = now }
      let elapsed = Int64(now.nanoseconds - retransmittingSince.nanoseconds)
      if retries > 0, elapsed >= parameters.dataGiveUp.nanoseconds - parameters.minimumTimeout.nanoseconds {
        return giveUp()
      }
      retries = retries == .max ? .max : retries + 1
      threshold = max((highest &- unacknowledged) / 2, 2 * parameters.segmentBytes)
      window = parameters.segmentBytes
      inRecovery = false
      duplicates = 0
      timeout = min(timeout * 2, parameters.maximumTimeout.nanoseconds)
      next = unacknowledged
      if next > written { next = written }
    }
    return []
  }

  private mutating func giveUp() -> Signals {
    abort()
    return .timedOut
  }
}
