// SPDX-License-Identifier: GPL-3.0-or-later

/// The folded product: the high half of a 64 x 64-bit product exclusive-or its low half.
///
/// Source: the mixing step of wyhash and rapidhash (Wang Yi, public domain algorithm).
@inlinable @inline(__always) public func foldedProduct(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let (high, low) = a.multipliedFullWidth(by: b)
  return high ^ low
}

/// One step of splitmix64 (Steele, Lea and Flood 2014): advances the state, returns 64 well mixed bits.
@inlinable public func splitMix64(_ state: inout UInt64) -> UInt64 {
  state &+= 0x9e37_79b9_7f4a_7c15
  var z = state
  z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z &>> 31)
}

/// A 64-bit hash of a text's UTF-8, the same on every machine and in every process (FNV-1a, then splitmix64's finish).
public func stableHash(_ text: String) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  return splitMix64(&hash)
}
