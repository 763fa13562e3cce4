// SPDX-License-Identifier: GPL-3.0-or-later

/// Reads what `ipset save` prints: `create NAME TYPE …` and `add NAME MEMBER …` lines.
///
/// Source: ipset(8). Options such as family, hashsize or timeout are passed over; `nomatch` counts.
public enum IPSetSaveParser {
  /// The sets in the order of the text, and all mistakes.
  public static func parse(_ text: String) -> (sets: [IPSet], problems: [RuleTextProblem]) {
    var sets: [IPSet] = []
    var places: [String: Int] = [:]
    var problems: [RuleTextProblem] = []
    var number = 0
    for line in Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let words: [RuleWord]
      switch RuleWords.cut(line) {
      case .success(let cut): words = cut
      case .failure(let problem):
        problems.append(RuleTextProblem(line: number, column: problem.column, problem: problem.problem))
        continue
      }
      guard let verb = words.first, !verb.text.hasPrefix("#") else { continue }
      func note(_ word: RuleWord, _ problem: RuleProblem) {
        problems.append(RuleTextProblem(line: number, column: word.column, problem: problem))
      }
      guard verb.text == "create" || verb.text == "add" else {
        note(verb, .unknownLine(verb.text))
        continue
      }
      guard words.count >= 3 else {
        note(verb, .missingValue(option: verb.text))
        continue
      }
      let name = words[1].text
      if verb.text == "create" {
        if places[name] != nil {
          note(words[1], .duplicateSet(name))
        } else {
          places[name] = sets.count
          sets.append(IPSet(name: name, type: words[2].text))
        }
        continue
      }
      guard let place = places[name] else {
        note(words[1], .unknownSet(name))
        continue
      }
      guard let dimensions = sets[place].dimensions else { continue }
      guard let member = member(words[2].text, dimensions) else {
        note(words[2], .badValue(option: "add", value: words[2].text, expected: "a member of type \(sets[place].type)"))
        continue
      }
      sets[place].insert(member, noMatch: words.dropFirst(3).contains { $0.text == "nomatch" })
    }
    return (sets, problems)
  }

  private static func member(_ text: String, _ dimensions: [IPSet.Dimension]) -> [IPSet.Element]? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == dimensions.count else { return nil }
    var member: [IPSet.Element] = []
    for (part, dimension) in zip(parts, dimensions) {
      switch dimension {
      case .ip, .net:
        guard let prefix = Prefix(String(part)) else { return nil }
        member.append(.block(prefix))
      case .port:
        let halves = part.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count <= 2, let port = RuleNumber.unsigned(halves[halves.count - 1], max: 65535) else {
          return nil
        }
        var transport: IPProtocol?
        if halves.count == 2 {
          guard let named = RuleReader.transport(String(halves[0])), let named else { return nil }
          transport = named
        } else if dimensions.count > 1 {
          transport = .tcp
        }
        member.append(.port(transport, UInt16(port)))
      }
    }
    return member
  }
}
