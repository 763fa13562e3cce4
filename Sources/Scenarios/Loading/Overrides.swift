// SPDX-License-Identifier: GPL-3.0-or-later

/// Puts the command line's values into a Scenario document before it is read.
enum Overrides {
  /// The document with every override in it; without a document one that holds nothing else.
  static func apply(_ overrides: [ScenarioLoader.Override], to document: YAMLNode?, _ findings: Findings) -> YAMLNode {
    let nowhere = SourceText(name: "the command line", bytes: []).place(0..<0)
    let root = document ?? .empty(at: nowhere)
    var spec = root["spec"] ?? .empty(at: root.place)
    for override in overrides {
      // The option's own text is a source, so that a mistake in it is shown as one in a file is.
      let text = SourceText(name: override.option, order: -1, text: "\(override.key)=\(override.value)")
      let start = override.key.utf8.count + 1
      let before = findings.errorCount
      let values = YAMLReader.read(text, from: start, findings: findings)
      if findings.errorCount > before { continue }
      guard values.count <= 1 else {
        findings.error(.refused("one value expected", hint: ""), at: text.place(start..<text.bytes.count))
        continue
      }
      let empty = YAMLNode(
        value: .scalar(YAMLScalar(text: override.value, isPlain: override.value.isEmpty == false)),
        place: text.place(start..<text.bytes.count))
      let path = override.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard path.allSatisfy({ !$0.isEmpty }) else {
        findings.error(
          .refused("'\(override.key)' is no key", hint: "such as workloads.browse.arrivals.rate"),
          at: text.place(0..<start - 1))
        continue
      }
      let setting = Setting(text: text, value: values.first ?? empty, findings: findings)
      spec = setting.set(path[...], in: spec, at: 0)
    }
    var pairs = (root.pairs ?? []).filter { $0.key != "spec" }
    let at = root.pairs?.firstIndex { $0.key == "spec" } ?? pairs.count
    pairs.insert(YAMLPair(key: "spec", keyPlace: spec.place, node: spec), at: min(at, pairs.count))
    return YAMLNode(value: .mapping(pairs), place: root.place)
  }

  /// One value on its way to its place.
  private struct Setting {
    var text: SourceText
    var value: YAMLNode
    var findings: Findings

    /// The node with the value at the end of the path; `offset` is where the path's first key stands in the option.
    func set(_ path: ArraySlice<String>, in node: YAMLNode, at offset: Int) -> YAMLNode {
      guard let key = path.first else { return value }
      let place = text.place(offset..<offset + key.utf8.count)
      switch node.value {
      case .mapping(var pairs):
        let next = offset + key.utf8.count + 1
        if let at = pairs.firstIndex(where: { $0.key == key }) {
          pairs[at].node = set(path.dropFirst(), in: child(pairs[at].node, place), at: next)
          pairs[at].keyPlace = place
        } else {
          pairs.append(
            YAMLPair(key: key, keyPlace: place, node: set(path.dropFirst(), in: .empty(at: place), at: next)))
        }
        return YAMLNode(value: .mapping(pairs), place: node.place)
      case .sequence(var elements):
        // An element's name may hold dots itself: the shortest that fits counts.
        for count in 1...path.count {
          let name = path.prefix(count).joined(separator: ".")
          guard let at = index(of: name, in: elements) else { continue }
          elements[at] = set(path.dropFirst(count), in: elements[at], at: offset + name.utf8.count + 1)
          return YAMLNode(value: .sequence(elements), place: node.place)
        }
        let names = elements.compactMap { $0["name"]?.scalar?.text }
        findings.error(
          .unknownName(
            kind: "element", name: key, nearest: NearestName.find(key, among: names), hint: Diagnostic.list(names)),
          at: place)
        return node
      case .scalar:
        findings.error(.refused("nothing lies under this key", hint: "it holds \(node.typeName)"), at: place)
        return node
      }
    }

    private func index(of name: String, in elements: [YAMLNode]) -> Int? {
      if let at = elements.firstIndex(where: { $0["name"]?.scalar?.text == name }) { return at }
      // Servers and events have no names; they go by their place in the list.
      guard let number = Int(name), elements.indices.contains(number), elements[number]["name"] == nil else {
        return nil
      }
      return number
    }

    private func child(_ node: YAMLNode, _ place: SourcePlace) -> YAMLNode {
      node.isNull ? .empty(at: place) : node
    }
  }
}
