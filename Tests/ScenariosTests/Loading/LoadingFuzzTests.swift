// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import NetModel
import SimCore
import Testing

@testable import Scenarios

/// A small generator with a seed, so that a failing text can be made again.
private struct Bits: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    // SplitMix64 (Steele, Lea, Flood 2014).
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

@Suite struct LoadingFuzzTests {
  private static func corpus() throws -> [[UInt8]] {
    var texts: [[UInt8]] = []
    for directory in ["", "flows/", "bad/"] {
      for name in try LoadingFixtures.names(in: directory) where name != "deep.yaml" {
        texts.append(Array(try Data(contentsOf: URL(filePath: LoadingFixtures.path(directory + name)))))
      }
    }
    return texts
  }

  /// Loads bytes and renders whatever is said of them.
  private static func load(_ bytes: [UInt8]) -> Int {
    let source = SourceText(name: "fuzz.yaml", bytes: bytes)
    switch ScenarioLoader().load(texts: [source]) {
    case .success(let loaded): return DiagnosticText().render(loaded.warnings).utf8.count
    case .failure(let failure): return DiagnosticText(isASCII: true).render(failure.diagnostics).utf8.count
    }
  }

  @Test(.timeLimit(.minutes(5)), arguments: 0..<4)
  func survivesNoise(_ shard: UInt64) {
    print("fuzz: noise, seeds \(shard * 100) to \(shard * 100 + 99)")
    for seed in (shard * 100)..<(shard * 100 + 100) {
      var bits = Bits(state: seed)
      let alphabet = Array("abc:-[]{}#&*!|>'\"%@`,? \n\t\r~<0123456789.\u{e9}\u{2028}".utf8) + [0, 0xff, 0xc3]
      let count = Int.random(in: 0..<400, using: &bits)
      let isAnyByte = Bool.random(using: &bits)
      let bytes = (0..<count).map { _ in
        isAnyByte ? UInt8.random(in: 0...255, using: &bits) : alphabet[Int.random(in: 0..<alphabet.count, using: &bits)]
      }
      #expect(Self.load(bytes) < 200_000, "noise, seed \(seed)")
    }
  }

  /// The scenarios that ship, which load and run.
  private static func shipped() throws -> [[UInt8]] {
    let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../scenarios")
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    return try names.filter { $0.hasSuffix(".yaml") }.map {
      Array(try Data(contentsOf: directory.appending(path: $0)))
    }
  }

  /// Whatever loads can be put together, asked, listed and run: a mistake is told and nothing crashes or hangs.
  @Test(.timeLimit(.minutes(5)), arguments: 0..<4)
  func whatLoadsRuns(_ shard: UInt64) throws {
    let corpus = try Self.shipped()
    var loaded = 0
    print("fuzz: runs, seeds \(shard * 40) to \(shard * 40 + 39)")
    for seed in (shard * 40)..<(shard * 40 + 40) {
      var bits = Bits(state: 0xbeef &+ seed)
      var text = corpus[Int.random(in: 0..<corpus.count, using: &bits)]
      for _ in 0..<Int.random(in: 0...3, using: &bits) { Self.mutateValue(&text, &bits) }
      let source = SourceText(name: "fuzz.yaml", bytes: text)
      guard case .success(let result) = ScenarioLoader().load(texts: [source]) else { continue }
      loaded += 1
      var scenario = result.scenario
      // A short run: it is about whether, not about how fast.
      scenario.world.duration = .milliseconds(20)
      (scenario.world.warmup, scenario.warmup, scenario.replications) = (.zero, .fixed(.zero), 1)
      for at in scenario.probes.indices { scenario.probes[at].at = nil }
      do {
        try Self.use(scenario)
      } catch is AssemblyProblems {
      } catch is ProbeProblem {
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
    }
    #expect(loaded > 0, "no mutation loads")
  }

  private static func use(_ scenario: Scenario) throws {
    let snapshot = try ClusterSnapshot(scenario, at: SimTime(nanoseconds: 10_000_000))
    for node in snapshot.inventory.nodes.prefix(3).map(\.metadata.name) {
      for family in IPFamily.allCases { _ = try snapshot.rules(node: node, family: family, hooks: true) }
    }
    let options = KubectlTable.Options(namespace: nil, isWide: true)
    #expect(!KubectlTable(snapshot.inventory, options: options).render(KubectlTable.Kind.allCases).isEmpty)
    #expect(!KubectlObjects(snapshot.inventory, namespace: nil).yaml(KubectlTable.Kind.allCases).isEmpty)
    for probe in scenario.probes.prefix(3) {
      do { _ = try snapshot.trace(probe.question) } catch {}
    }
    let run = try Run(scenario).perform()
    let outcomes = scenario.expectations.map { ExpectationCheck.judge($0, [run], windows: Run.windows(scenario)) }
    #expect(outcomes.count == scenario.expectations.count)
    // Every metric that loads is one that the run has, or of an object that it has not.
    for outcome in outcomes { #expect(!outcome.note.hasPrefix("no such metric"), "\(outcome.name): \(outcome.note)") }
  }

  /// Replaces a value by a quantity or a name that may fit there, or by what stands elsewhere.
  private static func mutateValue(_ text: inout [UInt8], _ bits: inout Bits) {
    let words = [
      "0", "1", "7", "1000", "1ms", "90s", "168h", "1/h", "1M/s", "0.5", "100%", "16Ki", "1G", "1kbit", "true", "none",
      "UDP", "node/node-1", "external", "app=web", "pod/default/shop", "Local", "ClientIP", "NodePort", "LoadBalancer",
      "None", "10.96.41.7", "fd00::1", "30000", "8888", "constant", "closed", "keep-alive", "pool", "blackhole",
    ]
    replaceValue(
      &text, words[Int.random(in: 0..<words.count, using: &bits)], from: Int.random(in: 0..<text.count, using: &bits))
  }

  /// Texts of options are read, or refused in words.
  @Test func survivesTextsOfQuestions() {
    print("fuzz: questions, seeds 0 to 1999")
    let pieces = [
      "service", "pod", "node", "client", "/", ":", "default", "web", "80", "[", "]", "::1", "10.0.0.1", "", "é",
      "\u{0}",
    ]
    for seed in 0..<2000 as Range<UInt64> {
      var bits = Bits(state: seed)
      let word = { (bits: inout Bits) in
        (0..<Int.random(in: 0..<7, using: &bits)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &bits)] }
          .joined()
      }
      let (from, to, via) = (word(&bits), word(&bits), word(&bits))
      do {
        let question = try QuestionReader.question(from: from, to: to, via: via)
        try QuestionReader.check(question, in: Scenario())
      } catch {
        #expect(!error.description.isEmpty, "seed \(seed)")
      }
    }
  }

  @Test(.timeLimit(.minutes(5)), arguments: 0..<4)
  func survivesMutations(_ shard: UInt64) throws {
    let corpus = try Self.corpus()
    print("fuzz: mutations, seeds \(shard * 60) to \(shard * 60 + 59)")
    for seed in (shard * 60)..<(shard * 60 + 60) {
      var bits = Bits(state: 0xfeed &+ seed)
      var text = corpus[Int.random(in: 0..<corpus.count, using: &bits)]
      for _ in 0..<Int.random(in: 1...6, using: &bits) { Self.mutate(&text, corpus, &bits) }
      #expect(Self.load(text) < 1_000_000, "mutation, seed \(seed)")
    }
  }

  private static func mutate(_ text: inout [UInt8], _ corpus: [[UInt8]], _ bits: inout Bits) {
    let words = [
      "-1", "1e400", "99999999999999999999999999", "null", "[]", "{}", "\"", "*a", "&a", "<<: *a", ": ", "\n", "  ",
      "0",
      "::", "1.5", "pod/", "service//:", "0x", ".nan", "---\n", "\u{0}",
      "{distribution: pareto, mean: 1s, shape: 1e-300}",
    ]
    let at = Int.random(in: 0...text.count, using: &bits)
    let end = min(text.count, at + Int.random(in: 0..<30, using: &bits))
    switch Int.random(in: 0..<6, using: &bits) {
    case 0: text.removeSubrange(at..<end)
    case 1: text.replaceSubrange(at..<end, with: words[Int.random(in: 0..<words.count, using: &bits)].utf8)
    case 2: text.insert(contentsOf: text[at..<end], at: at)
    case 3 where at < text.count: text[at] = UInt8.random(in: 0...255, using: &bits)
    case 4:
      let other = corpus[Int.random(in: 0..<corpus.count, using: &bits)]
      text = Array(text[..<at]) + other[min(at, other.count)...]
    default: replaceValue(&text, words[Int.random(in: 0..<words.count, using: &bits)], from: at)
    }
  }

  /// Replaces the next value after a colon, which most often leaves good YAML with a bad value.
  private static func replaceValue(_ text: inout [UInt8], _ word: String, from at: Int) {
    guard let colon = text[at...].firstIndex(of: 58), colon + 1 < text.count else { return }
    let end = text[(colon + 1)...].firstIndex { [10, 44, 125, 93].contains($0) } ?? text.count
    text.replaceSubrange((colon + 1)..<end, with: Array((" " + word).utf8))
  }

  /// Loading stays linear: a long file takes no more than a fair multiple of a short one.
  @Test func staysLinear() {
    let pod = { (n: Int) in
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p\(n), labels: {app: a\(n % 50)}}\nspec: {nodeName: n\(n % 20)}\n---\n"
        + "apiVersion: v1\nkind: Service\nmetadata: {name: s\(n)}\nspec: {selector: {app: a\(n % 50)}, ports: [{port: 80}]}\n---\n"
    }
    let time = { (count: Int) -> Double in
      let text = SourceText(name: "t.yaml", text: (0..<count).map(pod).joined())
      let elapsed = ContinuousClock().measure { _ = ScenarioLoader(makesScenario: false).load(texts: [text]) }
      return Double(elapsed.components.attoseconds) / 1e18 + Double(elapsed.components.seconds)
    }
    _ = time(20)
    let (short, long) = (time(100), time(800))
    #expect(long < 40 * short + 0.5, "\(short) s and \(long) s")
  }
}
