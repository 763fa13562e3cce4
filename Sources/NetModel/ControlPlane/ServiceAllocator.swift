// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Gives Services their cluster IPs, node ports and load balancer addresses, as the API server's allocators do.
///
/// Addresses asked for are reserved first. Automatic ones start at a place that follows from the Service's name, above
/// the band kept for static ones, and wrap round. Sources: pkg/registry/core/service/ipallocator and portallocator.
struct ServiceAllocator {
  private let serviceCIDRs: [Prefix]
  private let nodePorts: ClosedRange<UInt16>
  private let balancerCIDRs: [Prefix]
  private var takenIPs: Set<Address> = []
  private var takenPorts: Set<UInt32> = []
  /// How many steps through a family's block of load balancer addresses have been made.
  private var nextBalancer: [IPFamily: UInt64] = [:]
  /// What is exhausted, in the order found, with the first Service that found nothing and how many there are.
  private var exhausted: [Exhausted] = []
  private var refusals: [AssemblyProblem] = []

  /// A range with nothing left in it.
  private struct Exhausted {
    var what: String
    var range: String
    var hint: String
    var first: NamespacedName
    var count = 1
  }

  /// Everything that could not be given: of a range that is exhausted once, not for every Service.
  var problems: [AssemblyProblem] {
    refusals
      + exhausted.map { found in
        let others = found.count > 1 ? ", nor do \(found.count - 1) more" : ""
        return AssemblyProblem(
          kind: "Service", object: found.first,
          message: "finds no free \(found.what)\(others): \(found.range) is exhausted", hint: found.hint)
      }
  }

  /// Counts a Service that finds nothing in a range.
  private mutating func finds(no what: String, in range: String, _ service: Service, hint: String) {
    if let known = exhausted.firstIndex(where: { $0.what == what && $0.range == range }) {
      exhausted[known].count += 1
    } else {
      exhausted.append(Exhausted(what: what, range: range, hint: hint, first: service.metadata.namespacedName))
    }
  }

  /// Whether a range is known to have nothing left: a further search through it would be in vain.
  private func isExhausted(_ what: String, _ range: String) -> Bool {
    exhausted.contains { $0.what == what && $0.range == range }
  }
  /// Who asked for which load balancer address.
  private var balancerOwners: [Address: NamespacedName] = [:]

  init(_ cluster: ClusterSpecification, _ balancers: LoadBalancerParameters) {
    serviceCIDRs = cluster.serviceCIDRs
    nodePorts = cluster.nodePortRange
    balancerCIDRs = balancers.addresses
  }

  private static func key(_ port: UInt16, _ transport: IPProtocol) -> UInt32 {
    UInt32(port) << 8 | UInt32(transport.rawValue)
  }

  /// Takes note of what Services ask for themselves.
  mutating func reserve(_ services: [Service]) {
    for service in services {
      takenIPs.formUnion(service.clusterIPs)
      for port in service.ports {
        if let nodePort = port.nodePort { takenPorts.insert(ServiceAllocator.key(nodePort, port.protocol)) }
      }
      if let port = service.healthCheckNodePort { takenPorts.insert(ServiceAllocator.key(port, .tcp)) }
      for ingress in service.loadBalancerIngress { if let ip = ingress.ip { takenIPs.insert(ip) } }
      if service.type == .loadBalancer, let wanted = service.loadBalancerIP { takenIPs.insert(wanted) }
    }
  }

  /// Fills in what a Service lacks.
  mutating func allocate(_ service: inout Service) {
    guard service.type != .externalName else { return }
    if !service.isHeadless, service.clusterIPs.isEmpty {
      let families = service.ipFamilies.isEmpty ? [serviceCIDRs.first?.family ?? .ipv4] : service.ipFamilies
      for family in families {
        if let address = clusterIP(family, service) { service.clusterIPs.append(address) }
      }
    }
    if service.ipFamilies.isEmpty { service.ipFamilies = service.clusterIPs.map(\.family) }
    let wantsPorts =
      service.type == .nodePort || service.type == .loadBalancer && service.allocateLoadBalancerNodePorts
    if wantsPorts {
      for i in service.ports.indices where service.ports[i].nodePort == nil {
        service.ports[i].nodePort = sharedNodePort(service, i) ?? nodePort(service.ports[i].protocol, service, salt: i)
      }
    }
    if service.type == .loadBalancer, service.externalTrafficPolicy == .local, service.healthCheckNodePort == nil {
      service.healthCheckNodePort = nodePort(.tcp, service, salt: 1000)
    }
  }

  private mutating func clusterIP(_ family: IPFamily, _ service: Service) -> Address? {
    guard let block = serviceCIDRs.first(where: { $0.family == family }) else {
      problem(service, "wants an \(family.name) cluster IP, but serviceCIDR has no \(family.name) block")
      return nil
    }
    // The first address is the network's, the last one IPv4's broadcast.
    let unusable: UInt64 = family == .ipv4 ? 2 : 1
    let size = max(min(block.count, 1 << 20), unusable) - unusable
    let band = size <= 16 ? 0 : min(max(16, size / 16), 256)
    let start = stableHash(service.metadata.namespacedName.description) % max(size - band, 1)
    let range = "serviceCIDR \(block)"
    for step in 0..<(isExhausted("cluster IP", range) ? 0 : size) {
      // Round the dynamic band first, then the static one.
      let offset = step < size - band ? band + (start + step) % (size - band) : step - (size - band)
      if let address = block.address(at: offset + 1), takenIPs.insert(address).inserted { return address }
    }
    finds(no: "cluster IP", in: range, service, hint: "set cluster.serviceCIDR to a wider block")
    return nil
  }

  /// The node port that a port of the same number and another protocol has got already, if it is free for this one too.
  ///
  /// Source: pkg/registry/core/service/storage/alloc.go, `initNodePorts`.
  private mutating func sharedNodePort(_ service: Service, _ index: Int) -> UInt16? {
    let port = service.ports[index]
    let other = service.ports.first { $0.port == port.port && $0.protocol != port.protocol && $0.nodePort != nil }
    guard let nodePort = other?.nodePort, takenPorts.insert(ServiceAllocator.key(nodePort, port.protocol)).inserted
    else { return nil }
    return nodePort
  }

  private mutating func nodePort(_ transport: IPProtocol, _ service: Service, salt: Int) -> UInt16? {
    let size = UInt64(nodePorts.count)
    let band = size <= 16 ? 0 : min(max(16, size / 32), 128)
    let start = stableHash("\(service.metadata.namespacedName)#\(salt)") % max(size - band, 1)
    for step in 0..<size {
      let offset = step < size - band ? band + (start + step) % (size - band) : step - (size - band)
      let port = UInt16(UInt64(nodePorts.lowerBound) + offset)
      if takenPorts.insert(ServiceAllocator.key(port, transport)).inserted { return port }
    }
    finds(
      no: "node port", in: "nodePortRange \(nodePorts.lowerBound)-\(nodePorts.upperBound)", service,
      hint: "set cluster.nodePortRange to a wider range")
    return nil
  }

  /// An address for a load balancer: the one asked for, else the next free one.
  ///
  /// Automatic ones start twenty into the block, so that an administrator has room below, and take that room last.
  mutating func balancerAddress(_ family: IPFamily, _ service: Service) -> Address? {
    guard let block = balancerCIDRs.first(where: { $0.family == family }) else { return nil }
    if let wanted = service.loadBalancerIP, wanted.family == family {
      if let owner = balancerOwners[wanted] {
        problem(service, "asks for load balancer address \(wanted), which Service \(owner) has")
        return nil
      }
      balancerOwners[wanted] = service.metadata.namespacedName
      return wanted
    }
    let count = block.count
    let start: UInt64 = count > 32 ? 20 : count > 2 ? 1 : 0
    var step = nextBalancer[family] ?? 0
    while step < count {
      let offset = step < count - start ? start + step : step - (count - start)
      step += 1
      guard let address = block.address(at: offset), takenIPs.insert(address).inserted else { continue }
      nextBalancer[family] = step
      return address
    }
    nextBalancer[family] = step
    finds(
      no: "load balancer address", in: "loadBalancers.addresses \(block)", service,
      hint: "set loadBalancers.addresses to a wider block")
    return nil
  }

  private mutating func problem(_ service: Service, _ message: String) {
    refusals.append(AssemblyProblem(kind: "Service", object: service.metadata.namespacedName, message: message))
  }
}
