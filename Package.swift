// swift-tools-version: 6.2

import PackageDescription

// The target list is the architecture: a target may import only what is listed
// beside it, and the list is ordered so that every arrow points up.
let package = Package(
  name: "bellwether",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.0.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.80.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.20.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.8.0"),
  ],
  targets: [
    // MARK: C libraries. Headers and link flags only; no logic.
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CProcess"),

    // MARK: Core. Pure: no I/O, no clock, no concurrency.
    .target(name: "Diagnostics"),
    .target(name: "SQLText"),
    .target(name: "Expressions", dependencies: ["Diagnostics"]),
    .target(name: "Evaluation", dependencies: ["Expressions"]),
    .target(name: "Templates", dependencies: ["Diagnostics", "Expressions", .mustache]),
    .target(name: "YAML", dependencies: ["Diagnostics", "CYAML"]),
    .target(name: "Rules", dependencies: ["Diagnostics", "Expressions", "Templates", "YAML"]),
    .target(name: "Planning", dependencies: ["Rules", "Expressions", "SQLText"]),
    .target(
      name: "Workbench", dependencies: ["Diagnostics", "Expressions", "Templates", "YAML", "Rules"]),

    // MARK: Adapters. One outside system each; none knows another.
    .target(name: "Postgres", dependencies: ["CPostgres", "CProcess", "SQLText", .logging]),
    .target(name: "Transport", dependencies: ["CCurl"]),

    // MARK: Application.
    .target(
      name: "Store", dependencies: ["Postgres", "SQLText", "Rules", "Expressions"],
      resources: [.embedInCode("Migrations"), .embedInCode("ReferenceSchema")]),
    .target(
      name: "Engine",
      dependencies: [
        "Planning", "Evaluation", "Expressions", "Templates", "Store", "Postgres", "SQLText",
        "Rules", .logging, .lifecycle,
      ]),
    .target(
      name: "Delivery",
      dependencies: [
        "Store", "Rules", "Expressions", "Transport", "Postgres", .crypto, .logging, .lifecycle,
      ]),
    .target(
      name: "Server",
      dependencies: [
        "Store", "Rules", "Engine", "Expressions", "Postgres", .crypto, .hummingbird, .nioCore,
        .logging, .lifecycle,
      ]),
    .executableTarget(
      name: "bellwether",
      dependencies: [
        "CProcess", "Diagnostics", "SQLText", "Expressions", "Templates", "YAML", "Rules",
        "Planning", "Workbench", "Postgres", "Transport", "Store", "Engine", "Delivery", "Server",
        .argumentParser, .hummingbird, .nioCore, .nioPosix, .logging, .lifecycle, .unixSignals,
      ], resources: [.embedInCode("Demo/seed.sql")]),

    // MARK: Tools. What holds the product to its promises, and is not part of it.
    .executableTarget(name: "cel-conformance", dependencies: ["Expressions", .argumentParser]),
    .executableTarget(
      name: "bench",
      dependencies: [
        "CProcess", "Diagnostics", "SQLText", "Expressions", "Templates", "Rules", "Planning",
        "Postgres", "Store", "Engine", "Delivery", "Transport", .argumentParser, .logging,
      ]),
    .executableTarget(name: "chaos", dependencies: ["SQLText", "Postgres", .argumentParser]),

    // MARK: Tests.
    .target(name: "Support", dependencies: ["Postgres", "SQLText"], path: "Tests/Support"),
    .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics"]),
    .testTarget(name: "SQLTextTests", dependencies: ["SQLText"]),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    .testTarget(
      name: "ExpressionsTests",
      dependencies: [
        "Expressions", "Diagnostics", "Postgres", "SQLText", "CAllocations", "Support",
      ], exclude: ["Golden"]),
    .testTarget(name: "ConformanceTests", dependencies: ["cel-conformance", "Expressions"]),
    .target(name: "CopyRows", path: "Tests/CopyRows"),
    .testTarget(
      name: "EvaluationTests",
      dependencies: ["Evaluation", "Expressions", "CopyRows", "Postgres", "SQLText", "Support"]),
    .testTarget(
      name: "TemplatesTests",
      dependencies: [
        "Templates", "Expressions", "Diagnostics",
      ]),
    .testTarget(name: "YAMLTests", dependencies: ["YAML", "Diagnostics"]),
    .testTarget(
      name: "RulesTests",
      dependencies: [
        "Rules", "Expressions", "Templates", "Diagnostics", "YAML", "Support",
      ], exclude: ["Golden"]),
    .testTarget(
      name: "WorkbenchTests",
      dependencies: [
        "Workbench", "Rules", "Expressions", "Templates", "Diagnostics", "YAML", "Support",
      ], exclude: ["Golden", "Fixtures"]),
    .testTarget(
      name: "PlanningTests",
      dependencies: [
        "Planning", "Rules", "Expressions", "Evaluation", "SQLText", "Diagnostics", "Postgres",
        "Support",
      ], exclude: ["Golden"]),
    .testTarget(name: "PostgresTests", dependencies: ["Postgres", "SQLText", "Support"]),
    .testTarget(name: "TransportTests", dependencies: ["Transport", "Support"]),
    .testTarget(
      name: "StoreTests",
      dependencies: [
        "Store", "Postgres", "SQLText", "Rules", "Expressions", "Support",
      ]),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "Engine", "Store", "Postgres", "SQLText", "Rules", "Expressions", "Templates",
        "Workbench", "Diagnostics", "Support",
      ]),
    .testTarget(
      name: "DeliveryTests",
      dependencies: [
        "Delivery", "Store", "Transport", "Rules", "Expressions", "Postgres", "SQLText",
        "Support", .logging, .lifecycle,
      ], exclude: ["Fixtures"]),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "Server", "Engine", "Store", "Rules", "Expressions", "Templates", "Diagnostics",
        "Postgres", "SQLText", "Support",
      ]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "bellwether", "Diagnostics", "Expressions", "Rules", "Engine", "Store", "Transport",
        "Postgres", "SQLText", "Support",
      ], exclude: ["Fixtures"]),
    .testTarget(
      name: "BenchTests", dependencies: ["bench", "Store", "Postgres", "SQLText", "Support"]),
    .testTarget(
      name: "ChaosTests", dependencies: ["chaos", "bellwether", "SQLText", "Support"]),
    .target(
      name: "Fuzzing",
      dependencies: [
        "Diagnostics", "Expressions", "Evaluation", "Templates", "Rules", "Workbench", "CopyRows",
      ], path: "Tests/Fuzzing"),
    .testTarget(name: "FuzzTests", dependencies: ["Fuzzing", "Support"], exclude: ["Seeds"]),
    .testTarget(name: "TidyTests"),
  ]
)

extension Target.Dependency {
  static var argumentParser: Self {
    .product(name: "ArgumentParser", package: "swift-argument-parser")
  }
  static var crypto: Self { .product(name: "Crypto", package: "swift-crypto") }
  static var hummingbird: Self { .product(name: "Hummingbird", package: "hummingbird") }
  static var lifecycle: Self {
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
  }
  static var unixSignals: Self {
    .product(name: "UnixSignals", package: "swift-service-lifecycle")
  }
  static var logging: Self { .product(name: "Logging", package: "swift-log") }
  static var mustache: Self { .product(name: "Mustache", package: "swift-mustache") }
  static var nioCore: Self { .product(name: "NIOCore", package: "swift-nio") }
  static var nioPosix: Self { .product(name: "NIOPosix", package: "swift-nio") }
}

// scripts/fuzz alone builds this, and all that it uses, with libFuzzer and its counters.
let isFuzzing = Context.environment["BELLWETHER_FUZZ"] != nil
if isFuzzing {
  package.targets.append(
    .executableTarget(
      name: "fuzzer", dependencies: ["Fuzzing"], path: "Tests/fuzzer",
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]))
}

let cTargets: Set<String> = ["CProcess", "CAllocations"]
for target in package.targets where target.type != .system && !cTargets.contains(target.name) {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
  ]
  if isFuzzing {
    target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"]))
  }
}

// A developer at work on a few targets may build those alone: BELLWETHER_TARGETS=Rules,RulesTests
if let only = Context.environment["BELLWETHER_TARGETS"] {
  var wanted = Set(only.split(separator: ",").map(String.init))
  var packages: Set<String> = []
  for target in package.targets.reversed() where wanted.contains(target.name) {
    for dependency in target.dependencies {
      switch dependency {
      case .byNameItem(let name, _), .targetItem(let name, _): wanted.insert(name)
      case .productItem(_, let name?, _, _): packages.insert(name)
      default: break
      }
    }
  }
  package.targets.removeAll { !wanted.contains($0.name) }
  package.dependencies.removeAll { dependency in
    guard case .sourceControl(_, let url, _) = dependency.kind else { return false }
    return !packages.contains { url.hasSuffix("/\($0).git") }
  }
}
