// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// Measuring round trips, and what happens when an answer does not come.
extension TCPEndpoint {
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
      threshold = slowStartThreshold(parameters)
      window = parameters.segmentBytes
      inRecovery = false
      duplicates = 0
      timeout = min(timeout * 2, parameters.maximumTimeout.nanoseconds)
      next = unacknowledged
      if next > written { next = written }
    }
    return []
  }

  /// Half of what is under way, at least two segments (RFC 5681, equation 4).
  func slowStartThreshold(_ parameters: TCPParameters) -> UInt32 {
    max(UInt32(clamping: (highest - unacknowledged) / 2), 2 * parameters.segmentBytes)
  }

  private mutating func giveUp() -> Signals {
    abort()
    return .timedOut
  }

  /// RFC 6298 with Linux's floor: the time-out is the smoothed round trip and at least 200 ms beyond it.
  mutating func measure(_ sample: Int64, _ parameters: TCPParameters) {
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
}
