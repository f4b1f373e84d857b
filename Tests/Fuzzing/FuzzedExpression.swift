import Diagnostics
import Expressions
import Rules

/// An expression of the rule dialect: printed, checked, evaluated and explained.
enum FuzzedExpression {
  static func run(_ text: String) -> [String] {
    var broken = printing(text, in: .rule)
    let (expression, diagnostics) = checker.check(text)
    broken += diagnostics.flatMap {
      faults(of: $0, in: SourceText(path: "expression", text: text))
    }
    guard let expression else {
      let isExplained = diagnostics.contains { $0.severity == .error }
      return broken + (isExplained ? [] : ["\(text) fails without a word"])
    }
    let term = expression.term
    broken += readingBack(term)
    let slots = FuzzRows.slots(of: [term])
    let program = Program(term, slots: slots, context: FuzzRows.context)
    for row in FuzzRows.all where !program.value(of: row).isOne(of: expression.type) {
      broken.append("\(text) is \(program.value(of: row)), no \(expression.type)")
    }
    guard expression.type == .bool else { return broken }
    let rule = Rule(name: "fuzz", title: "Fuzz", entity: "customer", when: term)
    return broken + FuzzedRule.run(rule)
  }

  /// What is printed reads back as the same.
  static func printing(_ text: String, in dialect: Dialect) -> [String] {
    guard let tree = try? Parser.parse(text, dialect: dialect) else { return [] }
    let printed = tree.text(in: dialect)
    do throws(SyntaxError) {
      let again = try Parser.parse(printed, dialect: dialect).text(in: dialect)
      return again == printed ? [] : ["\(text) is printed as \(printed) and then as \(again)"]
    } catch {
      // What is printed may be longer than what was read, and have brackets that that had not.
      switch error.fault {
      case .tooLong, .tooDeep: return []
      default: return ["\(text) is printed as \(printed), which is no expression"]
      }
    }
  }

  /// So does the text of a checked term.
  private static func readingBack(_ term: Term) -> [String] {
    let (again, diagnostics) = checker.check(term.text)
    if let again {
      return again.term == term ? [] : ["\(term.text) reads back as \(again.term.text)"]
    }
    // A term may need more brackets or bytes than what it was read from.
    let isTooMuch = diagnostics.contains {
      [ExpressionCode.tooLong.code, ExpressionCode.tooDeep.code].contains($0.code)
    }
    return isTooMuch ? [] : ["\(term.text) is the text of a term and no expression"]
  }

  private static let checker = Checker(scope: FuzzRows.scope)
}

/// What is wrong with a diagnostic itself.
func faults(of diagnostic: Diagnostic, in source: SourceText) -> [String] {
  if diagnostic.span.upperBound > source.bytes.count {
    return ["\(diagnostic.code) lies outside its file"]
  }
  let isSilent = DiagnosticRenderer.text(diagnostic, in: source).isEmpty
  return isSilent ? ["\(diagnostic.code) says nothing"] : []
}

extension Value {
  /// Whether the value is one that an expression of the type may have.
  fileprivate func isOne(of type: ValueType) -> Bool {
    switch (self, type) {
    case (.error(.wrongType), _): false
    case (.missing, _), (.error, _), (.bool, .bool), (.number, .number), (.text, .text),
      (.instant, .instant), (.duration, .duration):
      true
    case (.list(let values), .list(let element)): values.allSatisfy { $0.isOne(of: element) }
    default: false
    }
  }
}
