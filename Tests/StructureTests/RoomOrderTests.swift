// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

/// Inside a module a room (a folder) uses only rooms listed above it.
@Suite struct RoomOrderTests {
  /// Each module's rooms, the lowest first.
  static let rooms: [(module: String, rooms: [String])] = [
    ("SimCore", ["Storage", "Engine", "Statistics", "Random"]),
    (
      "NetModel",
      [
        "Addressing", "Packets", "Balancing", "Kubernetes", "Netfilter/Hooks", "Netfilter/IPTables",
        "Netfilter/NFTables", "Netfilter/IPVS", "Netfilter/Program", "Netfilter/Compilation", "Netfilter/Conntrack",
        "Specification", "Proxy", "Proxy/IPTables", "Proxy/NFTables", "Proxy/IPVS", "Proxy/Sharing", "Records",
        "Links", "Transport", "Names", "Applications", "ControlPlane", "Network", "Reachability",
      ]
    ),
    ("Scenarios", ["Observation", "Loading", "Running", "Checking", "Reporting", "Kernel"]),
    ("simrun", []),
  ]

  /// The modules, the lowest first: each imports only those before it.
  static let modules = ["CGSL", "SimCore", "NetModel", "Scenarios", "simrun"]

  @Test(arguments: rooms.map(\.module)) func everyFileStandsInAListedRoom(module: String) throws {
    let order = try #require(RoomOrderTests.rooms.first { $0.module == module }).rooms
    let strays = try Project.sources(below: "Sources/\(module)").filter { !$0.room.isEmpty && !order.contains($0.room) }
      .map(\.path)
    #expect(strays.isEmpty, "give these folders a place in RoomOrderTests.rooms")
  }

  @Test(arguments: rooms.map(\.module)) func noFileNamesATypeOfALaterRoom(module: String) throws {
    let order = try #require(RoomOrderTests.rooms.first { $0.module == module }).rooms
    let files = try Project.sources(below: "Sources/\(module)")
    #expect(RoomOrder(order).violations(files) == [])
  }

  @Test(arguments: modules.dropFirst()) func modulesImportOnlyModulesBelow(module: String) throws {
    let above = RoomOrderTests.modules.drop { $0 != module }
    let upward = try Project.sources(below: "Sources/\(module)").flatMap { file in
      file.imports.filter(above.contains).map { "\(file.path) imports \($0)" }
    }
    #expect(upward == [])
  }

  // MARK: The check itself

  @Test func aTypeOfALaterRoomIsFound() {
    let files = [
      SourceFile(path: "Sources/M/Low/A.swift", text: "struct A {\n  var b: [B]\n}\n"),
      SourceFile(path: "Sources/M/High/B.swift", text: "struct B { var a: A }\n"),
    ]
    #expect(RoomOrder(["Low", "High"]).violations(files) == ["Sources/M/Low/A.swift:2 names B of High"])
    #expect(RoomOrder(["High", "Low"]).violations(files) == ["Sources/M/High/B.swift:1 names A of Low"])
  }

  @Test(arguments: [
    "// B\n/* B */ let text = \"B \\\" B\"\n", "let text = \"\"\"\n  B \"quoted\" B\n  \"\"\"\n", "let a = x.B\n",
    "func f<B: P>(_ b: B) {}\n", "struct A<T, B> { var b: B }\n", "enum A { struct B {} }\n",
  ])
  func whatOnlyLooksLikeATypeIsNot(text: String) {
    let files = [
      SourceFile(path: "Sources/M/Low/A.swift", text: text),
      SourceFile(path: "Sources/M/High/B.swift", text: "struct B {}\n"),
    ]
    #expect(RoomOrder(["Low", "High"]).violations(files) == [])
  }
}

/// The order of a module's rooms, and what breaks it.
struct RoomOrder {
  private let place: [String: Int]

  /// Takes the rooms, the lowest first; a file in the module's own folder stands above them all.
  init(_ rooms: [String]) {
    place = Dictionary(uniqueKeysWithValues: zip(rooms, 0...))
  }

  /// Each name of a later room's type, once a file, in the order of the files.
  func violations(_ files: [SourceFile]) -> [String] {
    var home: [String: Set<String>] = [:]
    for file in files {
      for type in file.topLevelTypes { home[type, default: []].insert(file.room) }
    }
    return files.flatMap { file -> [String] in
      let own = file.ownNames
      return file.usedNames.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.compactMap { name, line in
        guard let rooms = home[name], rooms.count == 1, let room = rooms.first, !own.contains(name),
          height(room) > height(file.room)
        else { return nil }
        return "\(file.path):\(line) names \(name) of \(room)"
      }
    }
  }

  private func height(_ room: String) -> Int { room.isEmpty ? .max : place[room] ?? .max }
}
