import Foundation
import Testing

/// The list of targets in Package.swift is the architecture: these tests hold the sources to it.
@Suite("The arrows between targets")
struct ArrowTests {
  /// The targets that decide and touch nothing.
  static let core: Set<String> = [
    "Diagnostics", "SQLText", "Expressions", "Evaluation", "Templates", "YAML", "Rules", "Planning",
    "Workbench",
  ]

  /// What comes with the toolchain, apart from what is for tests alone.
  static let toolchain: Set<String> = [
    "Foundation", "FoundationNetworking", "FoundationXML", "Dispatch", "Synchronization", "Glibc",
  ]

  /// The products of packages by the shorthand that Package.swift uses, and their further modules.
  static let products: [String: Set<String>] = [
    "argumentParser": ["ArgumentParser"],
    "crypto": ["Crypto"],
    "hummingbird": ["Hummingbird", "HTTPTypes"],
    "lifecycle": ["ServiceLifecycle"],
    "unixSignals": ["UnixSignals"],
    "logging": ["Logging"],
    "mustache": ["Mustache"],
    "nioCore": ["NIOCore"],
    "nioPosix": ["NIOPosix"],
  ]

  /// What Package.swift lists beside each target.
  static func dependencies() throws -> [String: Set<String>] {
    let manifest = try SourceTree.text(of: "Package.swift")
    let declaration =
      /\.(?:target|executableTarget|testTarget)\(\s*name: "([\w-]+)"(?:,\s*dependencies: \[([^\]]*)\])?/
    return Dictionary(
      uniqueKeysWithValues: manifest.matches(of: declaration).map { match in
        let words = (match.output.2 ?? "").matches(of: /"([\w-]+)"|\.(\w+)/)
        let modules = words.map { word -> Set<String> in
          // A module is called like its target, with a line below for a hyphen.
          if let name = word.output.1 { return [String(name).replacing("-", with: "_")] }
          return products[String(word.output.2 ?? "")] ?? []
        }
        return (String(match.output.1), modules.reduce(into: []) { $0.formUnion($1) })
      })
  }

  @Test("are read from Package.swift")
  func manifest() throws {
    let dependencies = try Self.dependencies()
    #expect(dependencies["SQLText"] == [])
    #expect(dependencies["Postgres"]?.isSuperset(of: ["CPostgres", "SQLText"]) == true)
    #expect(Self.core.isSubset(of: dependencies.keys))
  }

  @Test("are the only imports", arguments: SourceTree.sources + SourceTree.tests)
  func imports(_ file: SourceFile) throws {
    let dependencies = try Self.dependencies()
    var allowed = try #require(
      dependencies[file.target], "\(file.path) belongs to no target of Package.swift")
    allowed.formUnion(Self.toolchain)
    if file.path.hasPrefix("Tests/") { allowed.insert("Testing") }
    for module in try file.imports where !allowed.contains(module) {
      Issue.record("\(file.path) imports \(module), which Package.swift does not list for it")
    }
  }

  @Test("lead from the core to the core only")
  func coreArrows() throws {
    let outside: Set<String> = ["CYAML", "Mustache"]
    let dependencies = try Self.dependencies()
    for target in Self.core.sorted() {
      let others = (dependencies[target] ?? []).subtracting(Self.core).subtracting(outside)
      #expect(others == [], "\(target) is core: pass values in, and hand decisions out")
    }
  }

  @Test("leave each adapter alone with its outside system")
  func adapterArrows() throws {
    let dependencies = try Self.dependencies()
    let domain = Self.core.subtracting(["SQLText"]).union(["Store", "Engine", "Delivery"])
    for (adapter, other) in [("Postgres", "Transport"), ("Transport", "Postgres")] {
      let known = dependencies[adapter] ?? []
      #expect(known.isDisjoint(with: domain.union([other])), "\(adapter) knows no domain")
    }
    #expect(dependencies["Engine"]?.contains("Delivery") == false, "they meet in the outbox only")
    #expect(dependencies["Delivery"]?.contains("Engine") == false, "they meet in the outbox only")
  }

  static let impure: [(needle: String, instead: String)] = [
    (" async", "hand out a decision; Engine and Delivery wait"),
    ("await ", "hand out a decision; Engine and Delivery wait"),
    ("Task {", "hand out a decision; Engine and Delivery start tasks"),
    ("TaskGroup", "hand out a decision; Engine and Delivery start tasks"),
    (" actor ", "a value"),
    ("DispatchQueue", "hand out a decision; Engine and Delivery start tasks"),
    ("ContinuousClock", "an Instant passed in"),
    ("SuspendingClock", "an Instant passed in"),
    ("timeIntervalSinceNow", "an Instant passed in"),
    ("FileManager", "bytes passed in"),
    ("FileHandle", "bytes passed in"),
    ("contentsOfFile", "bytes passed in"),
    ("Data(contentsOf", "bytes passed in"),
    ("String(contentsOf", "bytes passed in"),
    ("URLSession", "a value passed in"),
    ("ProcessInfo", "a value passed in"),
    ("getenv(", "a value passed in"),
    ("SystemRandomNumberGenerator", "a generator passed in"),
    ("UUID()", "an id passed in"),
  ]

  @Test(
    "keep clocks, files and tasks out of the core",
    arguments: SourceTree.sources.filter { core.contains($0.target) })
  func pureCore(_ file: SourceFile) throws {
    for (number, line) in try file.code {
      for (needle, instead) in Self.impure where line.contains(needle) {
        Issue.record("\(file.path):\(number): \(line): \(file.target) is core, use \(instead)")
      }
    }
  }

  @Test("keep raw pointers where their owner is", arguments: SourceTree.sources)
  func pointers(_ file: SourceFile) throws {
    // Elsewhere a buffer may be lent for the time of a call, and nothing more.
    let owners: Set<String> = [
      "Postgres", "Transport", "YAML", "Evaluation", "Expressions", "bench", "chaos",
    ]
    guard !owners.contains(file.target) else { return }
    for (number, line) in try file.code {
      let isRaw = ["UnsafeMutable", "UnsafePointer", "OpaquePointer"].contains { line.contains($0) }
      #expect(!isRaw, "\(file.path):\(number): raw pointers stay with the handle's owner")
    }
  }
}
