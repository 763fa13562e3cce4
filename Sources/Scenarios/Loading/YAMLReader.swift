// SPDX-License-Identifier: GPL-3.0-or-later
private import CYaml

/// Reads a YAML stream into nodes with places.
///
/// Drives libyaml's events itself, for three reasons: Yams' composer recurses, expands aliases before anybody can count
/// them, and its `compose_all` ends silently at a faulty document. Here the stack is ours and its depth is limited, what
/// aliases stand for is counted, and a fault anywhere in the stream is an error.
struct YAMLReader {
  /// Collections inside each other, beyond which a file is refused.
  static let depthLimit = 100
  /// What aliases may stand for without being looked at: nodes, beside ten times those that are written.
  static let freeAliasNodes = 10_000

  private let source: SourceText
  private let findings: Findings
  private let start: Int
  private var open: [Collection] = []
  private var anchors: [String: (node: YAMLNode, size: Int)] = [:]
  private var openAnchors: [String] = []
  private var written = 0
  private var aliased = 0
  private var documents: [YAMLNode] = []

  /// A collection that has not ended yet.
  private struct Collection {
    var isMapping: Bool
    var start: Int
    var anchor: String?
    var size = 1
    var elements: [YAMLNode] = []
    var pairs: [YAMLPair] = []
    var keys: Set<String> = []
    var pendingKey: YAMLNode?
  }

  private init(_ source: SourceText, from start: Int, _ findings: Findings) {
    self.source = source
    self.findings = findings
    self.start = start
  }

  /// Every document of a stream up to the first fault, which `findings` gets; documents without content are left out.
  static func read(_ source: SourceText, from start: Int = 0, findings: Findings) -> [YAMLNode] {
    readToEnd(source, from: start, findings: findings).documents
  }

  /// The documents, and whether the stream was read to its end: a key that stands twice does not lose what follows it.
  static func readToEnd(
    _ source: SourceText, from start: Int = 0, findings: Findings
  ) -> (documents: [YAMLNode], isWhole: Bool) {
    guard isText(source, findings) else { return ([], false) }
    var reader = YAMLReader(source, from: start, findings)
    let isWhole = reader.run()
    return (reader.documents, isWhole)
  }

  /// Checks the encoding before libyaml sees it, whose complaint has no place.
  private static func isText(_ source: SourceText, _ findings: Findings) -> Bool {
    let bytes = source.bytes
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      findings.error(
        .syntax(expected: "UTF-8", found: "UTF-16", hint: "save the file as UTF-8"), at: source.place(0..<1))
      return false
    }
    var offset = 0
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    while true {
      switch decoder.decode(&iterator) {
      case .emptyInput: return true
      case .scalarValue(let scalar):
        let code = scalar.value
        let isControl = code < 0x20 && code != 9 && code != 10 && code != 13 || code == 0x7f
        if isControl {
          let name = "character U+00" + (code < 16 ? "0" : "") + String(code, radix: 16, uppercase: true)
          findings.error(
            .syntax(expected: "text", found: "the control \(name)", hint: "YAML does not allow it"),
            at: source.place(offset..<offset + 1))
          return false
        }
        offset += UTF8.width(scalar)
      case .error:
        findings.error(
          .syntax(expected: "UTF-8", found: "a byte that is not", hint: "save the file as UTF-8"),
          at: source.place(offset..<offset + 1))
        return false
      }
    }
  }

  /// Takes every event; false when it stopped at a fault.
  private mutating func run() -> Bool {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else { return false }
    defer { yaml_parser_delete(&parser) }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    return source.bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return true }
      yaml_parser_set_input_string(&parser, base + start, buffer.count - start)
      while true {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else {
          report(parser)
          return false
        }
        defer { yaml_event_delete(&event) }
        if event.type == YAML_STREAM_END_EVENT { return true }
        guard take(event) else { return false }
      }
    }
  }

  private func offset(_ mark: yaml_mark_t) -> Int {
    start == 0 ? source.offset(ofCharacter: Int(mark.index)) : min(start + Int(mark.index), source.bytes.count)
  }

  private func place(_ event: yaml_event_t) -> SourcePlace {
    source.place(from: offset(event.start_mark), to: offset(event.end_mark))
  }

  private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  /// Takes one event; false when the rest of the stream is not worth reading.
  private mutating func take(_ event: yaml_event_t) -> Bool {
    switch event.type {
    case YAML_DOCUMENT_START_EVENT:
      anchors = [:]
      openAnchors = []
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
      let node = YAMLNode(value: .scalar(YAMLScalar(text: text, isPlain: isPlain)), place: place(event))
      written += 1
      if let anchor = string(scalar.anchor) { anchors[anchor] = (node, 1) }
      return add(node, size: 1)
    case YAML_SEQUENCE_START_EVENT:
      return begin(isMapping: false, anchor: string(event.data.sequence_start.anchor), event)
    case YAML_MAPPING_START_EVENT:
      return begin(isMapping: true, anchor: string(event.data.mapping_start.anchor), event)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      return end(event)
    case YAML_ALIAS_EVENT:
      return takeAlias(string(event.data.alias.anchor) ?? "", event)
    default: break
    }
    return true
  }

  private mutating func begin(isMapping: Bool, anchor: String?, _ event: yaml_event_t) -> Bool {
    if open.count == YAMLReader.depthLimit {
      findings.error(.tooDeep(limit: YAMLReader.depthLimit), at: place(event))
      return false
    }
    written += 1
    open.append(Collection(isMapping: isMapping, start: offset(event.start_mark), anchor: anchor))
    if let anchor { openAnchors.append(anchor) }
    return true
  }

  private mutating func end(_ event: yaml_event_t) -> Bool {
    guard let collection = open.popLast() else { return false }
    let value: YAMLNode.Value = collection.isMapping ? .mapping(collection.pairs) : .sequence(collection.elements)
    let node = YAMLNode(value: value, place: source.place(from: collection.start, to: offset(event.end_mark)))
    if let anchor = collection.anchor {
      anchors[anchor] = (node, collection.size)
      openAnchors.removeLast()
    }
    return add(node, size: collection.size)
  }

  private mutating func takeAlias(_ name: String, _ event: yaml_event_t) -> Bool {
    guard let target = anchors[name], !openAnchors.contains(name) else {
      findings.error(.unknownAlias(name), at: place(event))
      return false
    }
    aliased += target.size
    if aliased > YAMLReader.freeAliasNodes + 10 * written {
      findings.error(.aliasBomb(alias: name), at: place(event))
      return false
    }
    return add(target.node, size: target.size)
  }

  /// Puts a finished node where it belongs.
  private mutating func add(_ node: YAMLNode, size: Int) -> Bool {
    guard !open.isEmpty else {
      if !node.isNull { documents.append(node) }
      return true
    }
    let top = open.count - 1
    open[top].size += size
    guard open[top].isMapping else {
      open[top].elements.append(node)
      return true
    }
    guard let key = open[top].pendingKey else {
      guard node.scalar != nil else {
        findings.error(.wrongType(expected: "a key", found: node.typeName, hint: ""), at: node.place)
        return false
      }
      open[top].pendingKey = node
      return true
    }
    open[top].pendingKey = nil
    addPair(key, node, to: top)
    return true
  }

  private mutating func addPair(_ key: YAMLNode, _ node: YAMLNode, to top: Int) {
    let text = key.scalar?.text ?? ""
    if text == "<<", key.scalar?.kind == .string {
      merge(node, into: top)
      return
    }
    if !open[top].keys.insert(text).inserted, let first = open[top].pairs.firstIndex(where: { $0.key == text }) {
      let known = open[top].pairs[first]
      if known.isMerged {
        // A key of its own wins over a merged one (YAML merge key type, 2005).
        open[top].pairs[first] = YAMLPair(key: text, keyPlace: key.place, node: node)
      } else {
        findings.error(.duplicateKey(text, first: known.keyPlace), at: key.place)
      }
      return
    }
    open[top].pairs.append(YAMLPair(key: text, keyPlace: key.place, node: node))
  }

  /// Merges the pairs of `<<: *anchor` or `<<: [*a, *b]`; earlier ones win.
  private mutating func merge(_ node: YAMLNode, into top: Int) {
    let sources = node.elements ?? [node]
    for source in sources {
      guard let pairs = source.pairs else {
        findings.error(
          .wrongType(expected: "a mapping to merge", found: source.typeName, hint: ""), at: source.place)
        continue
      }
      for var pair in pairs where open[top].keys.insert(pair.key).inserted {
        pair.isMerged = true
        open[top].pairs.append(pair)
      }
    }
  }

  private func report(_ parser: yaml_parser_t) {
    let problem = parser.problem.map { String(cString: $0) } ?? "a fault"
    let context = parser.context.map { String(cString: $0) } ?? ""
    let at = offset(parser.problem_mark)
    let from = context.isEmpty ? nil : offset(parser.context_mark)
    if problem.hasPrefix("Maximum nesting") {
      findings.error(.tooDeep(limit: YAMLReader.depthLimit), at: source.place(at..<at + 1))
      return
    }
    let fault = YAMLFault(problem: problem, context: context, at: at, from: from, source: source)
    findings.error(.syntax(expected: fault.expected, found: fault.found, hint: fault.hint), at: fault.place)
  }
}
