// SPDX-License-Identifier: GPL-3.0-or-later

/// Memory in ever larger slabs, handed out piece by piece and freed all at once.
@usableFromInline struct SlabMemory: ~Copyable {
  @usableFromInline let alignment: Int
  @usableFromInline var slabs: [UnsafeMutableRawPointer] = []
  @usableFromInline var slabBytes = 1 << 16
  @usableFromInline var left = 0
  @usableFromInline var at: UnsafeMutableRawPointer?

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
    let slab = UnsafeMutableRawPointer.allocate(byteCount: slabBytes, alignment: alignment)
    slabs.append(slab)
    at = slab + bytes
    left = slabBytes - bytes
    slabBytes = min(slabBytes * 2, 1 << 21)
    return slab
  }
}
