// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing

@testable import Scenarios

/// Files and texts for the loader's tests.
enum LoadingFixtures {
  /// A path beside this file, as a test run sees it.
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/" + name).path
  }

  /// The names of the files of a directory, sorted.
  static func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(directory)).filter { $0.hasSuffix(".yaml") }.sorted()
  }

  /// Loads one text.
  static func load(
    _ text: String, name: String = "test.yaml", overrides: [ScenarioLoader.Override] = []
  ) -> Result<ScenarioLoader.Loaded, ScenarioLoader.Failure> {
    ScenarioLoader(overrides: overrides).load(texts: [SourceText(name: name, text: text)])
  }

  /// Everything found in a text, loaded or not.
  static func diagnostics(_ text: String, overrides: [ScenarioLoader.Override] = []) -> [Diagnostic] {
    switch load(text, overrides: overrides) {
    case .success(let loaded): loaded.warnings
    case .failure(let failure): failure.diagnostics
    }
  }

  /// A Scenario document with this `spec`, whose lines are indented by two already.
  static func scenario(_ spec: String) -> String {
    "apiVersion: simrun/v1\nkind: Scenario\nmetadata: {name: test}\nspec:\n" + spec
  }
}

extension Diagnostic {
  /// `line: message | hint`, to compare in tests.
  var brief: String { "\(place?.line ?? 0): \(message)" + (hint.isEmpty ? "" : " | \(hint)") }
}
