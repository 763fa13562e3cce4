// SPDX-License-Identifier: GPL-3.0-or-later

/// A mistake or an oddity in the input: facts only; `DiagnosticText` words them.
public struct Diagnostic: Hashable, Sendable, Error {
  /// Whether it stops the run.
  public var severity: Severity
  /// Where it is; nil for a file that cannot be read.
  public var place: SourcePlace?
  /// What it is.
  public var problem: Problem

  /// How grave a diagnostic is.
  public enum Severity: String, Hashable, Sendable, CaseIterable {
    case error
    case warning
  }

  /// What can be wrong.
  public enum Problem: Hashable, Sendable {
    /// The file cannot be read; the reason in the system's words.
    case unreadable(file: String, reason: String)
    /// The text is no YAML: what was expected, what was found, and why it was expected.
    case syntax(expected: String, found: String, hint: String)
    /// More than `limit` collections inside each other.
    case tooDeep(limit: Int)
    /// Aliases that stand for more than the file's size justifies.
    case aliasBomb(alias: String)
    /// An alias without its anchor.
    case unknownAlias(String)
    /// The same key twice in a mapping.
    case duplicateKey(String, first: SourcePlace)
    /// A key that a simrun document does not know.
    case unknownKey(String, nearest: String?, allowed: [String])
    /// A required key that is not there.
    case missingKey(String, of: String)
    /// A value of another type.
    case wrongType(expected: String, found: String, hint: String)
    /// A value outside its range: the value, and what it must be (`a whole number`, `between 0 and 1` …).
    case badValue(String, expected: String, hint: String)
    /// One of a fixed set of words was expected.
    case unknownWord(String, what: String, nearest: String?, allowed: [String])
    /// A name that stands for nothing: its kind, the name, what may be meant.
    case unknownName(kind: String, name: String, nearest: String?, hint: String)
    /// Labels that no pod carries.
    case selectsNothing(String, what: String, hint: String)
    /// The same name twice in a namespace.
    case duplicateName(kind: String, name: String, first: SourcePlace)
    /// What Kubernetes refuses, or this program cannot make sense of.
    case refused(String, hint: String)
    /// A kind of object that is not modelled, and how many such objects there are.
    case kindNotModelled(kind: String, apiVersion: String, count: Int)
    /// Something that the format has and the engine does not do yet.
    case notModelledYet(String, hint: String)
    /// Something that is read otherwise than one might think.
    case readAs(String, hint: String)
  }

  /// States an error.
  public static func error(_ problem: Problem, at place: SourcePlace?) -> Diagnostic {
    Diagnostic(severity: .error, place: place, problem: problem)
  }

  /// States a warning.
  public static func warning(_ problem: Problem, at place: SourcePlace?) -> Diagnostic {
    Diagnostic(severity: .warning, place: place, problem: problem)
  }

  /// Whether it is about a file that is not there or cannot be read, which has an exit code of its own.
  public var isUnreadableFile: Bool {
    if case .unreadable = problem { true } else { false }
  }
}

/// Collects what is found while reading, so that all mistakes are told at once.
///
/// A class because readers of every depth add to one list.
final class Findings {
  private(set) var all: [Diagnostic] = []
  /// The directory that relative paths in the document being read start from; empty for the current one.
  var directory = ""

  /// Adds an error.
  func error(_ problem: Diagnostic.Problem, at place: SourcePlace?) {
    all.append(.error(problem, at: place))
  }

  /// Adds a warning.
  func warning(_ problem: Diagnostic.Problem, at place: SourcePlace?) {
    all.append(.warning(problem, at: place))
  }

  /// Adds what others found.
  func add(_ diagnostics: [Diagnostic]) { all += diagnostics }

  /// Whether something stops the run.
  var hasErrors: Bool { all.contains { $0.severity == .error } }

  /// How many errors there are.
  var errorCount: Int { all.reduce(0) { $0 + ($1.severity == .error ? 1 : 0) } }

  /// Everything, each once, sorted by place; what has no place comes first.
  var sorted: [Diagnostic] { Findings.sorted(all) }

  /// Sorts by place and takes out repetitions, as an alias that stands for a faulty value makes them.
  static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    var seen = Set<Diagnostic>()
    return diagnostics.enumerated()
      .filter { seen.insert($0.element).inserted }
      .sorted { a, b in
        switch (a.element.place, b.element.place) {
        case (nil, nil): a.offset < b.offset
        case (nil, _): true
        case (_, nil): false
        case (let x?, let y?): x < y || !(y < x) && a.offset < b.offset
        }
      }
      .map(\.element)
  }
}
