// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// Reads one or several FILEs as one input.
public struct ScenarioLoader: Sendable {
  /// What options of the command line say instead of the file, in the order given.
  public var overrides: [Override]
  /// Whether an input without a Scenario document gets one made up; else `Loaded.isWithoutScenario` tells.
  public var makesScenario: Bool

  /// A value that an option of the command line sets: `--set KEY=VALUE`, `--seed 7`.
  public struct Override: Hashable, Sendable {
    /// The option as typed, for messages: `--set`, `--seed`.
    public var option: String
    /// A path under `spec`, list elements by their names: `workloads.browse.arrivals.rate`.
    public var key: String
    /// The value, as it would be written in the file.
    public var value: String

    /// Sets a key.
    public init(option: String, key: String, value: String) {
      self.option = option
      self.key = key
      self.value = value
    }

    /// Reads the `KEY=VALUE` of an option; nil when there is no `=`.
    public init?(option: String, assignment: String) {
      guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else { return nil }
      self.init(
        option: option, key: String(assignment[..<equals]),
        value: String(assignment[assignment.index(after: equals)...]))
    }
  }

  /// What was read.
  public struct Loaded: Sendable {
    /// The scenario.
    public var scenario: Scenario
    /// What is odd about the input but does not stop a run.
    public var warnings: [Diagnostic]
  }

  /// Why nothing was read.
  public struct Failure: Error, Sendable {
    /// Everything found, warnings too, sorted by place.
    public var diagnostics: [Diagnostic]

    /// Whether files are missing or unreadable, which has an exit code of its own.
    public var isUnreadable: Bool { diagnostics.contains(where: \.isUnreadableFile) }
  }

  /// Makes a loader.
  public init(overrides: [Override] = [], makesScenario: Bool = true) {
    self.overrides = overrides
    self.makesScenario = makesScenario
  }

  /// Reads files; `-` is standard input.
  public func load(_ paths: [String]) -> Result<Loaded, Failure> {
    let findings = Findings()
    var input = InputSet(findings)
    for path in paths { input.add(path) }
    return finish(&input, paths, findings)
  }

  /// Reads texts that are already there, for tests and other front ends; `manifests` are looked for from here.
  public func load(texts: [SourceText]) -> Result<Loaded, Failure> {
    let findings = Findings()
    var input = InputSet(findings)
    for text in texts { input.add(text, path: text.name) }
    return finish(&input, texts.map(\.name), findings)
  }

  /// Whether a file holds a Scenario document; nil when it cannot be read or is no YAML.
  ///
  /// For `test`, which skips files without one.
  public static func holdsScenario(_ path: String) -> Bool? {
    guard case .success(let source) = InputFiles.read(path, order: 0) else { return nil }
    let findings = Findings()
    let documents = YAMLReader.read(source, findings: findings)
    if findings.hasErrors { return nil }
    return documents.contains {
      $0["kind"]?.scalar?.text == "Scenario" || $0["apiVersion"]?.scalar?.text.hasPrefix("simrun/") == true
    }
  }

  private func finish(_ input: inout InputSet, _ paths: [String], _ findings: Findings) -> Result<Loaded, Failure> {
    input.finish(overrides)
    let manifests = input.objects.manifests
    var scenario = Scenario()
    let documents = input.objects.scenarios
    if documents.count > 1 {
      findings.error(
        .refused("a second Scenario document", hint: "first at \(documents[0].place)"), at: documents[1].place.firstLine
      )
    }
    // Kinds that are not modelled are a warning each, and something that was meant.
    if documents.isEmpty, manifests.isEmpty, findings.all.isEmpty {
      findings.error(.refused("no object in the input; nothing to do", hint: ""), at: nil)
    }
    if let document = documents.first {
      findings.directory = InputFiles.directory(of: document.place.source.name)
      scenario = ScenarioReader.read(input.overridden ?? document, manifests, findings)
    } else {
      scenario.isImplied = true
      scenario.name = InputFiles.stem(of: paths.first ?? "-")
      let spec = input.overridden?["spec"] ?? .empty(at: SourceText(name: "", bytes: []).place(0..<0))
      ScenarioReader.readSpec(FieldReader(spec, findings), manifests, &scenario)
      if makesScenario { ImpliedScenario.complete(&scenario) }
    }
    scenario.files = input.files
    // After a syntax error half the input is missing, and what refers to it is not reported.
    let isComplete = !input.isIncomplete
    ServiceChecks.check(
      scenario, manifests, isServiceRangeGiven: isGiven("serviceCIDR", scenario), isComplete: isComplete, findings)
    ScenarioChecks(scenario, isComplete: isComplete, findings).check()
    EngineSupport.checkPods(scenario, findings)
    let sorted = findings.sorted
    if findings.hasErrors { return .failure(Failure(diagnostics: sorted)) }
    return .success(Loaded(scenario: scenario, warnings: sorted))
  }

  private func isGiven(_ key: String, _ scenario: Scenario) -> Bool {
    scenario.places.spec?["cluster"]?[key] != nil
  }
}
