// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// Packets on links, and what meets them where they arrive.
extension World {
  /// Puts a packet on a link.
  @inline(__always) mutating func transmit(
    _ id: PacketID, _ link: LinkID, from: Place, to: Place, at time: SimTime, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    packets[id].from = from
    packets[id].to = to
    let tuple = packets[id].tuple
    let length = packets[id].length
    if to.kind == .node { conntrack.prefetch(tuple, to.node) }
    switch links[link].transmit(bytes: length, now: time, seed: drawSeed, id: link) {
    case .arrives(let arrival):
      packetDigest.mix(arrival, tuple.addresses ^ tuple.ports &* 31 ^ UInt64(length))
      scheduler.schedule(WorldEvent(kind: .packet, a: id.rawValue), at: arrival)
    case .lost: drop(id, .loss)
    case .queueFull: drop(id, .queue)
    }
  }

  /// Enters a packet that a socket or a host makes.
  @inline(__always) mutating func make(_ packet: Packet) -> PacketID {
    books.packetsSent &+= 1
    books.packetsInFlight &+= 1
    return packets.insert(packet)
  }

  /// Ends a packet.
  mutating func drop(_ id: PacketID, _ cause: DropCause) {
    books.packetsDropped[Int(cause.rawValue)] &+= 1
    books.packetsInFlight &-= 1
    packets.remove(id)
  }

  /// Ends a packet that a socket took.
  @inline(__always) mutating func take(_ id: PacketID) -> Packet {
    let packet = packets[id]
    books.packetsDelivered &+= 1
    books.packetsInFlight &-= 1
    packets.remove(id)
    return packet
  }

  /// Who has an address.
  @inline(__always) func owner(_ address: AddressID) -> Place {
    address.index < owners.count ? owners[address] : .nowhere
  }

  /// The pod or server that listens on an address and port, running or not; `none` when no process of ours does.
  func process(at address: AddressID, _ transport: IPProtocol, _ port: UInt16) -> PodID {
    let place = owner(address)
    return place.kind == .node ? control.listener(on: place.node, transport, port) ?? .none : place.pod
  }

  /// Says who has an address from now on.
  mutating func setOwner(_ address: AddressID, _ place: Place) {
    while owners.count <= address.index { owners.append(.nowhere) }
    owners[address] = place
  }

  /// A packet has crossed a link.
  mutating func arrive(_ id: PacketID, _ scheduler: inout Scheduler<WorldEvent>) {
    let to = packets[id].to
    switch to.kind {
    case .node:
      if packets[id].from == to, packets[id].isAtSocket {
        deliverToProcess(id, to.node, &scheduler)
      } else {
        nodeReceives(id, to.node, &scheduler)
      }
    case .pod: podReceives(id, to.pod, &scheduler)
    case .outside: clientReceives(id, &scheduler)
    case .balancer: balancerReceives(id, to.balancer, &scheduler)
    case .nowhere: drop(id, .noRoute)
    }
  }

  /// A packet leaves the place where its socket is.
  mutating func sendFromSocket(_ packet: Packet, from place: Place, _ scheduler: inout Scheduler<WorldEvent>) {
    let id = make(packet)
    let now = scheduler.now
    switch place.kind {
    case .outside:
      let client = flows[packet.flow].client
      let target = owner(packet.tuple.destination)
      // From outside only load balancers and nodes can be routed to: cluster IPs and pods are the cluster's own.
      guard target.kind == .balancer || target.kind == .node else {
        drop(id, .noRoute)
        return
      }
      transmit(id, clients[client].up, from: .outside, to: target, at: now, &scheduler)
    case .pod:
      let pod = pods[place.pod]
      let node = Place.node(pod.node)
      if pod.isOnHost {
        transmit(id, nodes[pod.node].processLink, from: node, to: node, at: now, &scheduler)
      } else {
        transmit(id, pod.up, from: place, to: node, at: now, &scheduler)
      }
    case .node:
      transmit(id, nodes[place.node].processLink, from: place, to: place, at: now, &scheduler)
    case .balancer, .nowhere: drop(id, .noRoute)
    }
  }

  /// A packet goes up to the processes of a node: an answer to a client, or something for whoever listens on its port.
  private mutating func deliverToProcess(_ id: PacketID, _ node: NodeID, _ scheduler: inout Scheduler<WorldEvent>) {
    let packet = packets[id]
    if packet.isFromServer {
      clientReceives(id, &scheduler)
      return
    }
    var listener = control.listener(on: node, packet.tuple.protocol, packet.tuple.destinationPort)
    while let pod = listener {
      if pods[pod].condition == .running {
        podReceives(id, pod, &scheduler)
        return
      }
      listener = control.listener(behind: pod, packet.tuple.protocol, packet.tuple.destinationPort)
    }
    guard flows.isLive(packet.flow, generation: packet.generation) else {
      drop(id, .stale)
      return
    }
    _ = take(id)
    switch packet.kind {
    case .segment: answerReset(packet, from: .node(node), &scheduler)
    case .datagram: refuseDatagram(packet, on: node, from: .node(node), &scheduler)
    case .portUnreachable, .hostUnreachable: break
    }
  }

  /// An external load balancer passes a packet on: to a node's port, or back to the client.
  ///
  /// Pass-through balancers keep a flow on its target; the destination becomes the node's address and port.
  private mutating func balancerReceives(
    _ id: PacketID, _ balancer: BalancerID, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let packet = packets[id]
    guard flows.isLive(packet.flow, generation: packet.generation) else {
      drop(id, .stale)
      return
    }
    if packet.isFromServer {
      // Back: the source becomes the balancer's address again.
      packets[id].tuple = flows[packet.flow].clientTuple.reversed
      let client = flows[packet.flow].client
      transmit(id, clients[client].down, from: .balancer(balancer), to: .outside, at: scheduler.now, &scheduler)
      return
    }
    var target = flows[packet.flow].balancerTarget
    if target.isNone {
      target = control.pickTarget(
        balancer, &balancers[balancer], packet.tuple, flow: flows[packet.flow].number, seed: drawSeed,
        algorithm: specification.loadBalancers.algorithm)
      guard !target.isNone else {
        drop(id, .noRoute)
        return
      }
      flows[packet.flow].balancer = balancer
      flows[packet.flow].balancerTarget = target
      control.targetTook(balancer, target)
    }
    guard let door = control.nodePortDoor(balancer, packet.tuple, target, addresses) else {
      drop(id, .noRoute)
      return
    }
    packets[id].tuple.destination = door.address
    packets[id].tuple.destinationPort = door.port
    transmit(
      id, balancers[balancer].link, from: .balancer(balancer), to: .node(target), at: scheduler.now, &scheduler)
  }
}

extension Packet {
  /// Whether it has been through its node's stack and goes up to a local socket.
  var isAtSocket: Bool {
    get { hopsLeft & 0x80 != 0 }
    set { if newValue { hopsLeft |= 0x80 } else { hopsLeft &= 0x7f } }
  }
}
