// SPDX-License-Identifier: GPL-3.0-or-later

/// Sets a summary beside the one that was kept, and names what changed.
public enum Baseline {
  /// A figure that is not what it was.
  public struct Change: Hashable, Sendable {
    /// Its path in the summary.
    public var path: String
    /// What it was; nil for what was not there.
    public var before: String?
    /// What it is; nil for what is gone.
    public var after: String?

    /// States a change.
    public init(path: String, before: String?, after: String?) {
      self.path = path
      self.before = before
      self.after = after
    }

    /// `requests.failed 321 → 330`.
    public var words: String { "\(path) \(before ?? "–") → \(after ?? "–")" }
  }

  /// What changed between a kept summary's JSON and a new summary; nil when the kept one is no JSON.
  ///
  /// Numbers are compared as they are written, with 9 significant digits.
  public static func changes(kept: [UInt8], now summary: Summary) -> [Change]? {
    guard let before = JSONReader.read(kept) else { return nil }
    let after = JSONReader.read(Array(JSONText.pretty(summary.datum).utf8)) ?? .absent
    var changes: [Change] = []
    compare(before, after, path: "", to: &changes)
    return ordered(changes)
  }

  /// Changes with what explains the others first, and the engine's counts and digests, which change with everything, as
  /// one at the end.
  private static func ordered(_ changes: [Change]) -> [Change] {
    let engine = changes.filter { $0.path.hasPrefix("engine.") }
    let others = changes.enumerated().filter { !$0.element.path.hasPrefix("engine.") }
      .sorted { (rank($0.element.path), $0.offset) < (rank($1.element.path), $1.offset) }.map(\.element)
    guard let digest = engine.first(where: { $0.path == "engine.digest" }) ?? engine.first else { return others }
    return others + [digest]
  }

  /// Where a path stands: the input, then checks, requests, outages, shares, and at last the timeline.
  private static func rank(_ path: String) -> Int {
    let order = [
      "schemaVersion", "scenario", "seed", "replications", "duration", "warmup", "cluster", "events", "probes",
      "expectations", "requests", "workloads", "outage", "outages", "latency", "services", "nodes", "intervals",
      "timeline",
    ]
    let top = path.prefix { $0 != "." }
    return order.firstIndex { $0 == top } ?? order.count
  }

  private static func compare(_ before: Datum?, _ after: Datum?, path: String, to changes: inout [Change]) {
    guard before != after else { return }
    func below(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
    switch (before, after) {
    case (.object(let old)?, .object(let new)?):
      for field in old { compare(field.value, after?[field.name], path: below(field.name), to: &changes) }
      for field in new where before?[field.name] == nil {
        compare(nil, field.value, path: below(field.name), to: &changes)
      }
    case (.list(let old)?, .list(let new)?):
      for at in 0..<max(old.count, new.count) {
        let element = at < new.count ? new[at] : old[at]
        let name = label(element) ?? String(at)
        compare(at < old.count ? old[at] : nil, at < new.count ? new[at] : nil, path: below(name), to: &changes)
      }
    default:
      changes.append(Change(path: path, before: before.map(JSONText.compact), after: after.map(JSONText.compact)))
    }
  }

  /// What a reader calls an element of a list.
  private static func label(_ element: Datum) -> String? {
    for key in ["name", "endpoint"] {
      if case .text(let text)? = element[key] { return text }
    }
    return nil
  }
}
