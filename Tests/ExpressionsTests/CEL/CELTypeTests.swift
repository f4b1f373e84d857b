import Expressions
import Testing

@Suite("CEL's checker")
struct CELTypeTests {
  @Test("deduces types", arguments: types)
  func deduced(text: String, expected: String) throws {
    let environment = CELEnvironment(
      variables: [
        "i": .int, "s": .string, "d": .dyn, "l": .list(.string), "m": .map(.string, .int),
        "w": .wrapper(.int), "o": .optional(.int), "t": .timestamp,
      ],
      libraries: CELLibrary.all + [
        CELLibrary([
          .function(
            "pair", [.parameter("A"), .parameter("B")],
            .opaque("pair", [.parameter("A"), .parameter("B")]), body: nil)
        ])
      ])
    #expect(try environment.compile(text).type.description == expected)
  }

  static let types: OutcomeTable = [
    ("42", "int"), ("42u", "uint"), ("1.5", "double"), ("'a'", "string"), ("b'a'", "bytes"),
    ("true", "bool"),
    ("null", "null_type"), ("[]", "list(dyn)"), ("{}", "map(dyn, dyn)"), ("[1]", "list(int)"),
    ("[1, 'a']", "list(dyn)"), ("{'a': 1}", "map(string, int)"),
    ("{'a': 1, 2: 'b'}", "map(dyn, dyn)"),
    ("[[], [1]]", "list(list(int))"), ("[[1], []]", "list(list(int))"),
    ("[[], [[]]]", "list(list(list(dyn)))"),
    ("type(1)", "type(int)"), ("[int, string]", "list(type(dyn))"), ("int", "type(int)"),
    ("timestamp(0)", "google.protobuf.Timestamp"),
    ("timestamp(0) - timestamp(0)", "google.protobuf.Duration"), ("i + 1", "int"), ("d + 1", "int"),
    ("d + d", "dyn"), ("l[0]", "string"), ("m.a", "int"), ("m['a']", "int"),
    ("m.?a", "optional_type(int)"),
    ("l[?0]", "optional_type(string)"), ("o.orValue(1)", "int"),
    ("o.or(optional.none())", "optional_type(int)"),
    ("o.optMap(x, string(x))", "optional_type(string)"), ("l.map(x, x.size())", "list(int)"),
    ("l.filter(x, x == 'a')", "list(string)"), ("m.map(k, k)", "list(string)"),
    ("l.all(x, x == '')", "bool"),
    ("m.transformMap(k, v, v > 1)", "map(string, bool)"),
    ("m.transformMapEntry(k, v, {v: k})", "map(int, string)"),
    ("l.transformList(i, v, i)", "list(int)"), ("true ? 1 : 2", "int"), ("true ? 1 : d", "dyn"),
    ("cel.bind(x, 1, [x])", "list(int)"), ("d.a.b", "dyn"), ("d[0]", "dyn"),
    ("l.sort()", "list(string)"),
    ("l.first()", "optional_type(string)"), ("math.greatest(1, 2)", "int"),
    ("math.greatest(1, 2u)", "dyn"),
    ("math.greatest(1.5)", "double"), ("'a'.split('')", "list(string)"),
    ("[o, optional.none()]", "list(optional_type(int))"),
    ("[optional.none(), o]", "list(optional_type(int))"), ("[o, null][0]", "optional_type(int)"),
    ("[null, o][0]", "optional_type(int)"), ("[t, null][0]", "google.protobuf.Timestamp"),
    ("[w, 1]", "list(wrapper(int))"), ("[1, w]", "list(wrapper(int))"),
    ("[null, w]", "list(wrapper(int))"),
    ("w + 1", "int"), ("w == null", "bool"), ("pair(1, 'a')", "pair(int, string)"),
    ("[pair(1, d), pair(d, 'a')][0]", "pair(dyn, dyn)"), ("pair(1, 2) == pair(d, 2)", "bool"),
    ("([].map(x, x))[0].foo", "dyn"), ("size(d)", "int"), ("d in l", "bool"),
    ("[optional.of(d), o]", "list(optional_type(dyn))"),
    ("[?o]", "list(int)"), ("{?'a': o}", "map(string, int)"),
    ("[1].map(x, [x, d])", "list(list(dyn))"),
  ]

  @Test("a type reads back as it is written", arguments: types.map(\.expected))
  func readBack(text: String) throws {
    #expect(try #require(CELType(text)).description == text)
  }

  @Test(
    "a text that is no type is none",
    arguments: ["", "list(", "list(int", "map(int,)", "list(int))", "<T"])
  func noType(text: String) { #expect(CELType(text) == nil) }

  @Test(
    "says what is wrong and where",
    arguments: [
      ("1 + 1u", "no form of '+' takes (int, uint)", 0..<6),
      ("true && x", "there is no variable 'x'", 8..<9),
      ("true && 1", "this is int where bool should stand", 8..<9),
      ("'a'.frob()", "no form of 'frob' takes (string)", 0..<10),
      ("{1: 2, [3]: 4}", "no map has a key of type list(int)", 7..<10),
      ("has(1)", "has() asks for a field, as in has(a.b)", 0..<6),
    ])
  func fault(text: String, message: String, span: Range<Int>) {
    let fault = #expect(throws: CELFault.self) { try CELEnvironment().compile(text) }
    #expect(fault?.message == message)
    #expect(fault?.span == span)
  }

  @Test(
    "a library that is not there adds nothing",
    arguments: [
      "'a'.trim()", "[1].map(x, x)", "has({}.a)", "{}.?a", "math.greatest(1, 2)",
      "cel.bind(a, 1, a)", "[?d]", "{?'a': d}", "[1][?0]",
    ])
  func library(text: String) {
    let environment = CELEnvironment(variables: ["d": .dyn], libraries: [])
    #expect(throws: CELFault.self) { try environment.compile(text) }
  }

  @Test("a library of one's own is called like any other")
  func ownLibrary() throws {
    let doubling = CELLibrary([
      .method(.int, "doubled", [], .int) { arguments, _ throws(CELError) in
        .int(Int64(try arguments.int(0) * 2))
      }
    ])
    let environment = CELEnvironment(variables: ["n": .int], libraries: [.standard, doubling])
    let program = try environment.compile("n.doubled() + 1")
    #expect(program.type == .int)
    #expect(try program.evaluate(["n": .int(20)]).shown == "41")
  }
}
