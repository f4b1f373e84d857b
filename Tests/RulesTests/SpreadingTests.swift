import Diagnostics
import Dispatch
import Rules
import Synchronization
import Testing

@Suite("Loading files several at once")
struct SpreadingTests {
  /// Every item by itself, on as many threads as there are.
  private struct EachByItself: Spreading {
    func map<Item: Sendable, Output: Sendable>(
      _ items: [Item], _ transform: @Sendable (Item) -> Output
    ) -> [Output] {
      let outputs = Mutex([Output?](repeating: nil, count: items.count))
      DispatchQueue.concurrentPerform(iterations: items.count) { index in
        let output = transform(items[index])
        outputs.withLock { $0[index] = output }
      }
      return outputs.withLock { $0.compactMap { $0 } }
    }
  }

  @Test("finds what loading them in turn finds, in the same order")
  func corpus() throws {
    // All cases beside each other: many names clash, and what each file gets wrong stays.
    let files = try GoldenTests.cases.flatMap { name in
      try GoldenTests.files(name).filter { $0.path.hasPrefix("rules/") }.map {
        SourceText(path: "rules/\(name)/\($0.path)", bytes: $0.bytes)
      }
    }.filter { !$0.path.hasSuffix("catalog.yaml") }
    let inTurn = Fixture.load(files)
    let atOnce = Fixture.load(files, spreading: EachByItself())
    #expect(inTurn.diagnostics.count > 100)
    #expect(atOnce.diagnostics == inTurn.diagnostics)
    #expect(
      atOnce.ruleSet?.rules.mapValues(\.conditionHash)
        == inTurn.ruleSet?.rules.mapValues(\.conditionHash))
    #expect(atOnce.ruleSet?.brokenFiles == inTurn.ruleSet?.brokenFiles)
  }
}
