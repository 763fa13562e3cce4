// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

@Suite("Any bytes") struct NetfilterFuzzTests {
  static func draws(_ seed: UInt64) -> KeyedDraw {
    KeyedDraw(seed: seed, purpose: DrawPurpose(rawValue: 99), entity: 1)
  }

  /// Parses, prints, compiles and walks; nothing may crash.
  static func swallow(_ bytes: [UInt8]) {
    for family in IPFamily.allCases {
      let parsed = IPTablesSaveParser.parse(bytes, family: family)
      _ = IPTablesSavePrinter.restoreText(parsed.ruleset)
      _ = IPTablesSavePrinter.saveText(parsed.ruleset, counters: true)
      let world = SmallWorld()
      guard let id = try? world.program.compile(parsed.ruleset) else { continue }
      for hook in Hook.allCases {
        for phase in HookPhase.allCases {
          var chooser = Sampling(draws(1))
          var units = NoUnits()
          var host = NodeContext(
            NodeID(rawValue: 0), now: .zero, locals: world.locals, memory: world.memory, isProbe: true)
          var trace = NoTrace()
          _ = world.program.walk(
            id, hook, phase, world.packet(0x0a00_0001, 5, 0xac1e_0029, 80), chooser: &chooser, units: &units,
            host: &host, trace: &trace)
        }
      }
    }
  }

  @Test("random bytes do no harm", arguments: 1...60 as ClosedRange<UInt64>)
  func randomBytes(seed: UInt64) {
    var draws = Self.draws(seed)
    let alphabet = Array("*:-!\"\\ \n\n[]:,/.0123456789abcdefxAINPUTjmsdp-".utf8)
    var bytes: [UInt8] = []
    for _ in 0..<Int(draws.below(2000)) {
      bytes.append(
        seed % 2 == 0 ? UInt8(truncatingIfNeeded: draws.next()) : alphabet[Int(draws.below(UInt64(alphabet.count)))])
    }
    Self.swallow(bytes)
  }

  @Test("mutated dumps do no harm", arguments: 1...120 as ClosedRange<UInt64>)
  func mutatedDumps(seed: UInt64) {
    var draws = Self.draws(seed)
    let dumps = [KubeProxyDumps.overall, KubeProxyDumps.badIPs, KernelListings.matchesSaved, KernelListings.matches]
    var bytes = Array(dumps[Int(draws.below(UInt64(dumps.count)))].utf8)
    let words = [
      " ! ", " -m ", " -j ", "\n", "\"", " --dport ", "[", " -A ", ":", " -g KUBE-SERVICES", ",", "/33", "-",
    ]
    for _ in 0...Int(draws.below(20)) {
      let place = Int(draws.below(UInt64(bytes.count)))
      switch draws.below(4) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: draws.next())
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int(draws.below(40))))
      case 2: bytes.insert(contentsOf: words[Int(draws.below(UInt64(words.count)))].utf8, at: place)
      default:
        let from = Int(draws.below(UInt64(bytes.count)))
        bytes.insert(contentsOf: bytes[from..<min(bytes.count, from + 200)], at: place)
      }
      if bytes.isEmpty { bytes = [10] }
    }
    Self.swallow(bytes)
  }

  @Test("deep and wide texts end in bounded time")
  func large() {
    var text = "*filter\n"
    for index in 0..<20_000 { text += ":C\(index) - [0:0]\n" }
    for index in 0..<19_999 { text += "-A C\(index) -j C\(index + 1)\n" }
    text += "COMMIT\n"
    let parsed = IPTablesSaveParser.parse(text, family: .ipv4)
    #expect(parsed.problems.count == 1)
    #expect(throws: RulesetProblems.self) { try SmallWorld().program.compile(parsed.ruleset) }
  }
}

/// A program over fresh tables.
struct SmallWorld {
  let addresses = AddressTable()
  let interfaces = InterfaceTable()
  let program: Program
  let locals: LocalAddresses
  let memory = RuleMemory()

  init() {
    program = Program(addresses: addresses, interfaces: interfaces)
    locals = LocalAddresses(addresses)
  }

  func tuple(
    _ source: UInt32, _ sourcePort: UInt16, _ destination: UInt32, _ port: UInt16, _ transport: IPProtocol = .tcp
  ) -> FlowTuple {
    FlowTuple(
      source: addresses.intern(Address(ipv4: source)), sourcePort: sourcePort,
      destination: addresses.intern(Address(ipv4: destination)), destinationPort: port, protocol: transport)
  }

  func packet(
    _ source: UInt32, _ sourcePort: UInt16, _ destination: UInt32, _ port: UInt16, _ transport: IPProtocol = .tcp
  ) -> PacketView {
    PacketView(tuple(source, sourcePort, destination, port, transport))
  }
}
