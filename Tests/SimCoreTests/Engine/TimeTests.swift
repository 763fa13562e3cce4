// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

/// Time never wraps around.
@Suite struct TimeTests {
  @Test func instantsSaturate() {
    #expect(SimTime.never + .seconds(1) == .never)
    #expect(SimTime(nanoseconds: .max - 5) + .nanoseconds(10) == .never)
    #expect(SimTime(nanoseconds: 5) - .nanoseconds(10) == .zero)
    #expect(SimTime(nanoseconds: 5) + .nanoseconds(-10) == .zero)
    #expect(SimTime.zero - SimDuration(nanoseconds: .min) == SimTime(nanoseconds: UInt64(Int64.max)))
    #expect(SimTime.never + SimDuration(nanoseconds: .min) == SimTime(nanoseconds: UInt64(Int64.max)))
    #expect(SimTime.never - .zero == SimDuration(nanoseconds: .max))
    #expect(SimTime.zero - .never == SimDuration(nanoseconds: -.max))
    #expect(SimTime(nanoseconds: 3) - SimTime(nanoseconds: 5) == .nanoseconds(-2))
    #expect(SimTime(nanoseconds: 3) + .nanoseconds(4) == SimTime(nanoseconds: 7))
  }

  @Test func spansSaturate() {
    #expect(SimDuration.seconds(.max) == SimDuration(nanoseconds: .max))
    #expect(SimDuration.milliseconds(.min) == SimDuration(nanoseconds: .min))
    #expect(SimDuration(nanoseconds: .max) + .nanoseconds(1) == SimDuration(nanoseconds: .max))
    #expect(SimDuration(nanoseconds: .min) + .nanoseconds(-1) == SimDuration(nanoseconds: .min))
    #expect(SimDuration(nanoseconds: .min) - .nanoseconds(1) == SimDuration(nanoseconds: .min))
    #expect(SimDuration(nanoseconds: .max) - .nanoseconds(-1) == SimDuration(nanoseconds: .max))
    #expect(SimDuration.seconds(3) * 4 == .seconds(12))
    #expect(SimDuration.seconds(1) * -.max == SimDuration(nanoseconds: .min))
    #expect(SimDuration.microseconds(1500) + .milliseconds(1) == .nanoseconds(2_500_000))
  }

  @Test func secondsAreRounded() {
    #expect(SimDuration(seconds: 1.5) == .milliseconds(1500))
    #expect(SimDuration(seconds: 0.4e-9) == .zero)
    #expect(SimDuration(seconds: -0.6e-9) == .nanoseconds(-1))
    #expect(SimDuration(seconds: .nan) == nil)
    #expect(SimDuration(seconds: 1e300) == nil)
    #expect(SimDuration(seconds: -.infinity) == nil)
    #expect(SimDuration.milliseconds(250).seconds == 0.25)
    #expect(SimTime(nanoseconds: 2_500_000_000).seconds == 2.5)
  }

  @Test func partsAndMultiples() {
    #expect(SimDuration.seconds(1) / 4 == .milliseconds(250))
    #expect(SimDuration.nanoseconds(-7) / 2 == .nanoseconds(-3))
    #expect(SimDuration(nanoseconds: .min) / -1 == SimDuration(nanoseconds: .max))
    #expect(-SimDuration(nanoseconds: .min) == SimDuration(nanoseconds: .max))
    #expect(3 * SimDuration.seconds(1) == .seconds(3))
    #expect(SimDuration.seconds(1).scaled(by: 0.3) == .milliseconds(300))
    #expect(SimDuration.seconds(1).scaled(by: -1e300) == SimDuration(nanoseconds: .min))
    #expect(SimDuration.seconds(1).scaled(by: 1e300) == SimDuration(nanoseconds: .max))
    #expect(SimDuration.seconds(1).scaled(by: .nan) == nil)
    var time = SimTime.zero
    time += .seconds(2)
    #expect(time == SimTime(nanoseconds: 2_000_000_000))
  }

  @Test func drawnSecondsAreClamped() {
    #expect(SimDuration(clampingSeconds: 1.5e-9) == .nanoseconds(2))
    #expect(SimDuration(clampingSeconds: 0.25) == .milliseconds(250))
    #expect(SimDuration(clampingSeconds: -3) == .zero)
    #expect(SimDuration(clampingSeconds: .nan) == .zero)
    #expect(SimDuration(clampingSeconds: .infinity) == SimDuration(nanoseconds: .max))
    #expect(SimDuration(clampingSeconds: 1e12) == SimDuration(nanoseconds: .max))
  }

  @Test func textHasAllNineDecimals() {
    #expect("\(SimTime(nanoseconds: 12_000_000_001))" == "12.000000001s")
    #expect("\(SimDuration.nanoseconds(-250))" == "-0.000000250s")
    #expect("\(SimDuration(nanoseconds: .min))" == "-9223372036.854775808s")
  }
}
