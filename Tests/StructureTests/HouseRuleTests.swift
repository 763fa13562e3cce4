// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

/// What holds for every file, whatever it is about.
@Suite struct HouseRuleTests {
  /// Files that may be longer than 400 lines, each with the reason.
  static let longFiles: [String: String] = [:]

  @Test func filesStayUnder400Lines() throws {
    let long = try Project.files.get().filter { $0.lineCount >= 400 && HouseRuleTests.longFiles[$0.path] == nil }
    #expect(long.map { "\($0.path): \($0.lineCount) lines" } == [])
  }

  @Test func listedLongFilesAreStillLong() throws {
    let long = Set(try Project.files.get().filter { $0.lineCount >= 400 }.map(\.path))
    #expect(HouseRuleTests.longFiles.keys.filter { !long.contains($0) } == [])
  }

  @Test func everyFileNamesItsLicence() throws {
    let header = "// SPDX-License-Identifier: GPL-3.0-or-later\n"
    let bare = try Project.files.get().filter { file in
      let lines = file.text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
      return !lines.prefix(2).contains { $0 + "\n" == header }
    }
    #expect(bare.map(\.path) == [])
  }

  @Test(arguments: ["SimCore", "NetModel"]) func theModelDoesWithoutFoundation(module: String) throws {
    let users = try Project.sources(below: "Sources/\(module)").filter {
      $0.imports.contains { $0.hasPrefix("Foundation") }
    }
    #expect(users.map(\.path) == [])
  }

  @Test func namesSayWhatThingsAre() throws {
    let vague = try Project.files.get().flatMap { file in
      ([file.path.split(separator: "/").last.map(String.init) ?? ""] + file.ownNames.sorted())
        .filter { name in ["Util", "Helper", "Manager"].contains { name.contains($0) } }
        .map { "\(file.path): \($0)" }
    }
    #expect(vague == [])
  }

  /// A mistake in the input is reported, never a crash; `precondition` is for mistakes of ours.
  @Test func nothingCrashesOnPurpose() throws {
    let crashes = try Project.sources(below: "Sources").flatMap { file in
      zip(file.tokens, file.tokens.dropFirst())
        .filter { ($0.0.text, $0.1.text) == ("try", "!") || ($0.0.text, $0.1.text) == ("fatalError", "(") }
        .map { "\(file.path):\($0.0.line) \($0.0.text)\($0.1.text)" }
    }
    #expect(crashes == [])
  }
}
