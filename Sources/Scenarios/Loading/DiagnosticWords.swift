// SPDX-License-Identifier: GPL-3.0-or-later

extension Diagnostic {
  /// What is wrong, in one line.
  public var message: String {
    switch problem {
    case .unreadable(let file, let reason): "cannot read '\(file)': \(reason)"
    case .syntax(let expected, let found, _): "expected \(expected), found \(found)"
    case .tooDeep(let limit): "nested too deep: more than \(limit) collections inside each other"
    case .aliasBomb(let alias):
      "alias '*\(alias)' makes the document far larger than its file; such aliases are refused"
    case .unknownAlias(let alias): "alias '*\(alias)' stands for nothing"
    case .duplicateKey(let key, _): "key '\(key)' stands twice in one mapping"
    case .unknownKey(let key, _, _): "unknown key '\(key)'"
    case .missingKey(let key, let owner): "\(owner) has no '\(key)'"
    case .wrongType(let expected, let found, _): "expected \(expected), found \(found)"
    case .badValue(let value, let expected, _): "expected \(expected), found \(value)"
    case .unknownWord(let word, let what, _, _): "'\(word)' is no \(what)"
    case .unknownName(let kind, let name, _, _): "there is no \(kind) '\(name)'"
    case .selectsNothing(let selector, let what, _): "'\(selector)' selects no \(what)"
    case .duplicateName(let kind, let name, _): "\(kind) '\(name)' is there twice"
    case .refused(let text, _), .readAs(let text, _), .notModelledYet(let text, _): text
    case .kindNotModelled(let kind, let apiVersion, _):
      "kind \(kind)\(apiVersion.isEmpty ? "" : " (\(apiVersion))") is not modelled and left out"
    }
  }

  /// What would mend it, or where else to look; empty when there is nothing to say.
  public var hint: String {
    switch problem {
    case .unreadable, .tooDeep, .aliasBomb, .missingKey: ""
    case .kindNotModelled(_, _, let count): count > 1 ? "the first of \(count)" : ""
    case .syntax(_, _, let hint), .wrongType(_, _, let hint), .badValue(_, _, let hint), .refused(_, let hint),
      .readAs(_, let hint), .notModelledYet(_, let hint), .selectsNothing(_, _, let hint):
      hint
    case .unknownAlias(let alias): "an anchor '&\(alias)' must stand before it, and not around it"
    case .duplicateKey(_, let first): "first on line \(first.line)"
    case .duplicateName(_, _, let first): "first at \(first)"
    case .unknownKey(_, let nearest, let allowed), .unknownWord(_, _, let nearest, let allowed):
      nearest.map { "did you mean '\($0)'?" } ?? Diagnostic.list(allowed)
    case .unknownName(_, _, let nearest, let hint): nearest.map { "did you mean '\($0)'?" } ?? hint
    }
  }

  /// `one of a, b, c`, cut where it would not fit beside the source.
  static func list(_ words: [String]) -> String {
    guard !words.isEmpty else { return "" }
    var text = "one of "
    for (index, word) in words.enumerated() {
      if text.count + word.count > 68 { return text + "…" }
      text += (index == 0 ? "" : ", ") + word
    }
    return text
  }
}
