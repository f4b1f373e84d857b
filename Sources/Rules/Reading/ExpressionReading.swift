import Diagnostics
import Expressions
import YAML

/// Whatever reads expressions out of a file and reports on it.
protocol ExpressionReading {
  var report: FileReport { get set }
}

/// A condition with what the named conditions it calls bring along.
struct ReadCondition {
  var term: Term

  /// Who is in scope according to the conditions called.
  var scopes: [Term] = []
  var values: [NamedTerm] = []

  /// The condition and its scopes as one term, for places that have no scope of their own.
  var joined: Term { Term.all(scopes + [term]) }
}

extension ExpressionReading {
  /// Checks the expression in a scalar.
  mutating func expression(
    _ node: Node, in scope: Scope, expecting: Expectation = .any
  ) -> CheckedExpression? {
    guard let scalar = node.scalar, !node.isEmpty else { return nil }
    let (expression, diagnostics) = Checker(scope: scope).check(scalar.text, expecting: expecting)
    report.add(diagnostics.map { scope.helping($0, in: scalar.text) }, in: scalar)
    return expression
  }

  /// Checks an expression, a tree of `all:`, `any:` and `not:`, or a condition in map form.
  mutating func condition(_ node: Node, in scope: Scope) -> ReadCondition? {
    switch node.content {
    case .scalar:
      guard let checked = expression(node, in: scope, expecting: .condition) else { return nil }
      return ReadCondition(term: checked.term, scopes: checked.scopes, values: checked.values)
    case .refused: return nil
    case .sequence(let items):
      // How they join is asked elsewhere; each must be right in any case.
      for item in items { _ = condition(item, in: scope) }
      return nil
    case .mapping(let entries):
      guard let entry = entries.first, entries.count == 1 else { return nil }
      return branch(entry, in: scope)
    }
  }

  private mutating func branch(_ entry: Node.Entry, in scope: Scope) -> ReadCondition? {
    switch entry.key {
    case "all":
      guard let items = list(of: entry, in: scope) else { return nil }
      return ReadCondition(
        term: Term.all(items.map(\.term)), scopes: items.flatMap(\.scopes),
        values: items.flatMap(\.values).withoutRepeats)
    case "any":
      guard let items = list(of: entry, in: scope) else { return nil }
      return ReadCondition(
        term: items.count == 1 ? items[0].joined : .apply(.or, items.map(\.joined)),
        values: items.flatMap(\.values).withoutRepeats)
    case "not":
      guard let item = condition(entry.value, in: scope) else { return nil }
      return ReadCondition(term: .apply(.not, [item.joined]), values: item.values)
    default: return call(entry, in: scope)
    }
  }

  private mutating func list(of entry: Node.Entry, in scope: Scope) -> [ReadCondition]? {
    guard let items = entry.value.items, !items.isEmpty else { return nil }
    var conditions: [ReadCondition] = []
    for item in items {
      if let condition = condition(item, in: scope) { conditions.append(condition) }
    }
    return conditions.count == items.count ? conditions : nil
  }

  /// `dormancy: {after: 60d}`: a named condition with arguments.
  private mutating func call(_ entry: Node.Entry, in scope: Scope) -> ReadCondition? {
    guard let symbol = scope.conditions[entry.key] else {
      if !report.broken.contains(entry.key) { unknownCondition(entry, in: scope) }
      return nil
    }
    guard let entries = entry.value.entries ?? (entry.value.isEmpty ? [] : nil) else {
      report.error(
        .wrongShape, "the arguments of `\(entry.key)` are a mapping", at: entry.value.span,
        help: symbol.parameters.first.map { "write `\(entry.key): {\($0.name): …}`" }
          ?? "it takes none: write `\(entry.key)` alone")
      return nil
    }
    var arguments: [String: Term] = [:]
    var isFine = true
    for argument in entries {
      guard let parameter = symbol.parameters.first(where: { $0.name == argument.key }) else {
        let names = symbol.parameters.map(\.name)
        report.error(
          .unknownArgument, "the condition `\(symbol.name)` has no param `\(argument.key)`",
          at: argument.keySpan,
          help: didYouMean(argument.key, among: names)
            ?? (names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"))
        isFine = false
        continue
      }
      guard isExpression(argument),
        let value = expression(argument.value, in: scope, expecting: .type(parameter.type))
      else {
        isFine = false
        continue
      }
      arguments[argument.key] = value.term
    }
    guard isFine else { return nil }
    let called = symbol.call(arguments, isConjunct: true)
    return ReadCondition(term: called.term, scopes: called.scopes, values: called.values)
  }

  private mutating func unknownCondition(_ entry: Node.Entry, in scope: Scope) {
    let name = entry.key
    let names = scope.conditions.keys.sorted()
    let help: String =
      if let word = ["and": "all", "or": "any"][name.lowercased()] {
        "write `\(word):`"
      } else if name.contains(where: { !$0.isLetter && !$0.isNumber && $0 != "_" }) {
        "write what is compared as one text: `\(name) == …`"
      } else {
        didYouMean(name, among: names + ["all", "any", "not"])
          ?? (names.isEmpty ? "it has none yet" : "it has \(names.joined(separator: ", "))")
      }
    report.error(
      .unknownCondition, "there is no condition `\(name)` for this entity", at: entry.keySpan,
      help: help)
  }

  /// Only a condition's own params tell its arguments from keys that are wrong.
  private mutating func isExpression(_ argument: Node.Entry) -> Bool {
    var check = ShapeCheck(report)
    check.check(argument.value, .expression, keySpan: argument.keySpan)
    defer { report = check.report }
    return check.report.diagnostics.count == report.diagnostics.count
  }
}

extension Term {
  /// The conjunction of some terms, one of them standing for itself.
  static func all(_ terms: [Term]) -> Term {
    terms.count == 1 ? terms[0] : .apply(.and, terms)
  }

  /// Every name of a value or param that stands in the term.
  func collectNames(into names: inout Set<String>) {
    if case .named(let name, _) = self { names.insert(name) }
    if case .input(let input, _) = self, let name = input.openedValue(besides: "") {
      names.insert(name)
    }
    for part in parts { part.collectNames(into: &names) }
  }
}

extension [NamedTerm] {
  /// The first of each name.
  var withoutRepeats: [NamedTerm] {
    var seen: Set<String> = []
    return filter { seen.insert($0.name).inserted }
  }
}
