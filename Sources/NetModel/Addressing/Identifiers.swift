// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What an `AddressID` numbers: an address known to one simulated world.
public enum InternedAddress {}
/// What a `NodeID` numbers.
public enum NodeRow {}
/// What a `PodID` numbers.
public enum PodRow {}
/// What a `ServicePortID` numbers: one port of one Service, in one family, for as long as the world lasts.
public enum ServicePortRow {}

/// An address interned in an `AddressTable`: equal ids mean equal addresses.
public typealias AddressID = ID<InternedAddress>
/// A node of the simulated cluster.
public typealias NodeID = ID<NodeRow>
/// A pod of the simulated cluster.
public typealias PodID = ID<PodRow>
/// One port of one Service as kube-proxy numbers nothing, but we do: rows stay when a Service goes.
public typealias ServicePortID = ID<ServicePortRow>
