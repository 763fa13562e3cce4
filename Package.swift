// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-3.0-or-later
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

let package = Package(
  name: "simrun",
  products: [
    .executable(name: "simrun", targets: ["simrun"]),
    .library(name: "SimCore", targets: ["SimCore"]),
    .library(name: "NetModel", targets: ["NetModel"]),
    .library(name: "Scenarios", targets: ["Scenarios"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
  ],
  targets: [
    .systemLibrary(name: "CGSL", pkgConfig: "gsl", providers: [.apt(["libgsl-dev"])]),
    .target(name: "SimCore", dependencies: ["CGSL"], swiftSettings: settings),
    .target(
      name: "NetModel",
      dependencies: ["SimCore", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: settings),
    .target(
      name: "Scenarios",
      dependencies: [
        "NetModel", "SimCore", "Yams",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "simrun",
      dependencies: ["Scenarios", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: settings),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(name: "SimCoreTests", dependencies: ["SimCore", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "NetModelTests", dependencies: ["NetModel", "SimCore", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "ScenariosTests", dependencies: ["Scenarios", "NetModel", "SimCore", "TestSupport"],
      swiftSettings: settings),
    .testTarget(name: "CommandTests", dependencies: ["simrun", "TestSupport"], swiftSettings: settings),
    .testTarget(name: "StructureTests", dependencies: ["TestSupport"], swiftSettings: settings),
  ]
)
