// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Every version of every Service port and of its endpoints: what the control plane tells all kube-proxies.
///
/// Two logs, one of Services and one of EndpointSlices, each applied by every node at its own pace. What a node knows of a
/// port is the last version of each that is not beyond its two points. A port's row stays when its Service goes.
/// Endpoints are merged once per change, for all nodes; a change that changes nothing a kube-proxy sees makes no version.
///
/// Changes must come in order: a point may be used again, but never an earlier one. Several changes of one Service's
/// slices at one point cost one merge.
public final class ServiceLog {
  /// The names of nodes and zones, and the hints, that endpoints mention.
  public var names = TopologyNames()
  /// Every new version in order, by its row, for whoever keeps what follows from versions.
  public private(set) var changes: [Change] = []
  /// The rows of UDP ports, in the order in which they were made.
  public private(set) var datagramRows: [ServicePortID] = []
  /// Rises whenever a port, or whether it has a usable endpoint, has changed.
  public private(set) var statusSerial: UInt32 = 0

  private var rows: [Row] = []
  private var rowIDs: [RowKey: ServicePortID] = [:]
  private var rowsOfService: [NamespacedName: [ServicePortID]] = [:]
  private var slicesOfService: [NamespacedName: [NamedSlice]] = [:]
  private var serviceOfSlice: [NamespacedName: NamespacedName] = [:]
  private var unsettled: [NamespacedName] = []
  private var isUnsettled: Set<NamespacedName> = []
  /// At which points endpoints of a UDP port have changed, each once, in order.
  private var datagramPoints: [LogPoint] = []
  private var servicesPoint = LogPoint.start
  private var endpointsPoint = LogPoint.start
  private let families: [IPFamily]
  /// Behind a pointer, since every packet of a new connection reads it.
  private let changeCount: UnsafeMutablePointer<UInt64>

  /// A new version of a port or of its endpoints.
  public struct Change: Hashable, BitwiseCopyable, Sendable {
    /// The row.
    public let row: ServicePortID
    /// Whether it is the port that changed.
    public let isPort: Bool
  }

  /// A version, and from which point on it holds.
  public struct Version<Value: Sendable>: Sendable {
    /// The point that must be reached to see it.
    public let point: LogPoint
    /// Its number among the row's versions of this kind, from 1 on; 0 is "nothing yet".
    public let serial: UInt32
    /// What it says.
    public let value: Value
  }

  /// A Service port and where its manifest lists it.
  public struct Placed: Hashable, Sendable {
    /// The port.
    public let port: ServicePort
    /// Its index in `spec.ports`.
    public let index: Int
  }

  struct RowKey: Hashable {
    let name: ServicePortName
    let family: IPFamily
  }

  private struct Row {
    let name: ServicePortName
    let family: IPFamily
    /// nil: the port is gone.
    var ports: [Version<Placed?>] = []
    var endpoints: [Version<ServiceEndpoints>] = []
  }

  private struct NamedSlice {
    let name: String
    let family: IPFamily
    var content: EndpointSliceContent
  }

  /// Makes empty logs for the families that the cluster has.
  public init(families: [IPFamily] = [.ipv4, .ipv6]) {
    self.families = families
    changeCount = .allocate(capacity: 1)
    changeCount.initialize(to: 1)
  }

  deinit { changeCount.deallocate() }

  /// Rises with everything that changes, settled or not; never 0.
  @inline(__always) var stamp: UInt64 { changeCount.pointee }

  /// Makes whoever remembers an answer of these logs ask anew.
  func invalidateAnswers() { changeCount.pointee &+= 1 }

  /// The number of rows: every port of every Service there ever was, and of endpoints without one.
  public var count: Int { rows.count }

  /// Whether a change of slices has not been merged yet.
  public var isSettled: Bool { unsettled.isEmpty }

  /// The name of a row's port.
  public func name(of id: ServicePortID) -> ServicePortName { rows[id.index].name }
  /// The family of a row's port.
  public func family(of id: ServicePortID) -> IPFamily { rows[id.index].family }

  /// The row of a port; nil when it never had one.
  public func find(_ name: ServicePortName, family: IPFamily) -> ServicePortID? {
    rowIDs[RowKey(name: name, family: family)]
  }
}

// Writing.
extension ServiceLog {
  /// A Service was created or changed.
  public func set(_ service: Service, at point: LogPoint) {
    precondition(point >= servicesPoint, "the log of Services runs forward")
    servicesPoint = point
    let owner = service.metadata.namespacedName
    for family in families {
      let ports = ServicePort.ports(of: service, family: family)
      for (index, port) in ports.enumerated() {
        append(Placed(port: port, index: index), to: row(port.name, family), at: point)
      }
      for id in rowsOfService[owner] ?? [] where rows[id.index].family == family {
        if !ports.contains(where: { $0.name == rows[id.index].name }) { append(nil, to: id, at: point) }
      }
    }
  }

  /// A Service was deleted.
  public func removeService(_ name: NamespacedName, at point: LogPoint) {
    precondition(point >= servicesPoint, "the log of Services runs forward")
    servicesPoint = point
    for id in rowsOfService[name] ?? [] { append(nil, to: id, at: point) }
  }

  /// An EndpointSlice was created or changed. One without the label that names its Service is nobody's.
  public func set(_ slice: EndpointSlice, at point: LogPoint) {
    advanceEndpoints(to: point)
    let sliceName = slice.metadata.namespacedName
    let owner = slice.serviceName.flatMap {
      $0.isEmpty || slice.metadata.labels["service.kubernetes.io/service-proxy-name"] != nil
        || slice.metadata.labels["service.kubernetes.io/headless"] != nil
        ? nil : NamespacedName(slice.metadata.namespace, $0)
    }
    if let former = serviceOfSlice[sliceName], former != owner { removeSlice(sliceName, at: point) }
    guard let owner, let family = slice.addressType, families.contains(family) else { return }
    let content = EndpointSliceContent(slice, family: family, names: &names)
    var slices = slicesOfService[owner] ?? []
    slicesOfService[owner] = nil
    defer { slicesOfService[owner] = slices }
    let at = slices.firstIndex { !$0.name.utf8.lexicographicallyPrecedes(slice.metadata.name.utf8) } ?? slices.count
    if at < slices.count, slices[at].name == slice.metadata.name {
      if slices[at].family == family, slices[at].content == content { return }
      slices[at] = NamedSlice(name: slice.metadata.name, family: family, content: content)
    } else {
      slices.insert(NamedSlice(name: slice.metadata.name, family: family, content: content), at: at)
    }
    serviceOfSlice[sliceName] = owner
    for port in content.ports {
      _ = row(ServicePortName(service: owner, port: port.name, protocol: port.protocol), family)
    }
    unsettle(owner)
  }

  /// An EndpointSlice was deleted.
  public func removeSlice(_ name: NamespacedName, at point: LogPoint) {
    advanceEndpoints(to: point)
    guard let owner = serviceOfSlice.removeValue(forKey: name) else { return }
    slicesOfService[owner]?.removeAll { $0.name == name.name }
    unsettle(owner)
  }

  private func unsettle(_ owner: NamespacedName) {
    changeCount.pointee &+= 1
    if isUnsettled.insert(owner).inserted { unsettled.append(owner) }
  }

  private func advanceEndpoints(to point: LogPoint) {
    precondition(point >= endpointsPoint, "the log of slices runs forward")
    if point > endpointsPoint { settle() }
    endpointsPoint = point
  }

  private func row(_ name: ServicePortName, _ family: IPFamily) -> ServicePortID {
    let key = RowKey(name: name, family: family)
    if let id = rowIDs[key] { return id }
    let id = ServicePortID(rawValue: UInt32(rows.count))
    changeCount.pointee &+= 1
    rows.append(Row(name: name, family: family))
    rowIDs[key] = id
    rowsOfService[name.service, default: []].append(id)
    if name.protocol == .udp { datagramRows.append(id) }
    return id
  }

  private func append(_ placed: Placed?, to id: ServicePortID, at point: LogPoint) {
    let last = rows[id.index].ports.last
    if last.map({ $0.value == placed }) ?? (placed == nil) { return }
    changeCount.pointee &+= 1
    let version = Version(point: point, serial: (last?.serial ?? 0) + 1, value: placed)
    if last?.point == point { rows[id.index].ports.removeLast() }
    rows[id.index].ports.append(version)
    changes.append(Change(row: id, isPort: true))
    statusSerial &+= 1
  }

  /// Merges the slices that have changed at the present point.
  ///
  /// - Complexity: O(endpoints of the Services concerned).
  public func settle() {
    if unsettled.isEmpty { return }
    changeCount.pointee &+= 1
    let owners = unsettled
    unsettled = []
    isUnsettled = []
    for owner in owners {
      let slices = slicesOfService[owner] ?? []
      for id in rowsOfService[owner] ?? [] {
        let row = rows[id.index]
        let merged = EndpointSliceContent.endpoints(
          of: slices.lazy.filter { $0.family == row.family }.map(\.content), port: row.name.port,
          protocol: row.name.protocol)
        let last = row.endpoints.last
        if last?.value.all ?? [] == merged { continue }
        let value = ServiceEndpoints(merged, names: names)
        if value.hasUsable != (last?.value.hasUsable ?? false) { statusSerial &+= 1 }
        if last?.point == endpointsPoint { rows[id.index].endpoints.removeLast() }
        rows[id.index].endpoints.append(
          Version(point: endpointsPoint, serial: (last?.serial ?? 0) + 1, value: value))
        changes.append(Change(row: id, isPort: false))
        if row.name.protocol == .udp, datagramPoints.last != endpointsPoint { datagramPoints.append(endpointsPoint) }
      }
    }
  }
}

// Reading.
extension ServiceLog {
  /// What a node at this point of the Services' log knows of a port; nil when it knows none, serial 0 when it never did.
  public func port(_ id: ServicePortID, at point: LogPoint) -> (serial: UInt32, value: Placed?) {
    let version = Self.last(rows[id.index].ports, at: point)
    return (version?.serial ?? 0, version.flatMap(\.value))
  }

  /// The versions of a port that are kept, oldest first; nil where it was gone.
  func portVersions(_ id: ServicePortID) -> [ServicePort?] { rows[id.index].ports.map { $0.value?.port } }

  /// What a node at this point of the slices' log knows of a port's endpoints.
  public func endpoints(_ id: ServicePortID, at point: LogPoint) -> (serial: UInt32, value: ServiceEndpoints) {
    settle()
    let version = Self.last(rows[id.index].endpoints, at: point)
    return (version?.serial ?? 0, version?.value ?? .none)
  }

  /// Whether endpoints of a UDP port have changed between two points: then a sync looks for stale entries.
  public func datagramEndpointsChanged(after: LogPoint, upTo: LogPoint) -> Bool {
    settle()
    // Nodes lag by little, so the answer is near the end.
    guard let last = datagramPoints.last(where: { $0 <= upTo }) else { return false }
    return last > after
  }

  /// From which points on a row's last versions hold: whoever has passed both sees the latest.
  public func latestPoints(_ id: ServicePortID) -> (services: LogPoint, endpoints: LogPoint) {
    settle()
    return (rows[id.index].ports.last?.point ?? .start, rows[id.index].endpoints.last?.point ?? .start)
  }

  /// The serials of the oldest versions that a row still has.
  func oldestSerials(_ id: ServicePortID) -> (port: UInt32, endpoints: UInt32) {
    (rows[id.index].ports.first?.serial ?? 0, rows[id.index].endpoints.first?.serial ?? 0)
  }

  /// The number of endpoints of all Service ports at two points, which decides on large-cluster mode.
  public func endpointCount(family: IPFamily, services: LogPoint, endpoints: LogPoint) -> Int {
    settle()
    var sum = 0
    for row in rows where row.family == family {
      guard let placed = Self.last(row.ports, at: services), placed.value != nil else { continue }
      sum += Self.last(row.endpoints, at: endpoints)?.value.countOfSockets ?? 0
    }
    return sum
  }

  /// Drops versions that nobody sees any more because every node has passed these points.
  public func forget(services: LogPoint, endpoints: LogPoint) {
    settle()
    datagramPoints.removeAll { $0 < endpoints }
    for i in rows.indices {
      Self.forget(&rows[i].ports, before: services)
      Self.forget(&rows[i].endpoints, before: endpoints)
    }
  }

  private static func forget<Value>(_ versions: inout [Version<Value>], before point: LogPoint) {
    guard versions.count > 1, let first = versions.lastIndex(where: { $0.point <= point }), first > 0 else { return }
    versions.removeFirst(first)
  }

  private static func last<Value>(_ versions: [Version<Value>], at point: LogPoint) -> Version<Value>? {
    // Nodes lag by little, so the answer is almost always near the end.
    var i = versions.count - 1
    var step = 1
    while i >= 0, versions[i].point > point {
      i -= step
      step <<= 1
    }
    if step == 1 { return i >= 0 ? versions[i] : nil }
    var low = max(i, -1)
    var high = min(i + (step >> 1), versions.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if versions[middle].point > point { high = middle } else { low = middle }
    }
    return low >= 0 ? versions[low] : nil
  }
}
