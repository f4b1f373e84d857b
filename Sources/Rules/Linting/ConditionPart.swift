import Diagnostics
import Expressions
import YAML

/// One expression of a condition, with what holds wherever the expression matters.
struct ConditionPart {
  let scalar: Scalar
  let scope: Scope
  let term: Term
  let facts: Facts

  /// The smallest part of the expression that holds a term, as bytes of the file.
  ///
  /// `nil` when a condition that is called brought it along: that condition's own file is where it
  /// is mended.
  func place(of target: Term) -> Range<Int>? {
    guard var syntax = try? Parser.parse(scalar.text) else { return nil }
    let checker = Checker(scope: scope)
    while let inner = syntax.children.first(where: { child in
      let part = checker.check(child, of: scalar.text).expression
      return part?.term.contains { $0 == target } == true
    }) {
      syntax = inner
    }
    return scope.isCall(syntax) ? nil : scalar.map.sourceRange(syntax.span)
  }
}

extension LintSubject {
  func readDecidingParts() -> [ConditionPart] {
    let inScope = Facts().adding(population, isTrue: true)
    return parts(of: root["where"], given: Facts()) + parts(of: root["when"], given: inScope)
      + parts(of: root["lifecycle"]?["resolve_when"], given: inScope)
  }

  private func parts(of node: Node?, given facts: Facts) -> [ConditionPart] {
    guard let node else { return [] }
    if let scalar = node.scalar {
      guard let syntax = try? Parser.parse(scalar.text), !scope.isCall(syntax),
        let checked = Checker(scope: scope).check(syntax, of: scalar.text).expression
      else { return [] }
      let term = Term.all(checked.scopes + [checked.term])
      return [ConditionPart(scalar: scalar, scope: scope, term: term, facts: facts)]
    }
    guard let entry = node.entries?.first else { return [] }
    switch entry.key {
    case "not": return parts(of: entry.value, given: facts)
    case "all", "any":
      let items = (entry.value.items ?? []).map { ($0, term(of: $0)) }
      return items.indices.flatMap { index in
        var given = facts
        for (other, item) in items.enumerated() where other != index {
          given = given.adding(item.1, isTrue: entry.key == "all")
        }
        return parts(of: items[index].0, given: given)
      }
    default: return []
    }
  }

  private func term(of node: Node) -> Term? {
    var probe = Probe(report: FileReport(SourceText(path: "", bytes: [])))
    return probe.condition(node, in: scope)?.joined
  }
}

/// Reads conditions again; whatever is wrong with them was said before.
private struct Probe: ExpressionReading {
  var report: FileReport
}

extension Scope {
  /// Whether an expression is nothing but the call of a condition.
  fileprivate func isCall(_ syntax: Syntax) -> Bool {
    switch syntax.kind {
    case .name(let name, _): conditions[name] != nil
    case .call(let call): call.target == nil && conditions[call.function] != nil
    default: false
    }
  }
}
