import Expressions
import Foundation
import Testing

@testable import cel_conformance

@Suite("Conformance cases of the Common Expression Language")
struct ConformanceTests {
  /// The specification's cases, in the folder in `BELLWETHER_SHARED`, else in `../shared`.
  private static let path: String = {
    let shared = ProcessInfo.processInfo.environment["BELLWETHER_SHARED"] ?? "../shared"
    return "\(shared)/conformance/cel/open.jsonl"
  }()

  @Test(
    "all pass",
    .enabled(
      if: FileManager.default.fileExists(atPath: path), "the cases are not beside the repository"))
  func suite() throws {
    let cases = try ConformanceCase.read(Self.path)
    let inScope = cases.filter { !ConformanceCase.outOfScope.contains($0.file) }
    #expect(inScope.count > 800)
    for test in inScope {
      let (hasPassed, got) = test.run()
      #expect(hasPassed, "\(test.id): \(test.expression): \(test.expected), not \(got)")
    }
  }

  @Test(
    "pass for the very value alone",
    arguments: [
      ("1", #"{"value":{"int":"1"}}"#, true), ("1", #"{"value":{"uint":"1"}}"#, false),
      ("1", #"{"value":{"double":"1"}}"#, false), ("1", #"{"value":{"bool":true}}"#, false),
      ("1", #"{"error":["range"]}"#, false), ("1/0", #"{"error":["range"]}"#, true),
      ("1 +", #"{"error":["syntax"]}"#, true), ("1/0", #"{"value":{"int":"1"}}"#, false),
      ("0.0/0.0", #"{"value":{"double":"NaN"}}"#, true),
      ("0.0", #"{"value":{"double":"-0.0"}}"#, false),
      ("[1]", #"{"value":{"list":[{"uint":"1"}]}}"#, false),
      ("[1]", #"{"value":{"list":[]}}"#, false),
      ("{1: 2}", #"{"value":{"map":[[{"int":"1"},{"int":"2"}]]}}"#, true),
      ("{1u: 2}", #"{"value":{"map":[[{"int":"1"},{"int":"2"}]]}}"#, false),
      ("b'a'", #"{"value":{"bytes":"YQ=="}}"#, true),
      ("'a'", #"{"value":{"bytes":"YQ=="}}"#, false),
      ("duration('1s')", #"{"value":{"duration":"1s"}}"#, true),
      ("timestamp(0)", #"{"value":{"timestamp":"1970-01-01T00:00:00Z"}}"#, true),
      ("int", #"{"value":{"type":"int"}}"#, true), ("int", #"{"value":{"string":"int"}}"#, false),
      ("null", #"{"value":{"null":true}}"#, true),
      ("[1]", #"{"typed_result":{"type":"list(int)"}}"#, true),
      ("[1]", #"{"typed_result":{"type":"list(dyn)"}}"#, false),
      ("1", #"{"typed_result":{"type":"int","value":{"int":"2"}}}"#, false),
    ])
  func strictness(expression: String, expectation: String, passes: Bool) throws {
    let test = try #require(try read([line(expression, expectation)]).first)
    #expect(test.run().hasPassed == passes)
  }

  @Test(
    "that cannot be read are named with their line",
    arguments: ["{}", "nonsense", #"{"id":1}"#])
  func malformed(second: String) {
    let fault = #expect(throws: ConformanceFault.self) {
      try read([line("1", #"{"value":{"int":"1"}}"#), second])
    }
    #expect(fault?.message.hasSuffix(":2: this is no case") == true)
  }

  @Test(
    "fail alone if a value or a type in them is of an unknown kind",
    arguments: [
      #"{"value":{"message":"a"}}"#, #"{"typed_result":{"type":"list("}}"#,
      #"{"value":{"int":"x"}}"#, "{}",
    ])
  func unknown(expectation: String) throws {
    let cases = try read([line("1", expectation), line("1", #"{"value":{"int":"1"}}"#)])
    #expect(cases.map { $0.run().hasPassed } == [false, true])
  }

  @Test("a file that is not there is named")
  func missing() {
    let fault = #expect(throws: ConformanceFault.self) { try ConformanceCase.read("/nowhere") }
    #expect(fault?.message == "cannot read /nowhere")
  }

  private func line(_ expression: String, _ expectation: String) -> String {
    """
    {"id":"a/b/c","file":"a","expr":"\(expression)","disable_check":false,"check_only":false,\
    "container":"","type_env":[],"bindings":{},"expect":\(expectation)}
    """
  }

  private func read(_ lines: [String]) throws -> [ConformanceCase] {
    let path = NSTemporaryDirectory() + "cases-\(UUID().uuidString).jsonl"
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try ConformanceCase.read(path)
  }
}
