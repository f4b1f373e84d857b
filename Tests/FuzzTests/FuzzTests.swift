import Foundation
import Fuzzing
import Support
import Testing

@Suite("Damaged rules and expressions")
struct FuzzTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  /// Some of what `scripts/fuzz` begins with: files, and each line of the lists.
  private static let seeds: [FuzzEntry.Subject: [[UInt8]]] = {
    func files(in folder: String) -> [[UInt8]] {
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: root.appending(path: folder).path)
      return (names ?? []).sorted().compactMap { name in
        FileManager.default.contents(atPath: root.appending(path: "\(folder)/\(name)").path)
          .map(Array.init)
      }
    }
    func lines(of name: String) -> [[UInt8]] {
      let path = root.appending(path: "Tests/FuzzTests/Seeds/\(name).txt").path
      return (FileManager.default.contents(atPath: path) ?? Data())
        .split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
    return [
      .expression: lines(of: "expressions"),
      .cel: lines(of: "cel") + lines(of: "expressions"),
      .rule: files(in: "rules/triggers") + files(in: "rules/conditions")
        + files(in: "Tests/RulesTests/Golden").filter { $0.count < 2000 },
      .template: lines(of: "templates") + files(in: "templates/email"),
      .project: files(in: "rules") + files(in: "examples/northwind/rules"),
    ]
  }()

  @Test("are all there to be damaged", arguments: FuzzEntry.Subject.allCases)
  func seeds(of subject: FuzzEntry.Subject) throws {
    let seeds = try #require(Self.seeds[subject])
    #expect(!seeds.isEmpty)
    #expect(seeds.allSatisfy { FuzzEntry.run([subject.mark] + $0) == [] })
  }

  @Test("trap nothing and break no promise", arguments: FuzzEntry.Subject.allCases)
  func mutations(of subject: FuzzEntry.Subject) {
    var random = SeededGenerator(seed: UInt64(subject.rawValue))
    let seeds = Self.seeds[subject] ?? []
    for _ in 0..<(subject.isFile ? 40 : 300) {
      var bytes = seeds.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        mutate(&bytes, among: seeds, using: &random)
      }
      let broken = FuzzEntry.run([subject.mark] + bytes)
      #expect(broken == [], "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  private func mutate(
    _ bytes: inout [UInt8], among seeds: [[UInt8]], using random: inout SeededGenerator
  ) {
    let start = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, start + Int.random(in: 0...12, using: &random))
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes.removeSubrange(start..<end)
    case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
    case 2:
      let other = seeds.randomElement(using: &random) ?? []
      let from = Int.random(in: 0...other.count, using: &random)
      bytes.insert(contentsOf: other[from..<min(other.count, from + 30)], at: start)
    default: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: start)
    }
  }
}

extension FuzzEntry.Subject {
  /// Whether such texts are long, and reading one takes a while.
  fileprivate var isFile: Bool { self == .rule || self == .project }
}
