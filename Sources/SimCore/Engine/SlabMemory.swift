// SPDX-License-Identifier: GPL-3.0-or-later
private import CGSL

/// Memory in ever larger slabs, handed out piece by piece and freed all at once.
@usableFromInline struct SlabMemory: ~Copyable {
  @usableFromInline let alignment: Int
  @usableFromInline var slabs: [UnsafeMutableRawPointer] = []
  @usableFromInline var slabBytes = 1 << 16
  @usableFromInline var left = 0
  @usableFromInline var at: UnsafeMutableRawPointer?

  static var hugePage: Int { 1 << 21 }

  /// Hands out pieces from slabs that begin at a multiple of `alignment` bytes.
  @inlinable init(alignment: Int) { self.alignment = alignment }

  @inlinable deinit {
    for slab in slabs { slab.deallocate() }
  }

  /// The next piece.
  @inline(never) @usableFromInline mutating func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    if let piece = at, left >= bytes {
      at = piece + bytes
      left -= bytes
      return piece
    }
    let isHuge = slabBytes >= SlabMemory.hugePage
    let slab = UnsafeMutableRawPointer.allocate(
      byteCount: slabBytes, alignment: isHuge ? SlabMemory.hugePage : alignment)
    // Fewer misses in the processor's page table; where there are no huge pages, nothing happens.
    if isHuge { cgsl_advise_huge_pages(slab, slabBytes) }
    slabs.append(slab)
    at = slab + bytes
    left = slabBytes - bytes
    slabBytes = min(slabBytes * 2, SlabMemory.hugePage)
    return slab
  }
}
