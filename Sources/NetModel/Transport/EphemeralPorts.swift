// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The local ports of clients: which are taken, and which is next.
///
/// Linux picks from 32768…60999 (sysctl ip_local_port_range). A TCP port may serve several destinations at once; the
/// search starts at an offset of the connection's own destination, which moves on with every connection, and tries ports
/// of the range's parity before the others (net/ipv4/inet_hashtables.c, `__inet_hash_connect`). A UDP socket that was
/// not bound gets a port anywhere in the range, which it then has alone (net/ipv4/udp.c, `udp_lib_get_port`). A port is
/// free again with its socket; a connection that this side closed keeps it for TIME_WAIT.
struct EphemeralPorts: ~Copyable {
  /// sysctl net.ipv4.ip_local_port_range.
  static let range: ClosedRange<UInt16> = 32768...60999
  private static let size = UInt32(range.count)

  private var taken = FlatMap128<UInt8>()
  private var searches = FlatMap128<Search>()
  private var waiting: [Waiting] = []
  private var firstWaiting = 0

  /// Where the search for a destination's port starts, for UDP a source's.
  // Not private: the compiler cannot emit another file's use of a private type in a map (6.3.1).
  struct Search: BitwiseCopyable {
    var offset: UInt32
    /// Ports given out so far: the number of the draw.
    var given: UInt32 = 0
    /// Ports taken now, of each parity for TCP: a full half need not be searched to be known as full.
    var taken: InlineArray<2, UInt32> = [0, 0]
  }

  struct Waiting {
    var until: SimTime
    var tuple: FlowTuple
  }

  /// How many ports are taken, each destination's counted.
  var count: Int { taken.count }

  /// Takes a port for a new connection; nil when every one is taken for this destination (EADDRNOTAVAIL).
  mutating func take(_ wanted: FlowTuple, seed: UInt64, now: SimTime) -> FlowTuple? {
    expire(now)
    let size = EphemeralPorts.size
    let key = EphemeralPorts.key(wanted)
    let entity = key.flatHash
    var search = searches.find(key) ?? Search(offset: EphemeralPorts.draw(seed, entity, 0, below: size))
    search.given &+= 1
    let isTCP = wanted.protocol == .tcp
    // The kernel goes through UDP's ports in another order; where they are few taken it is the same.
    let start = isTCP ? search.offset & ~1 : EphemeralPorts.draw(seed, entity, search.given, below: size)
    let step: UInt32 = isTCP ? 2 : 1
    for parity in 0..<step where search.taken[Int(parity)] < size / step {
      var passed: UInt32 = 0
      while passed < size {
        var tuple = wanted
        tuple.sourcePort =
          EphemeralPorts.range.lowerBound &+ UInt16(truncatingIfNeeded: (start + parity + passed) % size)
        if taken.insertNew(EphemeralPorts.key(tuple), 1) {
          // A little randomness where there is little contention, as the kernel adds.
          let skipped = max(passed, EphemeralPorts.draw(seed, entity, search.given, below: 8) * step)
          search.offset = (search.offset + skipped + step) % size
          search.taken[Int(parity)] &+= 1
          searches.insert(key, search)
          return tuple
        }
        passed += step
      }
    }
    return nil
  }

  /// Gives a port back: now, or after TIME_WAIT, which starts now and is the same for all.
  mutating func release(_ tuple: FlowTuple, timeWait: SimDuration, now: SimTime) {
    if timeWait == .zero {
      free(tuple)
    } else {
      waiting.append(Waiting(until: now + timeWait, tuple: tuple))
    }
  }

  /// What may be taken once: a connection's whole tuple, or the source of a datagram.
  private static func key(_ tuple: FlowTuple) -> KeyPair {
    if tuple.protocol == .tcp { return KeyPair(tuple.addresses, tuple.ports) }
    let socket = FlowTuple(
      source: tuple.source, sourcePort: tuple.sourcePort, destination: .none, destinationPort: 0,
      protocol: tuple.protocol)
    return KeyPair(socket.addresses, socket.ports)
  }

  private static func draw(_ seed: UInt64, _ entity: UInt64, _ number: UInt32, below bound: UInt32) -> UInt32 {
    var draw = KeyedDraw(seed: seed, purpose: .localPort, entity: entity ^ UInt64(number))
    return UInt32(truncatingIfNeeded: draw.below(UInt64(bound)))
  }

  private mutating func free(_ tuple: FlowTuple) {
    guard taken.remove(EphemeralPorts.key(tuple)) else { return }
    var wanted = tuple
    wanted.sourcePort = 0
    let key = EphemeralPorts.key(wanted)
    guard var search = searches.find(key) else { return }
    search.taken[tuple.protocol == .tcp ? Int(tuple.sourcePort & 1) : 0] &-= 1
    searches.insert(key, search)
  }

  private mutating func expire(_ now: SimTime) {
    while firstWaiting < waiting.count, waiting[firstWaiting].until <= now {
      free(waiting[firstWaiting].tuple)
      firstWaiting += 1
    }
    if firstWaiting > 4096, firstWaiting * 2 > waiting.count {
      waiting.removeFirst(firstWaiting)
      firstWaiting = 0
    }
  }
}
