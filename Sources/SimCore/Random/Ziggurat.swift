// SPDX-License-Identifier: GPL-3.0-or-later
public import CGSL

/// The layers under e^-x from which exponential draws are made.
///
/// 256 horizontal layers of equal area; a point drawn in a layer nearly always lies under the curve by its layer alone.
/// Source: Marsaglia and Tsang 2000, doi:10.18637/jss.v005.i08, with their edge and area for 256 layers.
///
/// What draws read is `ziggurat.h`, constants that every module sees without a call; it is `certain` and `scale` of
/// these layers, bit by bit.
enum Ziggurat {
  /// A layer: how far its part under the curve reaches, in 2^-53 of its width, its width and the curve's height there.
  struct Layer: BitwiseCopyable {
    var certain: UInt64
    var scale: Double
    /// The height of the curve at the layer's right edge.
    var low: Double
    /// The height of the curve at the right edge of the layer above.
    var high: Double
  }

  /// Where the tail begins.
  static var edge: Double { 7.69711747013104972 }
  /// The area of every layer, that of the lowest including the tail.
  static var area: Double { 0.0039496598225815571993 }

  /// The 256 layers, the lowest first.
  static let layers: [Layer] = {
    var layers: [Layer] = []
    // The lowest layer: a box over [0, edge], drawn from as if it were wide enough to hold the tail as well.
    var right = edge
    var height = Series.exp(-edge)
    let width = area / height
    layers.append(Layer(certain: UInt64(edge / width * 0x1p53), scale: width * 0x1p-53, low: 0, high: height))
    for number in 1..<256 {
      // The next edge: the layer between the two heights has the area of all.
      let above = height + area / right
      let left = number == 255 ? 0 : -Series.log(above)
      layers.append(
        Layer(
          certain: UInt64(left / right * 0x1p53), scale: right * 0x1p-53, low: height, high: number == 255 ? 1 : above))
      right = left
      height = above
    }
    return layers
  }()
}

extension RandomStream {
  /// A number from the exponential law of mean 1.
  ///
  /// The same bits on every machine: tables, wedges and tail come from add, subtract, multiply and divide alone. The
  /// tail beyond a point is the law over again (it has no memory), so it needs no logarithm.
  @inlinable @inline(__always) public mutating func exponential() -> Double {
    let bits = next()
    let across = bits &>> 11
    if across < cgsl_ziggurat_certain(bits) {
      return Double(Int64(truncatingIfNeeded: across)) * cgsl_ziggurat_scale(bits)
    }
    return exponentialBeyond(bits)
  }

  /// Settles a draw that its layer alone does not.
  @inline(never) @usableFromInline mutating func exponentialBeyond(_ first: UInt64) -> Double {
    var bits = first
    var offset = 0.0
    while true {
      let number = Int(truncatingIfNeeded: bits & 255)
      let layer = Ziggurat.layers[number]
      let across = bits &>> 11
      let x = Double(Int64(truncatingIfNeeded: across)) * layer.scale
      if across < layer.certain { return offset + x }
      if number == 0 {
        offset += Ziggurat.edge
      } else if layer.low + (layer.high - layer.low) * unit() < Series.exp(-x) {
        return offset + x
      }
      bits = next()
    }
  }
}
