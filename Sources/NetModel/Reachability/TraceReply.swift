// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// The way back: what the other end says, and how it comes to the client. Conntrack undoes what the rules did; no rule of
// the nat table is asked again.
extension TraceWriter {
  /// Writes the answer's way from the pod's node to the client.
  mutating func writeReply(_ way: Way, from host: NodeID) {
    guard let (word, told) = answer else { return }
    let network = world.network
    var packet = way.end.passage.outcome.entry.reply.withoutNode
    if isGone {
      if network.deadAddress == .bridge { time += NetworkParameters.neighbourTimeout.nanoseconds }
      add(.reply, world.name(of: host), word, packet)
    } else {
      add(.reply, "pod", word, packet)
      cross(network.pod)
    }
    var here = host
    for leg in way.legs.reversed() {
      if here != leg.node {
        // The pod's own node, where no rule was asked.
        if here == host, host != way.end.node, !isGone {
          add(.reply, world.name(of: here), "forwarded", packet)
        }
        cross(network.node)
      }
      here = leg.node
      let undone = leg.passage.outcome.entry.translated(.reply)
      add(.reply, world.name(of: leg.node), undone != packet ? "undone by conntrack" : "forwarded", undone)
      packet = undone
      if !leg.balancer.isNone {
        cross(network.node)
        packet.source = world.addresses.intern(ends.destination.address)
        packet.sourcePort = ends.destination.port
        add(.reply, "lb", "src ⇒ \(ends.destination)", packet)
      }
    }
    if ends.place.kind == .outside {
      cross(network.external)
    } else if host != here || !startsAt(way.legs[0], way) {
      cross(network.pod)
    }
    add(.reply, ends.name, told, packet)
  }

  /// The answer, and what it is to the client; nil where there is none.
  private var answer: (word: String, told: String)? {
    switch end {
    case .open: (ends.protocol == .tcp ? "SYN,ACK" : "answer", "the client gets its answer")
    case .podDown, .portClosed:
      switch ends.protocol {
      case .tcp: ("RST,ACK", "the client is refused")
      case .sctp: ("ABORT", "the client is refused")
      default: ("ICMP port unreachable", "the client is refused")
      }
    case .podGone: ("ICMP host unreachable", "the client is told: no route to host")
    case .podGoneSilently: nil
    }
  }
}
