import Diagnostics

// Names: data with a dot; metrics, values, params and conditions without.
extension CheckPass {
  mutating func check(
    name: String, at span: Range<Int>, isConjunct: Bool, beside: Typed?
  ) -> Typed? {
    switch name {
    case "now": return Typed(.now, .instant)
    case "today": return Typed(.today, .instant)
    case "severity":
      guard scope.allowsSeverity else { return refuse(.severityUnavailable, at: span) }
      return Typed(.severity, .severity)
    default: break
    }
    if let binding = bound.last(where: { $0.name == name }) {
      return checkBound(binding, at: span)
    }
    if let type = scope.parameters[name] { return Typed(.parameter(name), type) }
    if let named = scope.names[name] { return inline(named, at: span) }
    if let metric = scope.metrics[name] {
      guard !metric.needsWindow else { return refuse(.missingWindow(name), at: span) }
      return Typed(.input(.metric(name: name, window: .allTime), metric.type), metric.type)
    }
    if scope.conditions[name] != nil {
      return call(condition: name, [], at: span, isConjunct: isConjunct)
    }
    let isText = beside?.type == .text
    return refuse(
      .unknownName(
        name, suggestion: suggestion(for: name), text: isText ? name : nil), at: span)
  }

  private mutating func inline(_ named: NamedTerm, at span: Range<Int>) -> Typed? {
    guard canInline(named.term) else { return refuse(.tooLarge, at: span) }
    if case .named(named.name, _) = named.term {
      return Typed(named.term, named.type, oneOf: oneOf(named.term))
    }
    return Typed(.named(named.name, named.term), named.type, oneOf: oneOf(named.term))
  }

  private func oneOf(_ term: Term) -> [String]? {
    switch term {
    case .named(_, let inner): oneOf(inner)
    case .input(.field(let path), _): scope.fields[path.joined(separator: ".")]?.oneOf
    default: nil
    }
  }

  /// `customer.tier`: the whole path is one name.
  mutating func checkField(_ syntax: Syntax) -> Typed? {
    guard let path = syntax.path else {
      guard case .select(let value, let selector) = syntax.kind else { return nil }
      if case .map(let entries) = value.kind { return checkLookup(entries, selector) }
      guard let typed = check(value) else { return nil }
      return refuse(.noFields(slice(value), typed.type, selector.name), at: selector.span)
    }
    if let head = path.split(separator: ".").first,
      let binding = bound.last(where: { $0.name == head })
    {
      return refuse(
        .noFields(binding.name, binding.typed.type, String(path.dropFirst(head.utf8.count + 1))),
        at: syntax.span)
    }
    if let field = scope.fields[path] {
      let names = path.split(separator: ".").map(String.init)
      return Typed(.input(.field(path: names), field.type), field.type, oneOf: field.oneOf)
    }
    if let named = scope.names[path] { return inline(named, at: syntax.span) }
    return refuse(
      .unknownField(path, suggestion: nearest(to: path, among: scope.fields.keys.sorted())),
      at: syntax.span)
  }

  private func suggestion(for name: String) -> String? {
    let fields = scope.fields.keys.sorted()
    if let field = fields.first(where: { $0.hasSuffix(".\(name)") }) { return field }
    let names =
      bound.map(\.name) + scope.parameters.keys + scope.names.keys + scope.metrics.keys
      + scope.conditions.keys + ["now", "today", "true", "false"]
    return nearest(to: name, among: names.sorted())
  }

  // MARK: Metrics

  /// `revenue[30d]`.
  mutating func checkMetric(_ value: Syntax, _ window: WindowSyntax) -> Typed? {
    guard case .name(let name, _) = value.kind, let metric = scope.metrics[name] else {
      if case .name(let name, _) = value.kind, !isKnown(name) {
        let suggestion = nearest(to: name, among: scope.metrics.keys.sorted())
        return refuse(.unknownName(name, suggestion: suggestion, text: nil), at: value.span)
      }
      return refuse(.windowOnOther(slice(value)), at: value.span)
    }
    guard let window = self.window(window) else { return nil }
    return Typed(.input(.metric(name: name, window: window), metric.type), metric.type)
  }

  func isKnown(_ name: String) -> Bool {
    scope.names[name] != nil || scope.parameters[name] != nil || scope.conditions[name] != nil
      || ["now", "today", "severity"].contains(name)
  }

  /// `revenue[span]`, where `span` may be a param, or a place in a list.
  mutating func checkIndex(of value: Syntax, _ index: Syntax) -> Typed? {
    if case .name(let name, _) = value.kind, scope.metrics[name] != nil {
      return checkMetric(value, .trailing(length: index, endingAgo: nil))
    }
    return checkPlace(in: value, index)
  }

  private mutating func window(_ syntax: WindowSyntax) -> Window? {
    switch syntax {
    case .allTime: return .allTime
    case .calendar(let unit, let offset): return .calendar(unit, offset: offset)
    case .trailing(let length, let endingAgo):
      guard let length = windowPart(length, mayBeZero: false) else { return nil }
      guard let endingAgo else { return .trailing(length: length, endingAgo: nil) }
      guard let ending = windowPart(endingAgo, mayBeZero: true) else { return nil }
      return .trailing(length: length, endingAgo: ending)
    }
  }

  /// A length of time that is known before any row is read.
  private mutating func windowPart(_ syntax: Syntax, mayBeZero: Bool) -> Period? {
    guard let typed = check(syntax) else { return nil }
    guard case .duration(let period)? = typed.term.constantValue else {
      report(.windowNotFixed(slice(syntax), typed.type), at: syntax.span)
      return nil
    }
    let length = period.exactMicroseconds ?? 0
    guard length > 0 || length == 0 && mayBeZero else {
      report(.emptyWindow(slice(syntax)), at: syntax.span)
      return nil
    }
    return period
  }
}

extension Term {
  /// The value of a term that is the same for every row, looking through names.
  package var constantValue: Value? {
    switch self {
    case .constant(let value): value
    case .named(_, let inner): inner.constantValue
    default: nil
    }
  }
}
