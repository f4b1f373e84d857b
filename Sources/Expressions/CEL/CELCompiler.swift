/// Resolves the names of an expression and unfolds its macros.
struct CELCompiler {
  let environment: CELEnvironment
  private(set) var frameSize = 0

  /// The variables of loops and bindings around the place, by their slots.
  private var locals: [String] = []

  init(environment: CELEnvironment) { self.environment = environment }

  mutating func node(_ syntax: Syntax) throws(CELFault) -> CELNode {
    CELNode(kind: try kind(of: syntax), span: syntax.span)
  }

  private mutating func kind(of syntax: Syntax) throws(CELFault) -> CELNode.Kind {
    switch syntax.kind {
    case .literal(let literal):
      return .constant(try constant(literal, at: syntax.span))
    case .name, .select:
      if let kind = resolved(syntax) { return kind }
      guard case .select(let value, let selector) = syntax.kind else {
        return .unknown(syntax.dottedName ?? "")
      }
      if selector.isOptional { try need(.optionals, at: selector.span) }
      return .select(try node(value), selector.name, isOptional: selector.isOptional)
    case .index(let value, let position, let isOptional):
      if isOptional { try need(.optionals, at: position.span) }
      return .index(try node(value), try node(position), isOptional: isOptional)
    case .list(let elements):
      return .list(try self.elements(elements))
    case .map(let entries):
      return .map(try self.entries(entries))
    case .unary(.minus, let operand):
      if case .literal(.integer(let magnitude)) = operand.kind {
        return .constant(.int(try negative(magnitude, at: syntax.span)))
      }
      return .minus(try node(operand))
    case .unary(.not, let operand):
      return .not(try node(operand))
    case .logic(let logic, let operands):
      return .logic(logic, try nodes(operands))
    case .conditional(let condition, let then, let otherwise):
      return .conditional(try node(condition), try node(then), try node(otherwise))
    case .binary(let binary, let left, let right):
      return .binary(binary, try node(left), try node(right))
    case .call(let call):
      return try self.call(call, at: syntax.span)
    case .message, .window, .between, .missing, .standing, .ago, .percent, .percentOf:
      throw CELFault("messages of protocol buffers are not supported", at: syntax.span)
    }
  }

  mutating func nodes(_ parts: [Syntax]) throws(CELFault) -> [CELNode] {
    var nodes: [CELNode] = []
    for part in parts { nodes.append(try node(part)) }
    return nodes
  }

  private mutating func elements(
    _ elements: [Syntax.Element]
  ) throws(CELFault) -> [CELNode.Element] {
    var result: [CELNode.Element] = []
    for element in elements {
      if element.isOptional { try need(.optionals, at: element.value.span) }
      result.append(.init(value: try node(element.value), isOptional: element.isOptional))
    }
    return result
  }

  private mutating func entries(_ entries: [Syntax.Entry]) throws(CELFault) -> [CELNode.Entry] {
    var result: [CELNode.Entry] = []
    for entry in entries {
      if entry.isOptional { try need(.optionals, at: entry.key.span) }
      let key = try node(entry.key)
      result.append(
        .init(key: key, value: try node(entry.value), isOptional: entry.isOptional))
    }
    return result
  }

  private func constant(
    _ literal: Syntax.Literal, at span: Range<Int>
  ) throws(CELFault) -> CELValue {
    switch literal {
    case .integer(let magnitude):
      guard let int = Int64(exactly: magnitude) else { throw tooLarge(span) }
      return .int(int)
    case .unsigned(let uint): return .uint(uint)
    case .double(let double): return .double(double)
    case .text(let text): return .text(text)
    case .bytes(let bytes): return .bytes(bytes)
    case .bool(let bool): return .bool(bool)
    case .null: return .null
    case .period: throw CELFault("a length of time is written duration('…')", at: span)
    }
  }

  /// The minus belongs to the number, since 2^63 alone is no `int`.
  private func negative(_ magnitude: UInt64, at span: Range<Int>) throws(CELFault) -> Int64 {
    guard magnitude <= Int64.min.magnitude else { throw tooLarge(span) }
    return magnitude == Int64.min.magnitude ? .min : -Int64(magnitude)
  }

  private func tooLarge(_ span: Range<Int>) -> CELFault {
    CELFault("this number is too large for an int", at: span)
  }

  func need(_ form: CELLibrary.Form, at span: Range<Int>) throws(CELFault) {
    guard environment.forms.contains(form) else {
      throw CELFault("the library that this belongs to is not enabled", at: span)
    }
  }
}

// MARK: Names

extension CELCompiler {
  /// A name, dots and all, that stands for a variable or a type as a whole.
  private func resolved(_ syntax: Syntax) -> CELNode.Kind? {
    guard let path = path(of: syntax) else { return nil }
    if isLocal(path), let slot = locals.lastIndex(of: path.name) { return .local(slot) }
    // A local's fields are never part of a declared name.
    guard !isLocal(path) else { return nil }
    for candidate in environment.candidates(path.name, isAbsolute: path.isAbsolute) {
      if environment.variables[candidate] != nil { return .variable(candidate) }
      if let type = CELType.values[candidate] { return .typeName(candidate, type) }
    }
    return nil
  }

  /// A name as it is written, and the part before its first dot.
  private struct Path {
    var name: String
    var first: String
    var isAbsolute: Bool
  }

  private func path(of syntax: Syntax) -> Path? {
    switch syntax.kind {
    case .name(let name, let isAbsolute):
      return Path(name: name, first: name, isAbsolute: isAbsolute)
    case .select(let value, let selector) where !selector.isOptional:
      guard var path = path(of: value) else { return nil }
      path.name += ".\(selector.name)"
      return path
    default:
      return nil
    }
  }

  private func isLocal(_ path: Path) -> Bool {
    !path.isAbsolute && locals.contains(path.first)
  }

  /// The functions that a name with its container stands for, and their full name.
  func functions(
    named name: String, after target: Syntax?
  ) -> (name: String, overloads: [CELOverload])? {
    var name = name
    var isAbsolute = false
    if let target {
      guard let path = path(of: target), !isLocal(path) else { return nil }
      name = "\(path.name).\(name)"
      isAbsolute = path.isAbsolute
    }
    for candidate in environment.candidates(name, isAbsolute: isAbsolute) {
      let overloads = (environment.functions[candidate] ?? []).filter { !$0.isMember }
      if !overloads.isEmpty { return (candidate, overloads) }
    }
    return nil
  }

  /// Whether a call's target and name together are `name`.
  func isCall(_ call: Syntax.Call, _ name: String) -> Bool {
    guard let target = call.target, let path = path(of: target), !isLocal(path) else {
      return false
    }
    return "\(path.name).\(call.function)" == name
  }

  /// Compiles what is inside variables of its own, and says where those are.
  mutating func within<Result>(
    _ names: [String], _ body: (inout CELCompiler, [Int]) throws(CELFault) -> Result
  ) throws(CELFault) -> Result {
    let slots = Array(locals.count..<locals.count + names.count)
    locals += names
    frameSize = max(frameSize, locals.count)
    defer { locals.removeLast(names.count) }
    return try body(&self, slots)
  }
}
