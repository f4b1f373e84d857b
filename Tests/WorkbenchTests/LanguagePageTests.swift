import Diagnostics
import Expressions
import Foundation
import Rules
import Templates
import Testing
import Workbench

@Suite("The page about the language")
struct LanguagePageTests {
  @Test("has examples of every kind")
  func kinds() {
    #expect(LanguagePage.yaml.count > 12)
    #expect(LanguagePage.examples.count > 50)
    #expect(LanguagePage.given.count > 5)
    // A line without an arrow would be passed over.
    for block in LanguagePage.blocks where block.kind == "expressions" {
      #expect(block.lines.allSatisfy { $0.contains("→") || $0.isEmpty }, "line \(block.line)")
    }
  }

  @Test("shows rules, conditions and pieces of rules that load", arguments: LanguagePage.yaml)
  func yaml(_ block: LanguagePage.Block) throws {
    let file = Self.file(for: block)
    let (ruleSet, found) = try LanguagePage.load(file)
    let told = found.map { DiagnosticRenderer.text($0, in: file) }.joined(separator: "\n\n")
    #expect(found.isEmpty, "\(told)")
    guard let ruleSet else { return }
    let tester = RuleTester(catalog: ruleSet.catalog, zone: .utc, formats: TextFormats())
    for result in ruleSet.rules.values.flatMap(tester.run) {
      #expect(result.mismatches == [], "\(result.name)")
    }
  }

  @Test("says what expressions give", arguments: LanguagePage.examples)
  func expression(_ example: LanguagePage.Example) throws {
    if let code = Self.refusal(in: example.result) {
      #expect(try Self.check(example.expression).codes.contains(code))
    } else if example.result == "missing" {
      #expect(try Self.value(of: example.expression) == .missing)
    } else {
      let value = try Self.value(of: example.expression)
      let isRight = try Self.value(of: "(\(example.expression)) == (\(example.result))")
      #expect(isRight == .bool(true), "it is \(value)")
    }
  }

  // MARK: Files

  /// A whole file as it stands; of a piece, the rule that it may be a piece of.
  private static func file(for block: LanguagePage.Block) -> SourceText {
    let pieces = pieces(of: block.lines)
    if let name = pieces.first(where: { $0.key == "condition" })?.value {
      return SourceText(path: "conditions/\(name).yaml", text: block.text)
    }
    if let name = pieces.first(where: { $0.key == "rule" })?.value {
      return SourceText(path: "\(name).yaml", text: owned(block.text, pieces))
    }
    let around = Self.pieces(of: frame.components(separatedBy: "\n")).filter { piece in
      !pieces.contains { $0.key == piece.key }
    }
    let lines = around.flatMap(\.lines) + block.lines
    return SourceText(path: "example.yaml", text: lines.joined(separator: "\n") + "\n")
  }

  /// A small rule need not say whose it is.
  private static func owned(_ text: String, _ pieces: [Piece]) -> String {
    pieces.contains { $0.key == "owner" } ? text : text + "owner: sales-ops@acme.example\n"
  }

  private struct Piece {
    var key: String
    var value: String
    var lines: [String]
  }

  /// The keys at the top and the lines below each.
  private static func pieces(of lines: [String]) -> [Piece] {
    var pieces: [Piece] = []
    for line in lines {
      if let match = line.firstMatch(of: /^(\w+):\s*(\S*)/) {
        pieces.append(
          Piece(key: String(match.output.1), value: String(match.output.2), lines: [line]))
      } else if !pieces.isEmpty {
        pieces[pieces.count - 1].lines.append(line)
      }
    }
    return pieces
  }

  /// What stands around a piece.
  private static let frame = """
    rule: example
    owner: sales-ops@acme.example
    schedule: daily at 06:00
    for_each: customer
    values:
      quiet_for: since(last_order)
      past_year: revenue[365d]
    when: quiet_for >= 45d
    then:
      - task:
          title: "{{customer.name}}, quiet for {{days(quiet_for)}}, {{money(past_year)}}"
    """

  // MARK: Expressions

  private static func refusal(in result: String) -> String? {
    result.wholeMatch(of: /refused: ([EW]\d+)/).map { String($0.output.1) }
  }

  /// Checks an expression as a value of a rule, warnings included.
  private static func check(_ expression: String) throws -> (term: Term?, codes: [String]) {
    let text = """
      rule: example
      owner: sales-ops@acme.example
      schedule: daily at 06:00
      for_each: customer
      values: {it: '\(expression.replacing("'", with: "''"))'}
      when: customer.status == "active" and it is not missing
      then:
        - task: {title: "{{customer.name}}"}

      """
    let (ruleSet, found) = try LanguagePage.load(SourceText(path: "example.yaml", text: text))
    return (ruleSet?.rules["example"]?.values.first?.term, found.map(\.code.name))
  }

  /// What the expression gives where all is as the page's block `given` says.
  private static func value(of expression: String) throws -> Value {
    let (term, codes) = try check(expression)
    let checked = try #require(term, "\(expression): \(codes)")
    #expect(codes.isEmpty, "\(expression)")
    let row = try row(of: checked.inputs)
    return Program(checked, slots: row.slots, context: try context).value(of: row)
  }

  /// The terms that the page's block `given` gives for inputs.
  private static let given = Result {
    try LanguagePage.given.filter { $0.name != "now" }.map { name, expression in
      let input = try #require(try check(name).term?.inputs.first, "\(name)")
      return (input, try #require(try check(expression).term, "\(expression)"))
    }
  }

  private static func row(of inputs: Set<Input>) throws -> RowOfValues {
    let nothing = RowOfValues([:])
    let values = try given.get().map { input, term in
      (input, Program(term, slots: [:], context: try context).value(of: nothing))
    }
    let known = Dictionary(uniqueKeysWithValues: values)
    return RowOfValues(Dictionary(uniqueKeysWithValues: inputs.map { ($0, known[$0] ?? .missing) }))
  }

  private static var context: EvaluationContext {
    get throws {
      let now = LanguagePage.given.first { $0.name == "now" }?.expression ?? ""
      let zone = try #require(Zone(identifier: "Europe/Vienna"))
      return EvaluationContext(now: try #require(Instant(now, in: zone)), zone: zone)
    }
  }
}
