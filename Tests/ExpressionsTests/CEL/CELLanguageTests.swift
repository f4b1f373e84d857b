import Expressions
import Testing

@Suite("CEL's language")
struct CELLanguageTests {
  @Test("arithmetic keeps to one type and never wraps around", arguments: arithmetic)
  func arithmeticCase(text: String, expected: String) { #expect(outcome(text) == expected) }

  static let arithmetic: OutcomeTable = [
    ("40 + 2", "42"), ("7 / 2", "3"), ("-7 / 2", "-3"), ("7 % -2", "1"), ("-7 % 2", "-1"),
    ("9223372036854775807 + 1", "error"), ("-9223372036854775808 - 1", "error"),
    ("-9223372036854775808 / -1", "error"), ("-9223372036854775808 % -1", "error"),
    ("-(-9223372036854775808)", "error"), ("9223372036854775807 * 2", "error"),
    ("9223372036854775808", "error"), ("-9223372036854775809", "error"), ("0u - 1u", "error"),
    ("18446744073709551615u + 1u", "error"), ("18446744073709551615u * 2u", "error"),
    ("18446744073709551616u", "error"), ("4u / 3u", "1u"), ("4u % 3u", "1u"),
    ("1u / 0u", "error"), ("1u % 0u", "error"), ("1 / 0", "error"), ("1 % 0", "error"),
    ("1.0 / 0.0", "Infinity"), ("-1.0 / 0.0", "-Infinity"), ("0.0 / 0.0", "NaN"),
    ("1.5 % 2.0", "refused"), ("1 + 1u", "refused"), ("dyn(1) + 1.0", "error"), ("-1u", "refused"),
    ("-(dyn(1u))", "error"), ("!1", "refused"), ("!!true", "true"), ("--5", "5"),
    ("-!true", "error"),
    ("'a' + 'b'", "\"ab\""), ("b'a' + b'\\xff'", "b\"\\x61\\xff\""),
    ("[1] + [2u]", "refused, and [1, 2u] unchecked"),
    ("'a' - 'b'", "refused"), ("'a' + dyn(1)", "error"), ("{} + {}", "refused"),
    ("0x10 + 0xFu", "refused"), ("0xFFFFFFFFFFFFFFFFu", "18446744073709551615u"),
    ("-0x8000000000000000", "-9223372036854775808"), (".5 + 1e3", "1000.5"), ("1.", "error"),
  ]

  @Test("equality and order lie on one number line", arguments: comparisons)
  func comparison(text: String, expected: String) { #expect(outcome(text) == expected) }

  static let comparisons: OutcomeTable = [
    ("dyn(1) == 1u", "true"), ("dyn(1) == 1.0", "true"), ("dyn(1u) == 1.5", "false"),
    ("1 == 1.0", "refused, and true unchecked"), ("dyn('1') == 1", "false"),
    ("dyn(-1) < 1u", "true"), ("dyn(18446744073709551615u) > -1", "true"),
    ("dyn(9223372036854775807) >= 9223372036854775808.0", "true"),
    ("dyn(9007199254740993) == 9007199254740992.0", "true"),
    ("dyn(18446744073709551615u) == 9223372036854775807", "false"), ("dyn(0.0) == -0.0", "true"),
    ("0.0/0.0 == 0.0/0.0", "false"), ("0.0/0.0 != 0.0/0.0", "true"), ("0.0/0.0 < 1.0", "false"),
    ("dyn(1) >= double('NaN')", "false"), ("dyn(1) < double('Infinity')", "true"),
    ("dyn(1u) > double('-Infinity')", "true"), ("double('NaN') in [double('NaN')]", "false"),
    ("false < true", "true"), ("b'a' < b'b'", "true"), ("b'a' < b'aa'", "true"),
    ("'Z' < 'a'", "true"),
    ("'😁' > '\\uFFFD'", "true"), ("'\\u00e9' == 'e\\u0301'", "false"), ("null == null", "true"),
    ("dyn(null) == 0", "false"), ("null < null", "error"), ("dyn([1]) < dyn([2])", "error"),
    ("dyn({}) < dyn({})", "error"), ("int < uint", "refused"), ("dyn(1) < dyn('a')", "error"),
    ("[1, 2.0, 'x'] == [1.0, 2, 'x']", "true"), ("[1] == [1, 1]", "false"),
    ("{1: 'a', 2: 'b'} == {2u: 'b', 1u: 'a'}", "refused, and true unchecked"),
    ("{'a': 1} == dyn({'a': 1.0})", "true"), ("{'a': 1} == {'b': 1}", "false"),
    ("[[1]] == [[dyn(1u)]]", "true"), ("type(1) == int", "true"), ("type(1) == uint", "false"),
    ("1 < 2 == true", "true"), ("dyn(1) in [1.0]", "true"), ("dyn(1u) in {1: 0}", "true"),
    ("dyn(1.0) in {1: 0}", "true"), ("dyn(1.5) in {1: 0}", "false"), ("dyn([]) in {1: 0}", "error"),
    ("1 in 2", "refused"), ("'a' in 'abc'", "refused"),
  ]

  @Test("lists and maps answer for what is there", arguments: containers)
  func container(text: String, expected: String) { #expect(outcome(text) == expected) }

  static let containers: OutcomeTable = [
    ("[7, 8][1]", "8"), ("[7, 8][-1]", "error"), ("[7, 8][2]", "error"), ("[7, 8][dyn(1u)]", "8"),
    ("[7, 8][dyn(1.0)]", "8"), ("[7, 8][dyn(0.5)]", "error"), ("[7, 8][dyn('1')]", "error"),
    ("[7][dyn(18446744073709551615u)]", "error"), ("[7][dyn(1e300)]", "error"),
    ("[7][dyn(double('NaN'))]", "error"), ("'abc'[0]", "refused"), ("b'abc'[0]", "refused"),
    ("{1: 'a'}[1u]", "refused, and \"a\" unchecked"), ("{1: 'a'}[dyn(1.0)]", "\"a\""),
    ("{1: 'a'}[dyn(1.1)]", "error"), ("{1: 'a'}[dyn([])]", "error"), ("{'a': 1}.a", "1"),
    ("{'a': 1}.b", "error"), ("{'a': 1}['b']", "error"), ("{1: 1, 1u: 2}", "error"),
    ("{'a': 1, 'a': 2}", "error"), ("{1.0: 1}", "refused"), ("{null: 1}", "refused"),
    ("{[]: 1}", "refused"),
    ("{'a': 1,}", "{\"a\": 1}"), ("[1,]", "[1]"), ("size([1, 2])", "2"), ("{1: 2}.size()", "1"),
    ("size(1)", "refused"), ("size(b'\\xff\\xff')", "2"), ("'πέντε'.size()", "5"),
    ("'e\\u0301'.size()", "2"), ("{'if': 1}.if", "1"), ("{'a-b': 1}.`a-b`", "1"),
    ("has({'a-b': 1}.`a-b`)", "true"), ("has({'a': null}.a)", "true"), ("has({}.a)", "false"),
    ("has({'x': {}}.x.y)", "false"), ("has({}.x.y)", "error"), ("has(dyn(1).a)", "error"),
    ("has({}['a'])", "error"), ("has(1)", "error"), ("dyn(1).a", "error"),
    ("{'a': 1}.true", "error"),
  ]

  @Test("faults give way to what decides", arguments: logic)
  func logicCase(text: String, expected: String) { #expect(outcome(text) == expected) }

  static let logic: OutcomeTable = [
    ("1/0 > 2 || true", "true"), ("true || 1/0 > 2", "true"), ("1/0 > 2 && false", "false"),
    ("1/0 > 2 && true", "error"), ("1/0 > 2 || false", "error"),
    ("1/0 > 0 || 1/0 > 0 || true", "true"),
    ("dyn('x') && false", "false"), ("true && dyn('x')", "error"), ("dyn(1) || true", "true"),
    ("dyn('x') || dyn('y')", "error"), ("true ? 1 : 1/0", "1"), ("false ? 1/0 : 2", "2"),
    ("dyn(1) ? 1 : 2", "error"), ("(1/0 > 0) ? 1 : 2", "error"),
    ("true ? 1 : 'a'", "refused, and 1 unchecked"),
    ("x || true", "refused, and true unchecked"), ("f(1) || true", "refused, and true unchecked"),
    ("a.while() || true", "refused, and true unchecked"), ("true ? false ? 1 : 2 : 3", "error"),
    ("true ? (false ? 1 : 2) : 3", "2"), ("false ? 1 : true ? 2 : 3", "2"),
    ("true || false && false", "true"), ("while", "error"), ("for(1)", "error"), ("1 +", "error"),
  ]

  @Test("texts and bytes are read as written", arguments: literals)
  func literal(text: String, expected: String) { #expect(outcome(text) == expected) }

  static let literals: OutcomeTable = [
    (#"'\x41\u00e9\U0001F431\101'"#, "\"Aé🐱A\""), (#"b'\x41\377é'"#, "b\"\\x41\\xff\\xc3\\xa9\""),
    (#"b'\u0041'"#, "error"), (#"'\400'"#, "error"), (#"'\8'"#, "error"), (#"'\q'"#, "error"),
    (#"'\uD800'"#, "error"), (#"'\U00110000'"#, "error"), (#"'\x4'"#, "error"),
    (#"'\07'"#, "error"),
    (#"r'\n'"#, "\"\\\\n\""), (#"br'\n' == b'\\n'"#, "true"), (#"rb'a'"#, "error"),
    ("'a\nb'", "error"),
    ("'''a\nb'''", "\"a\\nb\""), (#""""a"b""" + '"'"#, "\"a\\\"b\\\"\""), ("'a", "error"),
    ("1 // note", "1"), ("true", "true"), ("null", "null"), ("1u", "1u"), ("1.5e-3", "0.0015"),
    ("1e400", "error"),
  ]

  @Test("names are looked up from the container outwards")
  func names() {
    let bindings: [String: CELValue] = [
      "a.b.c": .int(1), "a.b": .map(CELMap()), "x": .int(2), "n.x": .int(3), "n.m.x": .int(4),
    ]
    #expect(outcome("a.b.c", bindings) == "1")
    #expect(outcome("b.c", bindings, container: "a") == "1")
    #expect(outcome("x", bindings, container: "n.m") == "4")
    #expect(outcome("x", bindings, container: "n.k") == "3")
    #expect(outcome("x", bindings, container: "k") == "2")
    #expect(outcome(".x", bindings, container: "n.m") == "2")
    #expect(outcome("[5].map(x, x + .x)", bindings, container: "n.m") == "[7]")
    #expect(outcome("[{'b': 7}].exists(a, a.b == 7)", bindings) == "true")
    #expect(outcome("[0].map(x, [1].map(x, x))", bindings) == "[[1]]")
    #expect(outcome("Timestamp", container: "google.protobuf") == "google.protobuf.Timestamp")
  }

  @Test("what is not bound is an error that logic may outweigh")
  func unbound() throws {
    let program = try CELEnvironment(variables: ["x": .bool]).compile("x || true")
    #expect(try program.evaluate([:]).shown == "true")
    let strict = try CELEnvironment(variables: ["x": .bool]).compile("x")
    #expect(throws: CELError.unboundName("x")) { try strict.evaluate([:]) }
  }
}
