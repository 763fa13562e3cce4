// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// A mistake that shows only when the cluster is put together: something cannot be allocated or placed.
public struct AssemblyProblem: Error, Hashable, Sendable {
  /// The kind of the object concerned, as in its manifest; empty when it is a setting.
  public var kind: String
  /// The object concerned.
  public var object: NamespacedName
  /// What is wrong, in one sentence without the object's name.
  public var message: String
  /// What would mend it.
  public var hint: String

  /// States a problem.
  public init(kind: String, object: NamespacedName, message: String, hint: String = "") {
    self.kind = kind
    self.object = object
    self.message = message
    self.hint = hint
  }
}
