package import Diagnostics
package import Expressions

/// Reads values as tests and examples give them: a word for a text, else what expressions know.
package enum GivenValue {
  /// Reads `missing`, or a value of a type; the diagnostics' spans are byte offsets in `text`.
  package static func read(
    _ text: String, as type: ValueType, context: EvaluationContext
  ) -> (value: Value?, diagnostics: [Diagnostic]) {
    if text == "missing" { return (.missing, []) }
    switch type {
    case .text: return (.text(text), [])
    case .bool:
      if let value = Scalars.yesNo(text) { return (.bool(value), []) }
      return refuse(
        "`\(text)` is neither `yes` nor `no`", text, help: "write `yes`, `no` or `missing`")
    case .instant:
      if let instant = Instant(text, in: context.zone) { return (.instant(instant), []) }
      if Period(text) != nil {
        return refuse(
          "`\(text)` is a length of time, and a point in time stands here", text,
          help: "write `\(text) ago`")
      }
    default: break
    }
    let (checked, diagnostics) = Checker(scope: Scope()).check(text, expecting: .type(type))
    guard let checked else {
      return (nil, diagnostics.map { $0.helped("write \(type.words), or `missing`") })
    }
    let value = Program(checked.term, slots: [:], context: context).value(of: NoRow())
    if case .error = value {
      return refuse("`\(text)` cannot be computed", text, help: "write the value itself")
    }
    return (value, diagnostics)
  }

  /// Reads the value of a field, which the catalog may narrow further.
  package static func read(
    _ text: String, for field: Field, context: EvaluationContext
  ) -> (value: Value?, diagnostics: [Diagnostic]) {
    let (value, diagnostics) = read(text, as: field.kind.valueType, context: context)
    switch value {
    case .text(let text)?:
      guard let words = field.oneOf, !words.contains(text) else { break }
      return refuse(
        "`\(field.name)` is never `\(text)`", text,
        help: didYouMean(text, among: words) ?? "it is \(alternatives(words))")
    case .instant(let instant)? where field.kind == .date:
      return (.instant(context.zone.startOfDay(instant)), diagnostics)
    default: break
    }
    return (value, diagnostics)
  }

  private static func refuse(
    _ message: String, _ text: String, help: String? = nil
  ) -> (value: Value?, diagnostics: [Diagnostic]) {
    (nil, [Diagnostic(.badGiven, message, at: 0..<text.utf8.count, help: help)])
  }
}

extension Diagnostic {
  /// The diagnostic with its own help, or with this if it has none.
  fileprivate func helped(_ help: String) -> Diagnostic {
    Diagnostic(code, message, at: span, severity: severity, help: self.help ?? help)
  }
}

extension Catalog {
  /// The example value of a field, followed through person fields; `missing` where there is none.
  package func example(at path: [String], context: EvaluationContext) -> Value {
    guard let field = field(at: path), let entity = entity(holding: path),
      let text = entity.example[field.name]
    else { return .missing }
    return GivenValue.read(text, for: field, context: context).value ?? .missing
  }
}
