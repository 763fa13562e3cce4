// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The flows whose outcome or distribution is another in a second cluster than in a first.
///
/// Doors are told apart by Service port, kind and family, external IPs by themselves; endpoints by what `name` calls
/// them, so that a pod that only got another address has not changed.
public struct ReachabilityDiff: Sendable {
  /// What changed, in the order of the first cluster's doors, then of those that only the second one has.
  public var changes: [Change] = []
  /// How many flows were compared: a door at a node from a source.
  public var compared = 0

  /// A flow that changed, at all nodes where it changed alike.
  public struct Change: Sendable {
    /// The Service port.
    public var port: ServicePortName
    /// The kind of door.
    public var kind: ReachabilityMatrix.Kind
    /// The address asked for, in the first cluster that has the door.
    public var socket: SocketAddress
    /// From where.
    public var source: ReachabilityMatrix.Source
    /// The nodes it changed at.
    public var nodes: [String]
    /// What it was; nil where there was no such door, node or source.
    public var before: Outcome?
    /// What it is; nil where there is none.
    public var after: Outcome?
  }

  /// Where a flow goes.
  public struct Outcome: Hashable, Sendable {
    /// How it ends.
    public var verdict: ProbeVerdict
    /// Whether a branch is masqueraded.
    public var masquerade: Bool
    /// Each endpoint by name, with its probability in units of 1e-6.
    public var endpoints: [Endpoint]

    /// An endpoint and its share.
    public struct Endpoint: Hashable, Sendable {
      /// What it is called.
      public var name: String
      /// Its probability in millionths.
      public var millionths: Int
    }

    /// Sums an answer up.
    init(_ result: ProbeResult, _ name: (SocketAddress) -> String) {
      verdict = result.verdict
      masquerade = result.masquerade
      endpoints = result.probabilities
        .map { Endpoint(name: name($0.endpoint), millionths: Int(($0.probability * 1e6).rounded())) }
        .sorted { $0.name < $1.name }
    }
  }

  private struct DoorKey: Hashable {
    var port: ServicePortName
    var kind: ReachabilityMatrix.Kind
    var family: IPFamily
    var external: Address?
  }

  private struct FlowKey: Hashable {
    var node: String
    var source: ReachabilityMatrix.Source
  }

  /// Compares two clusters.
  public init(
    _ first: ReachabilityMatrix, named firstName: (SocketAddress) -> String, _ second: ReachabilityMatrix,
    named secondName: (SocketAddress) -> String
  ) {
    let before = Self.flows(first, firstName)
    let after = Self.flows(second, secondName)
    var order: [DoorKey] = []
    var sockets: [DoorKey: SocketAddress] = [:]
    for door in first.doors + second.doors {
      let key = Self.key(door)
      if sockets[key] == nil {
        sockets[key] = door.socket
        order.append(key)
      }
    }
    for key in order {
      let old = before[key] ?? (outcomes: [:], order: [])
      let new = after[key] ?? (outcomes: [:], order: [])
      var found: [Change] = []
      for flow in old.order + new.order.filter({ old.outcomes[$0] == nil }) {
        compared += 1
        let (was, isNow) = (old.outcomes[flow], new.outcomes[flow])
        guard !Self.same(was, isNow), let socket = sockets[key] else { continue }
        let alike = found.firstIndex { $0.source == flow.source && $0.before == was && $0.after == isNow }
        if let alike {
          found[alike].nodes.append(flow.node)
        } else {
          found.append(
            Change(
              port: key.port, kind: key.kind, socket: socket, source: flow.source, nodes: [flow.node], before: was,
              after: isNow))
        }
      }
      changes += found
    }
  }

  /// A millionth of rounding is no change.
  private static func same(_ a: Outcome?, _ b: Outcome?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    guard a.verdict == b.verdict, a.masquerade == b.masquerade, a.endpoints.map(\.name) == b.endpoints.map(\.name)
    else { return false }
    return zip(a.endpoints, b.endpoints).allSatisfy { abs($0.millionths - $1.millionths) <= 1 }
  }

  private static func key(_ door: ReachabilityMatrix.Door) -> DoorKey {
    DoorKey(
      port: door.port, kind: door.kind, family: door.socket.address.family,
      external: door.kind == .externalIP ? door.socket.address : nil)
  }

  private static func flows(
    _ matrix: ReachabilityMatrix, _ name: (SocketAddress) -> String
  ) -> [DoorKey: (outcomes: [FlowKey: Outcome], order: [FlowKey])] {
    var flows: [DoorKey: (outcomes: [FlowKey: Outcome], order: [FlowKey])] = [:]
    for door in matrix.doors {
      var known = flows[key(door)] ?? (outcomes: [:], order: [])
      for node in door.nodes {
        for source in ReachabilityMatrix.Source.allCases {
          guard let answer = door.answers[source] else { continue }
          let flow = FlowKey(node: node, source: source)
          // Of two addresses of one kind the first one speaks for the kind.
          guard known.outcomes[flow] == nil else { continue }
          known.outcomes[flow] = Outcome(answer, name)
          known.order.append(flow)
        }
      }
      flows[key(door)] = known
    }
    return flows
  }
}
