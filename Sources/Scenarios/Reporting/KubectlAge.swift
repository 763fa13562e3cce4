// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Ages as kubectl prints them.
///
/// Source: apimachinery pkg/util/duration, `HumanDuration`.
public enum KubectlAge {
  /// `119s`, `2m30s`, `179m`, `3h5m`, `2d3h`, `2y5d` …; `<invalid>` for what lies 2 s or more in the future.
  public static func text(_ age: SimDuration) -> String {
    let seconds = age.nanoseconds / 1_000_000_000
    if seconds < -1 { return "<invalid>" }
    if seconds < 0 { return "0s" }
    if seconds < 120 { return "\(seconds)s" }
    let minutes = seconds / 60
    if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
    if minutes < 180 { return "\(minutes)m" }
    let hours = minutes / 60
    if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
    if hours < 48 { return "\(hours)h" }
    let days = hours / 24
    if hours < 24 * 8 { return pair(days, "d", hours % 24, "h") }
    if hours < 24 * 365 * 2 { return "\(days)d" }
    if hours < 24 * 365 * 8 { return pair(days / 365, "y", days % 365, "d") }
    return "\(days / 365)y"
  }

  /// Two units, the second left out when it is zero.
  private static func pair(_ first: Int64, _ unit: String, _ second: Int64, _ smaller: String) -> String {
    second == 0 ? "\(first)\(unit)" : "\(first)\(unit)\(second)\(smaller)"
  }
}
