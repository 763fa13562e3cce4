// SPDX-License-Identifier: GPL-3.0-or-later

/// State of a class that hot paths read: behind a pointer, where no access is checked for exclusivity at run time.
///
/// The owner sees to it that no access overlaps another; within one class whose methods call nobody back that is plain.
/// A stored `var` of a class costs a call of the runtime at each access, some 10 ns.
public struct Cell<State: ~Copyable>: ~Copyable {
  @usableFromInline let pointer: UnsafeMutablePointer<State>

  /// Puts the state in its place.
  @inlinable public init(_ state: consuming State) {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: state)
  }

  @inlinable deinit {
    pointer.deinitialize(count: 1)
    pointer.deallocate()
  }

  /// The state.
  @inlinable public var state: State {
    @inline(__always) unsafeAddress { UnsafePointer(pointer) }
    @inline(__always) nonmutating unsafeMutableAddress { pointer }
  }
}
