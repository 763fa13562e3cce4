// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// An external load balancer.
struct BalancerState: BitwiseCopyable {
  var link: LinkID
  /// The next target of round robin.
  var next: UInt32 = 0
}
