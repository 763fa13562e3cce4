// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `LinkID` numbers.
enum LinkRow {}
/// One direction of a link.
typealias LinkID = ID<LinkRow>

/// One direction of a link: a transmitter that is busy until a time, then propagation.
///
/// Serialisation, queueing and propagation give one arrival time, so a crossing is one event; drop-tail is a comparison.
struct Link: BitwiseCopyable {
  /// Until when the transmitter is busy.
  var busyUntil = SimTime.zero
  /// When the last packet arrives: none may overtake it.
  var lastArrival = SimTime.zero
  /// Propagation in nanoseconds.
  var latency: Int64
  /// Nanoseconds a byte, in units of 2^-20.
  var byteTime: UInt64
  /// Jitter in nanoseconds; 0 for none.
  var jitter: Int64
  /// Lost when a 32-bit draw is below this.
  var lossThreshold: UInt64
  /// How long the transmitter's queue may be, in nanoseconds.
  var longestWait: UInt64
  /// Packets offered so far: the draw's number.
  var offered: UInt64 = 0

  /// What becomes of a packet.
  enum Outcome {
    case arrives(SimTime)
    case lost
    case queueFull
  }

  /// Makes one direction of a link.
  init(_ parameters: LinkParameters) {
    latency = parameters.latency.nanoseconds
    // At least 8 bits a second: then the time of 2^32 bytes fits.
    let bits = max(parameters.bitsPerSecond, 8)
    byteTime = UInt64((8e9 * 0x1p20 / Double(bits)).rounded())
    jitter = max(parameters.jitter.nanoseconds, 0)
    lossThreshold = UInt64((min(max(parameters.loss, 0), 1) * 0x1p32).rounded())
    longestWait = Link.time(of: parameters.queueBytes, byteTime)
  }

  /// How long the transmitter takes, in nanoseconds, below 2^62.
  @inline(__always) private static func time(of bytes: UInt32, _ byteTime: UInt64) -> UInt64 {
    let product = UInt64(bytes).multipliedFullWidth(by: byteTime)
    return product.high << 44 | product.low >> 20
  }

  /// Offers a packet to the transmitter.
  @inline(__always) mutating func transmit(bytes: UInt32, now: SimTime, seed: UInt64, id: LinkID) -> Outcome {
    let start = max(now, busyUntil)
    if start.nanoseconds &- now.nanoseconds > longestWait { return .queueFull }
    busyUntil = start.advanced(by: Int64(truncatingIfNeeded: Link.time(of: bytes, byteTime)))
    var arrival = busyUntil.advanced(by: latency)
    if lossThreshold > 0 || jitter > 0 {
      offered &+= 1
      var draw = KeyedDraw(seed: seed, purpose: .link, entity: UInt64(id.rawValue) << 40 | offered)
      if draw.next() >> 32 < lossThreshold { return .lost }
      if jitter > 0 {
        let half = UInt64(jitter)
        let shift = Int64(bitPattern: draw.below(2 * half + 1) &- half)
        arrival = max(arrival.advanced(by: shift), now)
      }
      arrival = max(arrival, lastArrival)
      lastArrival = arrival
    }
    // Nothing arrives at the instant at which it was sent: time goes on even where all delays are 0.
    return .arrives(max(arrival, now.advanced(by: 1)))
  }
}
