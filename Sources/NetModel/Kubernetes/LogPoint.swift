// SPDX-License-Identifier: GPL-3.0-or-later

/// How far a log of the control plane's changes has been applied: the number of its entries that count.
///
/// A version that was written as entry `n` (counted from 1) is seen by whoever has applied `n` entries or more. Point
/// `start` sees nothing. Logs are only ever applied in order, so one number says everything about what a node knows.
public struct LogPoint: RawRepresentable, Hashable, Comparable, BitwiseCopyable, Sendable {
  /// The number of entries applied.
  public let rawValue: UInt32

  /// Wraps a number of entries.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Before the first entry.
  public static var start: LogPoint { LogPoint(rawValue: 0) }

  /// After every entry there will ever be.
  public static var latest: LogPoint { LogPoint(rawValue: .max) }

  /// The point one entry further on.
  public var next: LogPoint { LogPoint(rawValue: rawValue + 1) }

  /// Orders by how much has been applied.
  public static func < (a: LogPoint, b: LogPoint) -> Bool { a.rawValue < b.rawValue }
}
