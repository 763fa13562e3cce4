// SPDX-License-Identifier: GPL-3.0-or-later

/// A rate of `-m limit`, in packets a unit.
///
/// Source: extensions/libxt_limit.c, `parse_rate` and `print_rate`: the kernel keeps the time a packet takes in
/// units of 1/10000 s, so fast rates are rounded.
struct LimitRate: Hashable {
  /// Ten-thousandths of a second a packet.
  let period: UInt32

  private static let units: [(name: String, ticks: UInt64)] = [
    ("day", 10_000 * 86_400), ("hour", 10_000 * 3_600), ("min", 10_000 * 60), ("sec", 10_000),
  ]

  /// Reads `5/min`; a bare number is a second's. Nil for anything else.
  init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let count = RuleNumber.unsigned(parts[0], max: 10_000 * 86_400), count > 0 else { return nil }
    var ticks: UInt64 = 10_000
    if parts.count == 2 {
      let name = parts[1].lowercased()
      let full = ["day", "hour", "minute", "second"]
      guard !name.isEmpty, let place = full.firstIndex(where: { $0.hasPrefix(name) }) else { return nil }
      ticks = LimitRate.units[place].ticks
    }
    guard ticks >= count else { return nil }
    period = UInt32(ticks / count)
  }

  /// As `iptables-save` prints it.
  var saveText: String {
    let rates = LimitRate.units
    let period = UInt64(period)
    var chosen = 0
    for index in 1..<rates.count {
      if period > rates[index].ticks || rates[index].ticks / period < rates[index].ticks % period { break }
      chosen = index
    }
    return "\(rates[chosen].ticks / period)/\(rates[chosen].name)"
  }
}
