// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What a `TopologyNameID` numbers: the name of a node or of a zone.
public enum TopologyName {}
/// The number of a node's or zone's name in one `TopologyNames`.
public typealias TopologyNameID = ID<TopologyName>

/// The hints of an endpoint: for which nodes and zones it is meant, each sorted by number.
public struct EndpointHints: Hashable, Sendable {
  /// `hints.forNodes`.
  public let nodes: [TopologyNameID]
  /// `hints.forZones`.
  public let zones: [TopologyNameID]
}
/// The number of a set of hints in one `TopologyNames`; none for an endpoint without hints.
public typealias EndpointHintsID = ID<EndpointHints>

/// Where a node stands, as far as endpoint selection asks.
public struct TopologyPlace: Hashable, BitwiseCopyable, Sendable {
  /// The node's name; none for a node that no endpoint or view has named.
  public var node: TopologyNameID
  /// The name of its zone; none when it is in no zone.
  public var zone: TopologyNameID

  /// Makes a place.
  public init(node: TopologyNameID, zone: TopologyNameID) {
    self.node = node
    self.zone = zone
  }
}

/// Numbers the names of nodes and zones, and the sets of hints, so that an endpoint is a few words and holds no text.
///
/// Numbers are given in the order of first use, so equal histories give equal numbers.
public struct TopologyNames: Sendable {
  private var ids: [String: UInt32] = [:]
  private var names: [String] = []
  private var hintIDs: [EndpointHints: UInt32] = [:]
  private var hints: [EndpointHints] = []

  /// Makes an empty table.
  public init() {}

  /// The number of a name, given now if it is new.
  public mutating func intern(_ name: String) -> TopologyNameID {
    if let id = ids[name] { return TopologyNameID(rawValue: id) }
    let id = UInt32(names.count)
    names.append(name)
    ids[name] = id
    return TopologyNameID(rawValue: id)
  }

  /// The number of a name, or none when nobody has named it yet.
  public func find(_ name: String) -> TopologyNameID { ids[name].map(TopologyNameID.init(rawValue:)) ?? .none }

  /// The name behind a number; empty for none.
  public subscript(id: TopologyNameID) -> String { id.isNone ? "" : names[id.index] }

  /// The number of an endpoint's hints; none when it has none.
  public mutating func intern(nodeHints: [String]?, zoneHints: [String]?) -> EndpointHintsID {
    if nodeHints?.isEmpty ?? true, zoneHints?.isEmpty ?? true { return .none }
    let value = EndpointHints(
      nodes: (nodeHints ?? []).map { intern($0) }.sorted(), zones: (zoneHints ?? []).map { intern($0) }.sorted())
    if let id = hintIDs[value] { return EndpointHintsID(rawValue: id) }
    let id = UInt32(hints.count)
    hints.append(value)
    hintIDs[value] = id
    return EndpointHintsID(rawValue: id)
  }

  /// The hints behind a number; nil for none.
  public subscript(id: EndpointHintsID) -> EndpointHints? { id.isNone ? nil : hints[id.index] }

  /// The place of a node by its names.
  public mutating func place(node: String, zone: String?) -> TopologyPlace {
    TopologyPlace(node: intern(node), zone: zone.map { intern($0) } ?? .none)
  }
}
