import Foundation
import Fuzzing
import Support
import Testing

@Suite("Damaged rules and expressions")
struct FuzzTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  /// The shipped rules, wrong files from the tests and some expressions: the seeds of
  /// `scripts/fuzz`, too.
  private static let seeds: [[UInt8]] = {
    let folders = [
      "rules/triggers", "rules/conditions", "Tests/RulesTests/Golden", "Tests/FuzzTests",
    ]
    let names = folders.flatMap { folder in
      let found = try? FileManager.default.contentsOfDirectory(
        atPath: root.appending(path: folder).path)
      return (found ?? []).sorted().map { "\(folder)/\($0)" }
    }
    let files = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".txt") }.compactMap {
      FileManager.default.contents(atPath: root.appending(path: $0).path).map(Array.init)
    }
    return files
      + files.flatMap { file in file.split(separator: UInt8(ascii: "\n")).map(Array.init) }
  }()

  @Test("trap nothing and break no promise", arguments: 0..<4 as Range<UInt64>)
  func mutations(seed: UInt64) {
    #expect(Self.seeds.count > 500)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<150 {
      var bytes = Self.seeds.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 0...5, using: &random) { mutate(&bytes, using: &random) }
      let broken = FuzzEntry.run(bytes)
      #expect(broken == [], "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  private func mutate(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
    let start = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, start + Int.random(in: 0...12, using: &random))
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes.removeSubrange(start..<end)
    case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
    case 2:
      let other = Self.seeds.randomElement(using: &random) ?? []
      let from = Int.random(in: 0...other.count, using: &random)
      bytes.insert(contentsOf: other[from..<min(other.count, from + 30)], at: start)
    default: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: start)
    }
  }
}
