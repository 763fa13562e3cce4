// SPDX-License-Identifier: GPL-3.0-or-later
import CGSL
import Testing

@testable import SimCore

/// The constants that draws read are those that our own logarithm and exponential give.
@Suite struct ZigguratTableTests {
  @Test func constantsAreTheLayers() {
    for (number, layer) in Ziggurat.layers.enumerated() {
      #expect(cgsl_ziggurat_certain(UInt64(number)) == layer.certain, "layer \(number)")
      #expect(cgsl_ziggurat_scale(UInt64(number)).bitPattern == layer.scale.bitPattern, "layer \(number)")
    }
    #expect(cgsl_ziggurat_certain(0xabcd_ef00) == cgsl_ziggurat_certain(0), "only the lower eight bits choose")
  }
}
