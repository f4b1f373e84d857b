import SQLText
import Testing

@Suite("SQL")
struct SQLTextTests {
  @Test("binds values and quotes names")
  func bindsValues() {
    let table = #"in"voices"#
    let query: SQL = "SELECT id FROM \(identifier: table) WHERE amount > \(bind: 100)"
    #expect(query.text == #"SELECT id FROM "in""voices" WHERE amount > $1"#)
    #expect(query.arguments == ["100"])
  }

  @Test("numbers placeholders when the whole is read, however fragments nest")
  func nests() {
    let missing: Int? = nil
    let inner: SQL = "b = \(bind: "two") OR c = \(bind: missing)"
    var query: SQL = "SELECT \(bind: 1) WHERE \(inner)"
    query += " LIMIT \(bind: 4)"
    #expect(query.text == "SELECT $1 WHERE b = $2 OR c = $3 LIMIT $4")
    #expect(query.arguments == ["1", "two", nil, "4"])
    #expect((inner + inner).text == "b = $1 OR c = $2b = $3 OR c = $4")
  }

  @Test(
    "joins fragments",
    arguments: [
      ([], ""), (["a"], "a"), (["a = \(bind: 1)", "b = \(bind: 2)"], "a = $1 AND b = $2"),
    ] as [([SQL], String)])
  func joins(fragments: [SQL], text: String) {
    #expect(fragments.joined(separator: " AND ").text == text)
  }

  @Test("writes values in place for commands that take no parameters")
  func inlines() {
    let missing: String? = nil
    let query: SQL = "SET x = \(bind: "it's"), y = \(bind: missing), z = '$1'"
    let text = query.inlined { "'\($0.split(separator: "'").joined(separator: "''"))'" }
    #expect(text == "SET x = 'it''s', y = NULL, z = '$1'")
  }

  @Test(
    "writes arrays as PostgreSQL does",
    arguments: [
      ([], "{}"), (["a", ""], #"{"a",""}"#), ([#"a"b\c"#, "x,y"], #"{"a\"b\\c","x,y"}"#),
      (["NULL", "{}"], #"{"NULL","{}"}"#),
    ] as [([String], String)])
  func arrays(values: [String], literal: String) {
    #expect(values.postgresArrayLiteral == literal)
  }
}
