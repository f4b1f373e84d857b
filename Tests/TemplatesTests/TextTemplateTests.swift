import Diagnostics
import Expressions
import Templates
import Testing

@Suite("A text")
struct TextTemplateTests {
  static let scope: Scope = {
    var scope = Scope()
    scope.fields["item.name"] = FieldSymbol(type: .text)
    scope.fields["item.open"] = FieldSymbol(type: .bool)
    scope.metrics["latest_visit"] = MetricSymbol(type: .instant, needsWindow: false)
    scope.metrics["spent"] = MetricSymbol(type: .number, needsWindow: true)
    let latest = Term.input(.metric(name: "latest_visit", window: .allTime), .instant)
    scope.names["quiet"] = NamedTerm(
      name: "quiet", type: .duration, term: .apply(.function(.since), [latest]))
    scope.allowsSeverity = true
    return scope
  }()

  /// Renders a text with values by the term they stand for.
  private func render(
    _ text: String, _ values: [Value], as contentType: TextTemplate.ContentType = .text,
    formats: TextFormats = TextFormats(), zone: Zone = .utc
  ) throws -> String {
    let (template, diagnostics) = TextTemplate.parse(text, as: contentType, in: Self.scope)
    #expect(diagnostics.isEmpty)
    return try #require(template).render(values, formats: formats, zone: zone)
  }

  @Test(
    "shows each value in the format that is asked for, or that suits it",
    arguments: [
      ("{{item.name}}", Value.text("Café"), "Café"),
      ("{{ item.name }}!", .text("a"), "a!"),
      ("{{item.name}}", .missing, "–"),
      ("{{item.open}}", .bool(true), "yes"),
      ("{{severity}}", .text("high"), "high"),
      ("{{spent[30d]}}", .number(0.1 + 0.2), "0.3"),
      ("{{spent[30d]}}", .number(1_234_567.5), "1,234,567.5"),
      ("{{number(spent[30d], 1)}}", .number(2.25), "2.3"),
      ("{{money(spent[30d])}}", .number(1234.5), "$1,234.50"),
      ("{{money(spent[30d])}}", .number(2.675), "$2.68"),
      ("{{percent(spent[30d])}}", .number(0.305), "30.5%"),
      ("{{percent(spent[30d], 0)}}", .number(0.305), "31%"),
      ("{{days(quiet)}}", .duration(Period(days: 47, microseconds: 86_399_000_000)), "47 days"),
      ("{{days(quiet)}}", .duration(Period(days: 1)), "1 day"),
      ("{{quiet}}", .duration(Period(microseconds: 7_200_000_000)), "2 hours"),
      (
        "{{date(latest_visit)}}", .instant(Instant(microseconds: 1_767_225_600_000_000)),
        "Jan 1, 2026"
      ),
      ("{{! a remark }}{{item.name}}", .text("x"), "x"),
    ])
  func formats(text: String, value: Value, expected: String) throws {
    #expect(try render(text, [value]) == expected)
  }

  @Test("shows numbers and dates in the tenant's language, currency and zone")
  func language() throws {
    let german = TextFormats(locale: "de_DE", currency: "EUR")
    #expect(
      try render("{{money(spent[30d])}}", [.number(1234.5)], formats: german)
        == "1.234,50\u{A0}€")
    let zone = try #require(Zone(identifier: "America/New_York"))
    let midnight = Value.instant(Instant(microseconds: 1_767_225_600_000_000))
    #expect(try render("{{date(latest_visit)}}", [midnight], zone: zone) == "Dec 31, 2025")
  }

  @Test(
    "escapes what values hold, never what the template says",
    arguments: [
      (TextTemplate.ContentType.text, "<b> \"x\"\n", "<i><b> \"x\"\n</i>"),
      (.html, "<b> \"x\"", "<i>&lt;b&gt; &quot;x&quot;</i>"),
      (.json, "a\"b\\\n", "<i>a\\\"b\\\\\\u000a</i>"),
    ])
  func escaping(contentType: TextTemplate.ContentType, value: String, expected: String) throws {
    let text = try render("<i>{{item.name}}</i>", [.text(value)], as: contentType)
    #expect(text == expected)
  }

  @Test("does not read a value as a template")
  func injection() throws {
    #expect(try render("{{item.name}}", [.text("{{spent}}")]) == "{{spent}}")
    let sections = "{{#item.open}}{{item.name}}{{/item.open}}"
    #expect(try render(sections, [.bool(true), .text("{{spent}}")]) == "{{spent}}")
  }

  @Test(
    "shows a section where its condition holds",
    arguments: [(Value.bool(true), "open"), (.bool(false), "shut"), (.missing, "shut")])
  func sections(value: Value, expected: String) throws {
    let text = "{{#item.open}}open{{/item.open}}{{^item.open}}shut{{/item.open}}"
    #expect(try render(text, [value, value]) == expected)
  }

  @Test(
    "says what is wrong with a tag, at the tag",
    arguments: [
      ("Hi {{item.nam}}", "E0302", 5..<13), ("Hi {{item.name", "E0601", 3..<14),
      ("Hi {{}}", "E0602", 3..<7), ("{{{item.name}}}", "E0602", 0..<14),
      ("{{> other}}", "E0602", 0..<11), ("{{money(item.name)}}", "E0603", 2..<18),
      ("{{#item.open}}x", "E0604", 0..<14), ("x{{/item.open}}", "E0604", 1..<15),
    ])
  func faults(text: String, code: String, span: Range<Int>) {
    let (template, diagnostics) = TextTemplate.parse(text, as: .text, in: Self.scope)
    #expect(template == nil)
    #expect(diagnostics.map(\.code.name) == [code])
    #expect(diagnostics.first?.span == span)
  }
}
