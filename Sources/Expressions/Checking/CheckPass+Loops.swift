// Macros: forms that look like calls and give names to what they compute.

/// A name that a macro gives to something.
struct Binding {
  var name: String
  var typed: Typed

  /// How many variables of loops there were when its term was made.
  var depth: Int
}

extension CheckPass {
  /// How many loops may stand in each other.
  static let loopLimit = 3

  /// How one macro over a list is written.
  private struct LoopForm {
    var kind: Loop.Kind
    var variables = 1
    var hasFilter = false

    /// The form by its name and the number of its arguments; `nil` if it takes another number.
    init?(_ name: String, _ count: Int) {
      switch (name, count) {
      case ("all", 2): kind = .all
      case ("exists", 2): kind = .exists
      case ("exists_one", 2), ("existsOne", 2): kind = .existsOne
      case ("filter", 2): kind = .filter
      case ("map", 2): kind = .map
      case ("sortBy", 2): kind = .sortBy
      case ("map", 3): (kind, hasFilter) = (.map, true)
      case ("all", 3): (kind, variables) = (.all, 2)
      case ("exists", 3): (kind, variables) = (.exists, 2)
      case ("exists_one", 3), ("existsOne", 3): (kind, variables) = (.existsOne, 2)
      case ("transformList", 3): (kind, variables) = (.transformList, 2)
      case ("transformList", 4): (kind, variables, hasFilter) = (.transformList, 2, true)
      default: return nil
      }
    }

    static func arity(of name: String) -> String {
      switch name {
      case "filter", "sortBy": "2"
      case "transformList": "3 or 4"
      default: "2 or 3"
      }
    }
  }

  /// `list.exists(x, x > 3)` and its like.
  mutating func checkLoop(_ call: Syntax.Call, over target: Syntax) -> Typed? {
    let name = call.function
    guard let form = LoopForm(name, call.arguments.count) else {
      return refuse(
        .argumentCount(name, expected: LoopForm.arity(of: name), found: call.arguments.count),
        at: call.functionSpan)
    }
    guard !refusesLabel(in: call, of: name), let list = check(target) else { return nil }
    guard case .list(let element) = list.type else {
      return refuse(.notAList(name, slice(target), list.type), at: target.span)
    }
    let names = call.arguments.prefix(form.variables).map(\.value)
    let types = form.variables == 2 ? [.number, element] : [element]
    var variables: [Variable] = []
    let outside = (bound.count, depth)
    defer {
      bound.removeSubrange(outside.0...)
      depth = outside.1
    }
    for (syntax, type) in zip(names, types) {
      let variable = Variable(name: slice(syntax), slot: depth)
      guard bind(syntax, to: Typed(.variable(variable), type), in: name, of: slice(target))
      else { return nil }
      variables.append(variable)
      depth += 1
    }
    var parts = call.arguments.dropFirst(form.variables).map(\.value)
    var filter: Typed?
    if form.hasFilter {
      let syntax = parts.removeFirst()
      filter = check(syntax).flatMap { expect($0, .condition, from: syntax) }
    }
    let body = checkBody(parts[0], form.kind)
    guard let body, (filter != nil) == form.hasFilter else { return nil }
    let loop = Term.loop(
      Loop(form.kind, over: list.term, variables: variables, filter: filter?.term, body: body.term))
    guard loop.loopDepth <= Self.loopLimit else {
      return refuse(.tooNested(limit: Self.loopLimit), at: call.functionSpan)
    }
    switch form.kind {
    case .all, .exists, .existsOne: return Typed(loop, .bool)
    case .filter, .sortBy: return Typed(loop, list.type)
    case .map, .transformList: return Typed(loop, .list(body.type))
    }
  }

  private mutating func checkBody(_ syntax: Syntax, _ kind: Loop.Kind) -> Typed? {
    guard let body = check(syntax) else { return nil }
    switch kind {
    case .all, .exists, .existsOne, .filter: return expect(body, .condition, from: syntax)
    case .sortBy where !body.type.isOrdered:
      return refuse(
        .argumentType(
          kind.rawValue, slice(syntax), found: body.type, expected: "a number, a text or a time"),
        at: syntax.span)
    case .map, .transformList, .sortBy: return body
    }
  }

  /// Gives something a name, if what stands there is a name and a free one.
  private mutating func bind(
    _ syntax: Syntax, to typed: Typed, in macro: String, of target: String?
  ) -> Bool {
    guard case .name(let name, false) = syntax.kind else {
      report(.noVariable(macro, of: target), at: syntax.span)
      return false
    }
    guard !isTaken(name) else {
      let free = ["x", "y", "v", "w", "each"].first { !isTaken($0) }
      report(.takenVariable(name, free: free), at: syntax.span)
      return false
    }
    bound.append(Binding(name: name, typed: typed, depth: depth + 1))
    return true
  }

  /// Whether a name means something here already: nothing is shadowed.
  func isTaken(_ name: String) -> Bool {
    bound.contains { $0.name == name } || scope.metrics[name] != nil || isKnown(name)
      || Self.words.contains(name)
      || Self.spaces.contains(name) || scope.fields.keys.contains { $0.hasPrefix("\(name).") }
  }

  /// The words that stand between operands in rule files.
  private static let words: Set<String> = [
    "and", "or", "not", "is", "missing", "before", "after", "between", "ago", "of",
  ]

  /// What a macro gave the name to, made to fit where it is used.
  mutating func checkBound(_ binding: Binding, at span: Range<Int>) -> Typed? {
    var typed = binding.typed
    guard canInline(typed.term) else { return refuse(.tooLarge, at: span) }
    typed.term = typed.term.shifted(from: binding.depth, by: depth - binding.depth)
    return typed
  }

  /// `cel.bind(x, value, body)`: the body with the value in the place of its name.
  mutating func checkBind(_ call: Syntax.Call) -> Typed? {
    guard let parts = arguments(of: call, count: 3, as: "cel.bind"),
      let value = check(parts[1])
    else { return nil }
    return checkBody(parts[2], naming: parts[0], value, in: "cel.bind", of: nil)
  }

  /// `x.optMap(v, body)`: missing with `x`, and otherwise the body with `x` in the place of `v`.
  mutating func checkOptionalMap(_ call: Syntax.Call, of target: Syntax) -> Typed? {
    guard let parts = arguments(of: call, count: 2), let value = check(target),
      let body = checkBody(parts[1], naming: parts[0], value, in: call.function, of: slice(target))
    else { return nil }
    let test = Term.apply(.isPresent, [value.term])
    return Typed(.apply(.conditional, [test, body.term, .constant(.missing)]), body.type)
  }

  private mutating func checkBody(
    _ body: Syntax, naming name: Syntax, _ value: Typed, in macro: String, of target: String?
  ) -> Typed? {
    guard bind(name, to: value, in: macro, of: target) else { return nil }
    bound[bound.count - 1].depth = depth
    defer { bound.removeLast() }
    return check(body)
  }

  /// The arguments of a form that takes a fixed number of them.
  mutating func arguments(
    of call: Syntax.Call, count: Int, as name: String? = nil
  ) -> [Syntax]? {
    let name = name ?? call.function
    guard !refusesLabel(in: call, of: name) else { return nil }
    guard call.arguments.count == count else {
      report(
        .argumentCount(name, expected: "\(count)", found: call.arguments.count),
        at: call.functionSpan)
      return nil
    }
    return call.arguments.map(\.value)
  }

  /// Reports the first argument that has a name, which only those of conditions have.
  mutating func refusesLabel(in call: Syntax.Call, of function: String) -> Bool {
    guard let label = call.arguments.compactMap(\.label).first else { return false }
    report(.labelOnFunction(label.name, of: function), at: label.span)
    return true
  }
}
