// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A Swift file of the project, with what the structure tests ask of it.
struct SourceFile: Sendable {
  /// The path from the project's root, as `Sources/NetModel/Packets/Packet.swift`.
  let path: String
  /// The text as it stands.
  let text: String
  /// Its words and signs.
  let tokens: [SourceTokens.Token]

  /// Takes a file apart.
  init(path: String, text: String) {
    self.path = path
    self.text = text
    tokens = SourceTokens(text).all
  }

  /// The module: the folder below `Sources`.
  var module: String { String(path.split(separator: "/")[1]) }
  /// The folders between the module and the file; empty for a file in the module's own folder.
  var room: String { path.split(separator: "/").dropFirst(2).dropLast().joined(separator: "/") }
  /// How many lines it has.
  var lineCount: Int { text.utf8.count { $0 == UInt8(ascii: "\n") } }

  /// The types declared at the file's outermost level.
  var topLevelTypes: [String] { declarations.filter { $0.depth == 0 }.map(\.text) }

  /// The names that mean something of this file's own: its types at any depth and its generic parameters.
  var ownNames: Set<String> { Set(declarations.map(\.text)).union(genericParameters) }

  /// The capitalised names it uses, members left out, each with the first line it is on.
  var usedNames: [String: Int] {
    var used: [String: Int] = [:]
    for token in tokens where token.isCapitalised && !token.isMember && used[token.text] == nil {
      used[token.text] = token.line
    }
    return used
  }

  /// The modules it imports.
  var imports: [String] {
    zip(tokens, tokens.dropFirst()).filter { $0.0.text == "import" && $0.0.depth == 0 }.map(\.1.text)
  }

  private static let typeKeywords: Set = [
    "struct", "class", "enum", "protocol", "actor", "typealias", "associatedtype",
  ]

  private var declarations: [SourceTokens.Token] {
    zip(tokens, tokens.dropFirst())
      .filter { SourceFile.typeKeywords.contains($0.0.text) && $0.1.isCapitalised }.map(\.1)
  }

  /// What stands in `<…>` right after a declared name or `init`, constraints left out.
  private var genericParameters: [String] {
    var found: [String] = []
    for (index, token) in tokens.enumerated() where token.text == "<" && index > 0 {
      let before = tokens[index - 1].text
      let keyword = index > 1 ? tokens[index - 2].text : ""
      guard before == "init" || keyword == "func" || SourceFile.typeKeywords.contains(keyword) else { continue }
      var open = 0
      var expectsName = true
      for inside in tokens[index...] {
        switch inside.text {
        case "<": open += 1
        case ">": open -= 1
        case ",": expectsName = open == 1
        default:
          if expectsName, inside.isCapitalised {
            found.append(inside.text)
            expectsName = false
          }
        }
        if open == 0 { break }
      }
    }
    return found
  }
}
