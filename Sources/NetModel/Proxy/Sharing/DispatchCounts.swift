// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// How many rules a Service port has in each shared chain, told without writing them.
public struct DispatchCounts: Hashable, BitwiseCopyable, Sendable {
  private var filterServices: UInt32 = 0
  private var filterExternalServices: UInt32 = 0
  private var filterNodePorts: UInt32 = 0
  private var filterProxyFirewall: UInt32 = 0
  private var natServices: UInt32 = 0
  private var natNodePorts: UInt32 = 0

  /// No rules.
  public init() {}

  /// Counts a port's rules on a node that has, or has not, endpoints for Local policy.
  public init(_ port: ServicePort, hasEndpoints: Bool, hasLocal: Bool, countsLocalhostNodePorts: Bool) {
    let internally = hasEndpoints && (hasLocal || !port.internalPolicyLocal)
    let externally = hasEndpoints && (hasLocal || !port.externalPolicyLocal)
    let addresses = UInt32(port.externalIPs.count + port.loadBalancerVIPs.count)
    natServices = (internally ? 1 : 0) + (hasEndpoints ? addresses : 0)
    filterServices = internally ? 0 : 1
    filterExternalServices = externally ? 0 : addresses + (port.nodePort == nil ? 0 : 1)
    filterNodePorts = port.healthCheckNodePort == nil ? 0 : 1
    if hasEndpoints, !port.loadBalancerSourceRanges.isEmpty {
      filterProxyFirewall = UInt32(port.loadBalancerVIPs.count)
    }
    if port.nodePort != nil, hasEndpoints { natNodePorts = countsLocalhostNodePorts ? 2 : 1 }
  }

  /// The number of rules in one chain.
  public subscript(chain: DispatchChain) -> Int {
    switch chain {
    case .filterServices: Int(filterServices)
    case .filterExternalServices: Int(filterExternalServices)
    case .filterNodePorts: Int(filterNodePorts)
    case .filterProxyFirewall: Int(filterProxyFirewall)
    case .natServices: Int(natServices)
    case .natNodePorts: Int(natNodePorts)
    }
  }

  /// Adds another port's rules.
  public static func += (a: inout DispatchCounts, b: DispatchCounts) {
    a.filterServices += b.filterServices
    a.filterExternalServices += b.filterExternalServices
    a.filterNodePorts += b.filterNodePorts
    a.filterProxyFirewall += b.filterProxyFirewall
    a.natServices += b.natServices
    a.natNodePorts += b.natNodePorts
  }
}
