// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A pod's application: so many requests at once, so many waiting, the rest refused with an error answer.
struct Server: BitwiseCopyable {
  /// Requests served at once.
  var concurrency: UInt32
  /// Requests that may wait.
  var queueLimit: UInt32
  /// How long one takes, in seconds.
  var service: PreparedDistribution
  /// Requests being served.
  var busy: UInt32 = 0
  /// Requests waiting, first and last of the line.
  var waiting: UInt32 = 0
  var first = FlowID.none
  var last = FlowID.none

  /// What is to be done with a request that has just come in whole.
  enum Admission {
    case serve, wait, overloaded
  }

  /// Takes a request in.
  @inline(__always) mutating func admit() -> Admission {
    if busy < concurrency {
      busy += 1
      return .serve
    }
    if waiting < queueLimit {
      waiting += 1
      return .wait
    }
    return .overloaded
  }
}
