package import Diagnostics

/// What type an expression must have.
package enum Expectation: Sendable, Hashable {
  case any, condition
  case type(ValueType)
}

/// Parses and checks expressions of the rule dialect.
package struct Checker: Sendable {
  private let scope: Scope

  /// Creates a checker for expressions that may use the names of `scope`.
  package init(scope: Scope) { self.scope = scope }

  /// Checks one expression; spans of the diagnostics are byte offsets in `text`.
  ///
  /// There is an expression exactly if no diagnostic is an error.
  package func check(
    _ text: String, expecting: Expectation = .any
  ) -> (expression: CheckedExpression?, diagnostics: [Diagnostic]) {
    do throws(SyntaxError) {
      return check(try Parser.parse(text), of: text, expecting: expecting)
    } catch {
      return (nil, [error.diagnostic])
    }
  }

  /// Checks an expression, or a part of one, that was parsed from `text`.
  package func check(
    _ syntax: Syntax, of text: String, expecting: Expectation = .any
  ) -> (expression: CheckedExpression?, diagnostics: [Diagnostic]) {
    var pass = CheckPass(scope: scope, text: text)
    let typed = pass.check(syntax, isConjunct: true).flatMap {
      pass.expect($0, expecting, from: syntax)
    }
    let diagnostics = pass.errors.map(\.diagnostic)
    guard let typed, !diagnostics.contains(where: { $0.severity == .error }) else {
      return (nil, diagnostics)
    }
    let written = String(decoding: Array(text.utf8)[syntax.span], as: UTF8.self)
    let expression = CheckedExpression(
      text: written, type: typed.type, term: typed.term, scopes: pass.scopes, values: pass.values)
    return (expression, diagnostics)
  }
}

/// A part of an expression that has been checked.
struct Typed {
  var term: Term
  var type: ValueType

  /// The only values the text takes, where that is known.
  var oneOf: [String]?

  init(_ term: Term, _ type: ValueType, oneOf: [String]? = nil) {
    self.term = term
    self.type = type
    self.oneOf = oneOf
  }
}

/// One walk over an expression, which collects every mistake instead of stopping at the first.
///
/// A part with a mistake is `nil`, and what is built on it says nothing further.
struct CheckPass {
  let scope: Scope
  private let text: [UInt8]
  private(set) var errors: [CheckError] = []
  private(set) var scopes: [Term] = []
  private(set) var values: [NamedTerm] = []

  /// How many nodes may still be inlined; names that use each other twice over double each time.
  private var budget = 20_000

  /// The names that the macros around give, outermost first.
  var bound: [Binding] = []

  /// How many variables the loops around have.
  var depth = 0

  init(scope: Scope, text: String) {
    self.scope = scope
    self.text = Array(text.utf8)
  }

  mutating func report(_ fault: CheckFault, at span: Range<Int>) {
    errors.append(CheckError(fault: fault, span: span))
  }

  /// Reports a mistake in place of a result.
  mutating func refuse(_ fault: CheckFault, at span: Range<Int>) -> Typed? {
    report(fault, at: span)
    return nil
  }

  /// What the analyst wrote there.
  func slice(_ syntax: Syntax) -> String { slice(syntax.span) }

  func slice(_ span: Range<Int>) -> String { String(decoding: text[span], as: UTF8.self) }

  func byte(at offset: Int) -> UInt8? { text.indices.contains(offset) ? text[offset] : nil }

  /// Takes note of what a called condition brings along.
  mutating func adopt(_ expression: CheckedExpression) {
    scopes += expression.scopes.filter { !scopes.contains($0) }
    values += expression.values.filter { !values.contains($0) }
  }

  /// Whether a term may still be inlined.
  mutating func canInline(_ term: Term) -> Bool { term.fits(in: &budget) }

  mutating func expect(
    _ typed: Typed, _ expectation: Expectation, from syntax: Syntax
  ) -> Typed? {
    switch expectation {
    case .any:
      return typed
    case .condition:
      guard typed.type == .bool else {
        return refuse(.notACondition(typed.type, slice(syntax)), at: syntax.span)
      }
      return typed
    case .type(let type):
      guard type.unified(with: typed.type) != nil else {
        return refuse(
          .wrongType(slice(syntax), found: typed.type, expected: type), at: syntax.span)
      }
      return typed
    }
  }
}

extension CheckPass {
  /// Checks an expression.
  ///
  /// `isConjunct` says whether it is the whole or stands under nothing but `and`; `beside` is what
  /// it is compared with.
  mutating func check(
    _ syntax: Syntax, isConjunct: Bool = false, beside: Typed? = nil
  ) -> Typed? {
    switch syntax.kind {
    case .literal(let literal):
      return check(literal, at: syntax.span)
    case .name(let name, _):
      return check(name: name, at: syntax.span, isConjunct: isConjunct, beside: beside)
    case .select:
      return checkField(syntax)
    case .index(let value, let index, _):
      return checkIndex(of: value, index)
    case .window(let value, let window):
      return checkMetric(value, window)
    case .call(let call):
      return check(call, at: syntax.span, isConjunct: isConjunct)
    case .list(let elements):
      return check(list: elements, at: syntax.span, beside: beside)
    case .map:
      return refuse(.tableAlone(slice(syntax)), at: syntax.span)
    case .message:
      return refuse(.notAvailable(slice(syntax)), at: syntax.span)
    case .logic(let logic, let operands):
      return check(logic, operands, isConjunct: isConjunct)
    case .unary(let sign, let value):
      return check(sign, value)
    case .binary(let binary, let left, let right):
      return check(binary, left, right, of: syntax)
    case .conditional(let condition, let then, let otherwise):
      return checkConditional(condition, then, otherwise, beside: beside)
    case .between(let value, let low, let high):
      return checkBetween(value, low, high, at: syntax.span)
    case .missing(let value, let isNegated):
      return check(value).map {
        Typed(.apply(isNegated ? .isPresent : .isMissing, [$0.term]), .bool)
      }
    case .standing(let value, let standing):
      return check(standing, of: value)
    case .ago(let period):
      return checkAgo(period)
    case .percent(let value):
      return checkPercent(value)
    case .percentOf(let percent, let whole):
      return checkPercentOf(percent, whole, at: syntax.span)
    }
  }

  private mutating func check(_ literal: Syntax.Literal, at span: Range<Int>) -> Typed? {
    switch literal {
    case .integer(let value), .unsigned(let value):
      Typed(.constant(.number(Double(value))), .number)
    case .double(let value): Typed(.constant(.number(value)), .number)
    case .text(let value): Typed(.constant(.text(value)), .text)
    case .bool(let value): Typed(.constant(.bool(value)), .bool)
    case .null: Typed(.constant(.missing), .null)
    case .period(let value): Typed(.constant(.duration(value)), .duration)
    case .bytes: refuse(.celOnly(.bytes), at: span)
    }
  }

  private mutating func check(
    list elements: [Syntax.Element], at span: Range<Int>, beside: Typed?
  ) -> Typed? {
    var terms: [Term] = []
    var type = ValueType.null
    var isWhole = true
    for element in elements {
      guard let typed = check(element.value, beside: beside) else {
        isWhole = false
        continue
      }
      guard let common = type.unified(with: typed.type) else {
        report(.mixedTypes(type, typed.type), at: element.value.span)
        isWhole = false
        continue
      }
      type = common
      terms.append(typed.term)
    }
    return isWhole ? Typed(.apply(.list, terms), .list(type)) : nil
  }
}

extension ValueType {
  /// The type that values of both types have; `null` is part of every type.
  package func unified(with other: ValueType) -> ValueType? {
    switch (self, other) {
    case (.null, let type), (let type, .null): type
    case (.list(let left), .list(let right)): left.unified(with: right).map { .list($0) }
    default: self == other ? self : nil
    }
  }
}
