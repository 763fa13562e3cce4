// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

/// Addresses and ports that Services get.
@Suite struct AllocationTests {
  private func balancer(_ name: String, wants: String? = nil) -> Service {
    var service = Service(metadata: ObjectMeta(name: name, namespace: "default"), type: .loadBalancer)
    service.ports = [Service.Port(port: 80)]
    service.loadBalancerIP = wants.map { ip($0) }
    return service
  }

  private func assembly(
    _ services: [Service], serviceCIDR: String = "10.96.0.0/12", pool: String = "198.51.100.0/24"
  ) -> ClusterAssembly {
    var specification = WorldSpecification()
    specification.cluster.services = services
    specification.cluster.serviceCIDRs = [block(serviceCIDR)]
    specification.loadBalancers.addresses = [block(pool)]
    return ClusterAssembly(specification)
  }

  private func addresses(_ assembly: ClusterAssembly) -> [String] {
    assembly.services.map { $0.loadBalancerIngress.first?.ip?.description ?? "-" }
  }

  @Test func smallPoolsAreUsedUp() {
    #expect(addresses(assembly([balancer("a")])) == ["198.51.100.20"])
    let many = (0..<17).map { balancer("s\($0 < 10 ? "0" : "")\($0)") }
    let full = assembly(many, pool: "198.51.100.16/28")
    #expect(addresses(full).prefix(16) == ((17...31).map { "198.51.100.\($0)" } + ["198.51.100.16"])[...])
    #expect(full.problems.map(\.object.name) == ["s16"])
    #expect(addresses(assembly([balancer("a")], pool: "198.51.100.7/32")) == ["198.51.100.7"])
    let whole = assembly((0..<256).map { balancer("s\($0)") })
    #expect(whole.problems.isEmpty)
    #expect(Set(addresses(whole)).count == 256)
  }

  @Test func anAddressAskedForIsGivenToNobodyElse() {
    let mixed = assembly([balancer("a"), balancer("b", wants: "198.51.100.20"), balancer("c")])
    #expect(addresses(mixed) == ["198.51.100.21", "198.51.100.20", "198.51.100.22"])
    #expect(mixed.problems.isEmpty)
    let clash = assembly([balancer("a", wants: "198.51.100.20"), balancer("b", wants: "198.51.100.20")])
    #expect(
      clash.problems.map(\.message) == ["asks for load balancer address 198.51.100.20, which Service default/a has"])
  }

  @Test func tinyServiceRangesAreExhaustedNotFatal() {
    for (block, room) in [("10.96.0.0/32", 0), ("10.96.0.0/31", 0), ("10.96.0.0/30", 2), ("10.96.0.0/29", 6)] {
      let services = (0..<7).map { number in
        var service = Service(metadata: ObjectMeta(name: "s\(number)", namespace: "default"))
        service.ports = [Service.Port(port: 80)]
        return service
      }
      let full = assembly(services, serviceCIDR: block)
      #expect(Set(full.services.flatMap(\.clusterIPs)).count == room)
      #expect(
        full.problems.map(\.message) == [
          "finds no free cluster IP, nor do \(6 - room) more: serviceCIDR \(block) is exhausted"
        ] || room == 6 && full.problems.count == 1)
    }
  }

  @Test func onePortOfTwoProtocolsHasOneNodePort() {
    var dns = Service(metadata: ObjectMeta(name: "dns", namespace: "default"), type: .nodePort)
    dns.ports = [
      Service.Port(name: "udp", protocol: .udp, port: 53), Service.Port(name: "tcp", protocol: .tcp, port: 53),
      Service.Port(name: "metrics", protocol: .tcp, port: 9153),
    ]
    let made = assembly([dns])
    let ports = made.services[0].ports.compactMap(\.nodePort)
    #expect(ports.count == 3 && ports[0] == ports[1] && ports[2] != ports[0])
  }

  @Test func reservedPortsAndAddressesAreLeftAlone() {
    var fixed = balancer("fixed")
    fixed.ports[0].nodePort = 30100
    fixed.clusterIPs = [ip("10.96.1.5")]
    let others = (0..<40).map { balancer("s\($0)") }
    let made = assembly([fixed] + others, serviceCIDR: "10.96.1.0/26")
    #expect(made.problems.isEmpty)
    #expect(Set(made.services.flatMap(\.clusterIPs)).count == 41)
    #expect(Set(made.services.flatMap { $0.ports.compactMap(\.nodePort) }).count == 41)
  }

  @Test func aShareOfPodsIsRoundedUpExactly() {
    func limit(_ share: Double, of count: Int) -> Int {
      PodSelection(share: share).limit(of: count)
    }
    #expect(limit(0.07, of: 100) == 7)
    #expect(limit(0.071, of: 100) == 8)
    #expect(limit(0, of: 5) == 0)
    #expect(limit(1, of: 5) == 5)
    #expect(limit(0.5, of: 0) == 0)
    #expect(limit(0.001, of: 3) == 1)
    for count in 1...400 {
      for percent in 0...100 { #expect(limit(Double(percent) / 100, of: count) == (count * percent + 99) / 100) }
    }
    #expect(PodSelection(count: 2, share: 0.5).limit(of: 10) == 2)
    #expect(PodSelection(count: 2).limit(of: 1) == 1)
  }
}
