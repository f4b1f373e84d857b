import Expressions
import Support
import Testing

@Suite("CEL's promises")
struct CELPropertyTests {
  @Test("no expression traps, and the checker changes no result", arguments: 0..<6 as Range<UInt64>)
  func anything(seed: UInt64) throws {
    var writer = ExpressionWriter(random: SeededGenerator(seed: seed))
    let bindings: [String: CELValue] = ["x": .int(3), "s": .text("añb"), "n": .null]
    let environment = CELEnvironment(variables: ["x": .int, "s": .string, "n": .dyn, "u": .dyn])
    for _ in 0..<1500 {
      let text = writer.expression(depth: 4)
      guard let unchecked = try? environment.compile(text, isChecked: false) else { continue }
      let value = (try? unchecked.evaluate(bindings, costLimit: 2000))?.shown
      guard let checked = try? environment.compile(text) else { continue }
      #expect((try? checked.evaluate(bindings, costLimit: 2000))?.shown == value, "\(text)")
    }
  }

  @Test(
    "what is nested as deep as may be is evaluated",
    arguments: [
      (String(repeating: "(", count: 190) + "1" + String(repeating: ")", count: 190), "1"),
      (String(repeating: "[", count: 190) + String(repeating: "]", count: 190) + " == []", "false"),
      (String(repeating: "-", count: 190) + "x", "3"),
      (String(repeating: "!", count: 190) + "true", "true"),
      ("[1]" + String(repeating: ".map(x, x)", count: 150), "[1]"),
      (
        String(repeating: "[1].map(x, ", count: 90) + "x" + String(repeating: ")", count: 90)
          + ".size()", "1"
      ),
      (
        String(repeating: "cel.bind(y, x, ", count: 150) + "y" + String(repeating: ")", count: 150),
        "3"
      ),
      ("x" + String(repeating: " + x", count: 150), "453"),
    ])
  func depth(text: String, expected: String) {
    #expect(outcome(text, ["x": .int(3)]) == expected)
  }
}

/// Writes expressions that are well formed more often than not, and make sense now and then.
private struct ExpressionWriter {
  var random: SeededGenerator

  private static let leaves = [
    "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615u", "0u",
    "2u",
    "0.5", "1e308", "double('NaN')", "double('Infinity')", "true", "false", "null", "''", "'a'",
    "s",
    "'%s %d'", "b'\\xff'", "[]", "[1, 2u, 'a']", "{}", "{'a': 1, 2: 'b'}", "x", "n", "u", "y",
    "int",
    "timestamp(0)", "timestamp('9999-12-31T23:59:59Z')", "duration('2562047h')", "optional.none()",
    "optional.of([1])", "lists.range(9)", "dyn('(a|b)*')",
  ]
  private static let methods = [
    "size", "charAt", "indexOf", "lastIndexOf", "substring", "replace", "split", "join", "trim",
    "reverse",
    "format", "matches", "contains", "getHours", "getFullYear", "getMilliseconds", "slice",
    "flatten",
    "distinct", "sort", "first", "last", "hasValue", "value", "or", "orValue", "unwrapOpt",
    "lowerAscii",
  ]
  private static let functions = [
    "size", "int", "uint", "double", "string", "bytes", "bool", "timestamp", "duration", "type",
    "dyn",
    "math.greatest", "math.least", "math.abs", "math.sign", "math.round", "math.bitShiftLeft",
    "math.bitShiftRight", "math.bitNot", "math.bitAnd", "math.sqrt", "sets.contains",
    "sets.equivalent",
    "strings.quote", "base64.encode", "base64.decode", "optional.of", "optional.ofNonZeroValue",
  ]
  private static let operators = [
    "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||",
  ]
  private static let macros = ["all", "exists", "exists_one", "filter", "map", "optMap", "sortBy"]
  private static let pairs = [
    "all", "exists", "transformList", "transformMap", "transformMapEntry",
  ]

  init(random: SeededGenerator) { self.random = random }

  private mutating func one(of texts: [String]) -> String {
    texts.randomElement(using: &random) ?? ""
  }

  private mutating func arguments(depth: Int) -> String {
    (0..<Int.random(in: 0..<4, using: &random)).map { _ in expression(depth: depth) }
      .joined(separator: ", ")
  }

  mutating func expression(depth: Int) -> String {
    guard depth > 0 else { return one(of: Self.leaves) }
    func part(_ writer: inout ExpressionWriter) -> String { writer.expression(depth: depth - 1) }
    switch Int.random(in: 0..<12, using: &random) {
    case 0, 1, 2: return "(\(part(&self)) \(one(of: Self.operators)) \(part(&self)))"
    case 3: return "\(part(&self)).\(one(of: Self.methods))(\(arguments(depth: depth - 1)))"
    case 4: return "\(one(of: Self.functions))(\(arguments(depth: depth - 1)))"
    case 5: return "\(part(&self)).\(one(of: Self.macros))(y, \(part(&self)))"
    case 6: return "\(part(&self)).\(one(of: Self.pairs))(k, y, \(part(&self)))"
    case 7: return "(\(part(&self)) ? \(part(&self)) : \(part(&self)))"
    case 8: return "\(part(&self))[\(one(of: ["", "?"]))\(part(&self))]"
    case 9: return "[\(arguments(depth: depth - 1))]"
    case 10: return "\(one(of: ["-", "!", "has", "dyn"]))(\(part(&self))\(one(of: ["", ".a"])))"
    default: return one(of: Self.leaves)
    }
  }
}
