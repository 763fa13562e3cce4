// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// What this model draws by key. The numbers are part of every run's history: a new purpose takes a new one.
extension DrawPurpose {
  /// Loss and jitter of a packet on a link.
  static let link = DrawPurpose(rawValue: 1)
  /// The endpoint of a new flow on a node.
  static let endpoint = DrawPurpose(rawValue: 2)
  /// The SNAT port of a new flow on a node.
  static let snatPort = DrawPurpose(rawValue: 3)
  /// The target of a flow at a load balancer.
  static let balancer = DrawPurpose(rawValue: 4)
  /// The service time of a request.
  static let service = DrawPurpose(rawValue: 5)
  /// The sizes of a request and its response.
  static let sizes = DrawPurpose(rawValue: 6)
  /// The local port of a connection.
  static let localPort = DrawPurpose(rawValue: 7)
  /// A delay of the control plane.
  static let controlPlane = DrawPurpose(rawValue: 9)
  /// The think time of a client.
  static let think = DrawPurpose(rawValue: 10)
}
