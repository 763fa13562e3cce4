// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// One end of a TCP connection (RFC 9293) as Linux runs it: handshake, slow start, retransmission, closing.
///
/// A machine without a clock or a wire: `receive` and `timerFired` change it, `nextSegment` says what it wants to send
/// until there is no more, and `deadline` says when it wants to be called again. Sequence numbers start at 0 at both
/// ends; the SYN and the FIN take one each. A segment carries the low 32 bits, as on the wire; an end counts in 64, and
/// takes a segment's number for the nearest one (RFC 9293, section 3.4), so that a connection outlives 4 GiB. Flow
/// control is left out: the receiver's window never closes (`docs/fidelity.md`).
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
  public internal(set) var state: State
  var duplicates: UInt8 = 0
  var retries: UInt8 = 0
  var ackNow = false
  var resendOne = false
  var closeWanted = false
  var peerFinished = false
  var inRecovery = false
  var timing = false

  var unacknowledged: UInt64 = 0
  var next: UInt64 = 0
  var highest: UInt64 = 0
  var written: UInt64 = 1
  var window: UInt32 = 0
  var threshold: UInt32 = .max
  var recover: UInt64 = 0

  var expected: UInt64 = 0
  var acknowledged: UInt64 = 0
  var gapStart: UInt64 = 0
  var gapEnd: UInt64 = 0
  var peerFinSequence = UInt64.max

  var timedSequence: UInt64 = 0
  var timedAt = SimTime.zero
  var smoothed: Int64 = 0
  var variation: Int64 = 0
  var timeout: Int64
  var retransmittingSince = SimTime.zero
  var retransmitDeadline = SimTime.never
  var ackDeadline = SimTime.never

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
  public var received: UInt64 { expected == 0 ? 0 : expected - 1 - (peerFinished ? 1 : 0) }

  /// When the end wants `timerFired`, or `never`.
  public var deadline: SimTime { min(retransmitDeadline, ackDeadline) }

  /// The application writes.
  public mutating func write(_ bytes: UInt32) {
    written += UInt64(bytes)
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
}
