// SPDX-License-Identifier: GPL-3.0-or-later

/// The documents of several files, those that `spec.manifests` names among them.
struct InputSet {
  /// The objects read so far.
  private(set) var objects: ManifestReader
  /// The files read, in order.
  private(set) var files: [String] = []
  /// Whether a file could not be read to its end.
  private(set) var isIncomplete = false
  /// The Scenario document with the command line's values in it, or one made of them alone.
  private(set) var overridden: YAMLNode?
  private let findings: Findings

  /// Starts with no file.
  init(_ findings: Findings) {
    self.findings = findings
    objects = ManifestReader(findings)
  }

  /// Reads a file.
  mutating func add(_ path: String, namedAt place: SourcePlace? = nil) {
    switch InputFiles.read(path, order: files.count) {
    case .success(let source): add(source, path: path)
    case .failure(let failure):
      findings.error(.unreadable(file: path, reason: failure.reason), at: place)
      isIncomplete = true
    }
  }

  /// Reads a text.
  mutating func add(_ source: SourceText, path: String) {
    files.append(path)
    let (documents, isWhole) = YAMLReader.readToEnd(source, findings: findings)
    if !isWhole { isIncomplete = true }
    for document in documents { objects.read(document) }
  }

  /// Reads what `spec.manifests` names and applies the command line's values.
  mutating func finish(_ overrides: [ScenarioLoader.Override]) {
    if let document = objects.scenarios.first {
      let directory = InputFiles.directory(of: document.place.source.name)
      var manifests = document["spec"]?["manifests"]
      if !overrides.isEmpty {
        let changed = Overrides.apply(overrides, to: document, findings)
        overridden = changed
        manifests = changed["spec"]?["manifests"]
      }
      addManifests(manifests, directory)
    } else if !overrides.isEmpty {
      overridden = Overrides.apply(overrides, to: nil, findings)
    }
    objects.finish()
  }

  private mutating func addManifests(_ list: YAMLNode?, _ directory: String) {
    let known = objects.scenarios.count
    for node in list?.elements ?? [] {
      guard let pattern = node.scalar?.text else { continue }
      let paths = InputFiles.expand(InputFiles.path(pattern, from: directory))
      if paths.isEmpty {
        findings.error(.unreadable(file: pattern, reason: "no file matches"), at: node.place)
        isIncomplete = true
      }
      // A file that is also on the command line counts once.
      for path in paths where !files.contains(path) { add(path, namedAt: node.place) }
    }
    if objects.scenarios.count > known {
      findings.error(
        .refused("a manifest holds another Scenario", hint: "manifests are Kubernetes objects"),
        at: objects.scenarios[known].place.firstLine)
    }
  }
}
