// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The local ports of clients: which are taken, and which is next.
///
/// Linux picks from 32768…60999 (sysctl ip_local_port_range), from an offset of the destination's own on, and a port
/// may serve several destinations at once; one whose connection this side closed stays taken for TIME_WAIT.
struct EphemeralPorts: ~Copyable {
  /// sysctl net.ipv4.ip_local_port_range.
  static let range: ClosedRange<UInt16> = 32768...60999
  private var taken = FlatMap128<UInt8>()
  /// The offset that an address tries next; `unset` before its first.
  private var next = Table<InternedAddress, UInt32>()
  private static let unset = UInt32.max
  private var waiting: [Waiting] = []
  private var firstWaiting = 0
  private var clock = SimTime.zero

  struct Waiting {
    var until: SimTime
    var tuple: FlowTuple
  }

  /// Takes a port for a new connection; nil when every one is taken for this destination (EADDRNOTAVAIL).
  mutating func take(_ wanted: FlowTuple, seed: UInt64, now: SimTime) -> FlowTuple? {
    expire(now)
    let size = UInt64(EphemeralPorts.range.count)
    while next.count <= wanted.source.index { next.append(EphemeralPorts.unset) }
    var port = UInt64(next[wanted.source])
    if port == UInt64(EphemeralPorts.unset) {
      var draw = KeyedDraw(seed: seed, purpose: .localPort, entity: UInt64(wanted.source.rawValue))
      port = draw.below(size)
    }
    for _ in 0..<size {
      var tuple = wanted
      tuple.sourcePort = EphemeralPorts.range.lowerBound + UInt16(port)
      port = port + 1 == size ? 0 : port + 1
      if taken.insertNew(KeyPair(tuple.addresses, tuple.ports), 1) {
        next[wanted.source] = UInt32(truncatingIfNeeded: port)
        return tuple
      }
    }
    return nil
  }

  /// Gives a port back, now or after TIME_WAIT.
  mutating func release(_ tuple: FlowTuple, timeWait: SimDuration) {
    if timeWait == .zero {
      taken.remove(KeyPair(tuple.addresses, tuple.ports))
    } else {
      waiting.append(Waiting(until: clock + timeWait, tuple: tuple))
    }
  }

  private mutating func expire(_ now: SimTime) {
    clock = now
    while firstWaiting < waiting.count, waiting[firstWaiting].until <= now {
      let tuple = waiting[firstWaiting].tuple
      taken.remove(KeyPair(tuple.addresses, tuple.ports))
      firstWaiting += 1
    }
    if firstWaiting > 4096, firstWaiting * 2 > waiting.count {
      waiting.removeFirst(firstWaiting)
      firstWaiting = 0
    }
  }
}
