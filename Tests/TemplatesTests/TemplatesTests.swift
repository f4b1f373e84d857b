import Expressions
import Foundation
import Templates
import Testing

@Suite("Texts")
struct TemplatesTests {
  @Test(
    "show values as people read them",
    arguments: [
      ("Call {{ customer.name }}!", "Call O'Hara & <Söhne> \"GmbH\"!"),
      ("{{customer.balance}}", "1,234.5"), ("{{revenue[30d]}}", "0.3"),
      ("{{1 / 3}}", "0.333333"), ("{{1_234_567}}", "1,234,567"), ("{{-0.5}}", "-0.5"),
      ("{{customer.vip}}", "yes"), ("{{not customer.vip}}", "no"),
      ("{{quiet_for}}", "46 days"), ("{{6h}}", "6 hours"), ("{{1d}}", "1 day"),
      ("{{30h}}", "1 day, 6 hours"),
      ("{{customer.tags}}", "a, b<c"), ("{{customer.since}}", "–"),
      ("{{1 / customer.balance * 0}}", "0"),
      ("{{customer.balance / (customer.balance - customer.balance)}}", "–"),
      ("{{last_order}}", "Feb 13, 2026"), ("{{severity}}", "high"),
      ("{{severity is high}}", "yes"), ("{{now}}", "Mar 31, 2026"),
      ("", ""), ("no tags { } }} here", "no tags { } }} here"), ("ü{{\"ß\"}}é", "üßé"),
      ("{{\"a}}b\"}}{{'}}'}}", "a}}b}}"), ("{{! it's a remark }}x", "x"),
    ])
  func values(text: String, expected: String) throws {
    #expect(try render(text) == expected)
  }

  @Test(
    "show values in formats",
    arguments: [
      ("{{money(customer.balance)}}", "$1,234.50"), ("{{money(-3)}}", "-$3.00"),
      ("{{money(1.005)}}", "$1.01"), ("{{money(2.675)}}", "$2.68"),
      ("{{percent(0.3)}}", "30%"), ("{{percent(0.12345)}}", "12.3%"),
      ("{{percent(0.12345, 2)}}", "12.35%"), ("{{ percent( 1 / 3 , 0 ) }}", "33%"),
      ("{{number(1234.5678, 2)}}", "1,234.57"), ("{{number(2.5, 0)}}", "3"),
      ("{{number(0.1 + 0.2, 15)}}", "0.3"),
      ("{{days(quiet_for)}}", "46 days"), ("{{days(36h)}}", "1 day"), ("{{days(6h)}}", "0 days"),
      ("{{days(-12h)}}", "0 days"), ("{{days(2)}}", "2 days"),
      ("{{date(last_order)}}", "Feb 13, 2026"), ("{{date(45d ago)}}", "Feb 14, 2026"),
      ("{{floor(days(quiet_for)) + 1}}", "47"), ("{{money(revenue[7d])}}", "–"),
      ("{{days(quiet_for) > 3}}", "yes"), ("{{max(1, 2)}}", "2"),
    ])
  func formats(text: String, expected: String) throws {
    #expect(try render(text) == expected)
  }

  @Test(
    "follow the language and the currency of the settings",
    arguments: [
      (
        "de_DE", "EUR", "{{money(1234.5)}}|{{customer.balance}}|{{date(last_order)}}",
        "1.234,50\u{A0}€|1.234,5|13. Feb. 2026"
      ),
      ("ja_JP", "JPY", "{{money(1234.5)}}", "\u{A5}1,235"),
      ("en_GB", "GBP", "{{money(0.5)}}|{{date(last_order)}}", "£0.50|13 Feb 2026"),
    ])
  func languages(locale: String, currency: String, text: String, expected: String) throws {
    let formats = TextFormats(locale: locale, currency: currency)
    let rendered = try render(text, formats: formats)
    #expect(rendered == expected)
  }

  @Test(
    "have sections over conditions",
    arguments: [
      ("{{#customer.vip}}good{{/customer.vip}}", "good"),
      ("{{^customer.vip}}plain{{/customer.vip}}", ""),
      ("{{#customer.balance > 2_000}}rich{{/customer.balance > 2_000}}", ""),
      ("{{# customer.vip }}a{{^severity is low}}b{{/ severity is low }}{{/customer.vip}}c", "abc"),
      (
        "{{#customer.since is missing}}{{customer.name}}{{/customer.since is missing}}",
        "O'Hara & <Söhne> \"GmbH\""
      ),
      ("{{#revenue[7d] > 3}}a{{/revenue[7d] > 3}}{{^revenue[7d] > 3}}b{{/revenue[7d] > 3}}", "b"),
      ("a\n{{#customer.vip}}\nb\n{{/customer.vip}}\nc", "a\nb\nc"),
    ])
  func sections(text: String, expected: String) throws {
    #expect(try render(text) == expected)
  }

  @Test(
    "escape values, and only those, for HTML",
    arguments: [
      ("<b>{{customer.name}}</b>", "<b>O&#39;Hara &amp; &lt;Söhne&gt; &quot;GmbH&quot;</b>"),
      ("<a t=\"{{customer.tags}}\">", "<a t=\"a, b&lt;c\">"),
      ("{{#customer.vip}}<i>{{customer.tags}}</i>{{/customer.vip}}", "<i>a, b&lt;c</i>"),
      ("{{\"<\\u0338 \\\"\\u0301\"}}", "&lt;\u{338} &quot;\u{301}"),
    ])
  func html(text: String, expected: String) throws {
    #expect(Array(try render(text, as: .html).utf8) == Array(expected.utf8))
  }

  @Test("do not read a value as a tag")
  func nesting() throws {
    let changes = ["customer.name": Value.text("{{{rule.title}}} {{/customer.vip}}")]
    let text = "{{#customer.vip}}{{customer.name}}{{/customer.vip}}"
    #expect(try render(text, with: changes) == "{{{rule.title}}} {{/customer.vip}}")
  }

  @Test(
    "become JSON, whole values outside of quotes",
    arguments: [
      ("{\"a\": {{customer.name}}}", "{\"a\": \"O'Hara & <Söhne> \\\"GmbH\\\"\"}"),
      ("{\"a\": \"Hi {{customer.name}}\"}", "{\"a\": \"Hi O'Hara & <Söhne> \\\"GmbH\\\"\"}"),
      (
        "{\"a\": \"\\\"{{rule.title}}\", \"b\": {{customer.balance}}}",
        "{\"a\": \"\\\"Gone\\u000aquiet\", \"b\": 1234.5}"
      ),
      (
        "[{{customer.vip}}, {{customer.since}}, {{100}}, {{1e-7}}, {{customer.tags}}]",
        "[true, null, 100, 1e-07, [\"a\",\"b<c\"]]"
      ),
      (
        "[{{last_order}}, {{45d}}, {{-(6h)}}, {{money(1)}}]",
        "[\"2026-02-12T23:30:00Z\", \"P45D\", \"PT-21600S\", \"$1.00\"]"
      ),
      ("{{#customer.vip}}{\"a\": {{customer.vip}}}{{/customer.vip}}", "{\"a\": true}"),
      ("[\"{{customer.balance}}\", {{0.1 + 0.2 == 0.3}}]", "[\"1,234.5\", true]"),
    ])
  func json(text: String, expected: String) throws {
    let rendered = try render(text, as: .json)
    #expect(rendered == expected)
    #expect(
      throws: Never.self, "\(rendered)",
      performing: { try JSONSerialization.jsonObject(with: Data(rendered.utf8)) })
  }

  @Test("name what their tags need, in order, with the conditions of sections")
  func terms() throws {
    let text = "{{customer.name}}{{#customer.vip}}{{revenue[30d]}}{{/customer.vip}}"
    let template = try #require(TextTemplate.parse(text, as: .text, in: .test).template)
    #expect(template.source == text)
    #expect(
      template.terms.map { $0.inputs.map(\.description) } == [
        ["customer.name"], ["customer.vip"], ["revenue[30d]"],
      ])
  }
}
