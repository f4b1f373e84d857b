import Diagnostics
import Expressions
import Foundation
import Templates
import Testing

@Suite("Wrong texts")
struct WrongTextsTests {
  @Test(
    "are told at their tags",
    arguments: [
      ("Hi {{customer.nam}}", "E0302", "customer.nam"),
      ("ü {{nonsense}} {{more}}", "E0301", "nonsense"),
      ("Hi {{customer.name", "E0601", "{{customer.name"),
      ("Hi {{ }}", "E0602", "{{ }}"), ("{{{customer.name}}}", "E0602", "{{{customer.name}}"),
      ("{{&customer.name}}", "E0602", "{{&customer.name}}"),
      ("{{> partial}}", "E0602", "{{> partial}}"), ("{{=<% %>=}}", "E0602", "{{=<% %>=}}"),
      ("{{money(customer.name)}}", "E0603", "money(customer.name)"),
      ("{{date(quiet_for)}}", "E0603", "date(quiet_for)"),
      ("{{money(customer.balanc)}}", "E0302", "customer.balanc"),
      ("{{1 + money(customer.balance)}}", "E0313", "money"),
      ("{{money(customer.balance, \"EUR\")}}", "E0313", "money"),
      ("{{#customer.vip}}x", "E0604", "{{#customer.vip}}"),
      ("x{{/customer.vip}}", "E0604", "{{/customer.vip}}"),
      ("{{#customer.vip}}x{{/customer.name}}", "E0604", "{{/customer.name}}"),
      ("{{#customer.name}}x{{/customer.name}}", "E0401", "customer.name"),
      ("{{'}}", "E0205", "'"), ("{{revenue}}", "E0308", "revenue"),
    ])
  func places(text: String, code: String, marked: String) throws {
    let (template, diagnostics) = TextTemplate.parse(text, as: .text, in: .test)
    #expect(template == nil)
    let first = try #require(diagnostics.first)
    #expect(first.code.name == code)
    #expect(String(decoding: Array(text.utf8)[first.span], as: UTF8.self) == marked)
  }

  @Test("are told all at once")
  func all() {
    let text = "{{nothing}} {{{x}}} {{#customer.name}}{{/a}} {{money(last_order)}} {{"
    let codes = TextTemplate.parse(text, as: .html, in: .test).diagnostics.map(\.code.name)
    #expect(codes == ["E0301", "E0602", "E0401", "E0604", "E0603", "E0601"])
  }

  @Test("are shown on the page of their code", arguments: TemplateCode.allCases)
  func pages(code: TemplateCode) throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/errors/\(code.rawValue).md")
    let blocks = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n```\n")
    try #require(blocks.count >= 4)
    let wrong = TextTemplate.parse(blocks[1], as: .text, in: .test).diagnostics
    #expect(wrong.contains { $0.code.name == code.rawValue })
    #expect(TextTemplate.parse(blocks[3], as: .text, in: .test).diagnostics.isEmpty)
  }
}
