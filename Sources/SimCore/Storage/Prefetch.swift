// SPDX-License-Identifier: GPL-3.0-or-later
public import CGSL

/// Asks the processor to bring a cache line closer; no effect on any result.
@inlinable @inline(__always) public func prefetchLine(_ address: UnsafeRawPointer) { cgsl_prefetch(address) }
