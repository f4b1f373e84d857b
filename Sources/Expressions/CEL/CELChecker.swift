/// Deduces the type of an expression and refuses what cannot succeed.
///
/// Types that are not known yet are variables; what they turn out to be is noted on the way, as
/// in Hindley and Milner's inference, with `dyn` fitting everything.
struct CELChecker {
  private let environment: CELEnvironment

  /// The types of the variables of loops and bindings, by their slots.
  var locals: [Int: CELType] = [:]
  var unifier = CELUnifier()

  /// The type of a whole expression, in which what stayed unknown is `dyn`.
  static func type(
    of root: CELNode, in environment: CELEnvironment
  ) throws(CELFault) -> CELType {
    var checker = CELChecker(environment: environment)
    let type = try checker.type(of: root)
    return checker.unifier.resolved(type).replacing { _ in .dyn }
  }

  private init(environment: CELEnvironment) { self.environment = environment }

  mutating func type(of node: CELNode) throws(CELFault) -> CELType {
    switch node.kind {
    case .constant(let value): return CELType(of: value)
    case .typeName(_, let type): return .type(type)
    case .variable(let name): return environment.variables[name] ?? .dyn
    case .local(let slot): return locals[slot] ?? .dyn
    case .unknown(let name): throw CELFault("there is no variable '\(name)'", at: node.span)
    case .select(let operand, let name, let isOptional):
      return try select(name, try type(of: operand), isOptional: isOptional, at: node.span)
    case .has(let operand, let name):
      _ = try select(name, try type(of: operand), isOptional: true, at: node.span)
      return .bool
    case .index(let operand, let position, let isOptional):
      let parts = [try type(of: operand), try type(of: position)]
      return try result(
        of: isOptional ? "[?]" : "[]",
        isOptional ? CELOperators.optionalIndex : CELOperators.index, parts, at: node.span)
    case .list(let elements): return try list(elements)
    case .map(let entries): return try map(entries)
    case .not(let operand):
      try expect(.bool, operand)
      return .bool
    case .minus(let operand):
      return try result(of: "-", CELOperators.minus, [try type(of: operand)], at: node.span)
    case .logic(_, let operands):
      for operand in operands { try expect(.bool, operand) }
      return .bool
    case .conditional(let condition, let then, let otherwise):
      let parts = [try type(of: condition), try type(of: then), try type(of: otherwise)]
      return try result(of: "?:", CELOperators.conditional, parts, at: node.span)
    case .binary(let binary, let left, let right):
      let parts = [try type(of: left), try type(of: right)]
      return try result(
        of: binary.rawValue, CELOperators.binary(binary), parts, at: node.span)
    case .call(let name, let overloads, let operands):
      let types = try types(of: operands)
      return try result(
        of: name, overloads.map { ($0.parameters, $0.result) }, types, at: node.span)
    case .loop(let loop): return try type(of: loop)
    case .bind(let slot, let bound, let body):
      locals[slot] = try type(of: bound)
      return try type(of: body)
    case .mapOptional(let operand, let slot, let body, let isFlat):
      return try mapOptional(operand, slot, body, isFlat: isFlat)
    case .alternative(let operand, let other, let isValue):
      let parts = [try type(of: operand), try type(of: other)]
      return try result(
        of: isValue ? "orValue" : "or",
        isValue ? CELOperators.orValue : CELOperators.or, parts, at: node.span)
    case .sort(let operand, let slot, let key):
      let type = try type(of: operand)
      locals[slot] = try element(of: type, at: operand.span)
      _ = try self.type(of: key)
      return type
    }
  }

  private mutating func types(of nodes: [CELNode]) throws(CELFault) -> [CELType] {
    var types: [CELType] = []
    for node in nodes { types.append(try type(of: node)) }
    return types
  }

  private mutating func expect(_ wanted: CELType, _ node: CELNode) throws(CELFault) {
    let type = try type(of: node)
    guard unifier.fits(type, wanted) else {
      throw CELFault(
        "this is \(unifier.resolved(type)) where \(wanted) should stand", at: node.span)
    }
  }

  /// The result of the one form that takes the types; where several do, what they have in common.
  private mutating func result(
    of name: String, _ forms: [CELOperators.Form], _ types: [CELType], at span: Range<Int>
  ) throws(CELFault) -> CELType {
    let before = unifier
    var found: [(type: CELType, unifier: CELUnifier)] = []
    for (parameters, result) in forms where parameters.count == types.count {
      unifier = before
      let fresh = unifier.instance(of: parameters + [result])
      guard zip(types, fresh).allSatisfy({ unifier.fits($0, $1) }) else { continue }
      let type = unifier.resolved(fresh[parameters.count])
      if types.map(before.resolved) == parameters { return type }
      found.append((type, unifier))
    }
    guard let first = found.first else {
      unifier = before
      let shown = types.map { before.resolved($0).description }.joined(separator: ", ")
      throw CELFault("no form of '\(name)' takes (\(shown))", at: span)
    }
    unifier = found.count == 1 ? first.unifier : before
    return found.allSatisfy { $0.type == first.type } ? first.type : .dyn
  }

  // MARK: Fields, lists and maps

  private mutating func select(
    _ name: String, _ type: CELType, isOptional: Bool, at span: Range<Int>
  ) throws(CELFault) -> CELType {
    switch unifier.resolved(type) {
    case .dyn, .variable, .parameter: return isOptional ? .optional(.dyn) : .dyn
    case .opaque("optional_type", let parts):
      return try select(name, parts.first ?? .dyn, isOptional: true, at: span)
    case .map(let key, let value):
      guard unifier.fits(.string, key) else {
        throw CELFault("a map with keys of type \(key) has no fields", at: span)
      }
      return isOptional ? .optional(value) : value
    case let other:
      throw CELFault("\(other) has no field '\(name)'", at: span)
    }
  }

  private mutating func list(_ elements: [CELNode.Element]) throws(CELFault) -> CELType {
    var joined: CELType?
    for element in elements {
      let type = try type(of: element.value)
      joined = unifier.join(
        joined, element.isOptional ? try inner(type, at: element.value.span) : type)
    }
    return .list(joined ?? unifier.unknown())
  }

  private mutating func map(_ entries: [CELNode.Entry]) throws(CELFault) -> CELType {
    var (key, value): (CELType?, CELType?)
    for entry in entries {
      let keyType = unifier.resolved(try type(of: entry.key))
      // Maps as keys of maps would also let types grow twofold with every name for one.
      guard keyType.isKey else {
        throw CELFault("no map has a key of type \(keyType)", at: entry.key.span)
      }
      key = unifier.join(key, keyType)
      let type = try type(of: entry.value)
      value = unifier.join(
        value, entry.isOptional ? try inner(type, at: entry.value.span) : type)
    }
    return .map(key ?? unifier.unknown(), value ?? unifier.unknown())
  }

  /// What an optional type is about.
  private mutating func inner(
    _ type: CELType, at span: Range<Int>
  ) throws(CELFault) -> CELType {
    let inner = unifier.unknown()
    guard unifier.fits(type, .optional(inner)) else {
      throw CELFault(
        "this is \(unifier.resolved(type)) where an optional value should stand", at: span)
    }
    return unifier.resolved(inner)
  }

  private func element(
    of type: CELType, at span: Range<Int>
  ) throws(CELFault) -> CELType {
    switch unifier.resolved(type) {
    case .list(let element): return element
    case .dyn, .variable, .parameter: return .dyn
    case let other: throw CELFault("this is \(other) where a list should stand", at: span)
    }
  }

  // MARK: Loops

  private mutating func type(of loop: CELNode.Loop) throws(CELFault) -> CELType {
    let range = unifier.resolved(try type(of: loop.range))
    let variables: [CELType] =
      switch range {
      case .list(let element): loop.slots.count == 1 ? [element] : [.int, element]
      case .map(let key, let value): [key, value]
      case .dyn, .variable, .parameter: [.dyn, .dyn]
      default:
        throw CELFault("this is \(range) where a list or a map should stand", at: loop.range.span)
      }
    for (slot, type) in zip(loop.slots, variables) { locals[slot] = type }
    if let filter = loop.filter { try expect(.bool, filter) }
    switch loop.purpose {
    case .all, .exists, .existsOne:
      try expect(.bool, loop.body)
      return .bool
    case .list: return .list(try type(of: loop.body))
    case .map: return .map(variables[0], try type(of: loop.body))
    case .mapEntry:
      let entry = CELType.map(unifier.unknown(), unifier.unknown())
      try expect(entry, loop.body)
      return entry
    }
  }

  private mutating func mapOptional(
    _ operand: CELNode, _ slot: Int, _ body: CELNode, isFlat: Bool
  ) throws(CELFault) -> CELType {
    locals[slot] = try inner(try type(of: operand), at: operand.span)
    let type = try type(of: body)
    return .optional(isFlat ? try inner(type, at: body.span) : type)
  }
}

extension CELType {
  /// Whether a map may have keys of the type.
  fileprivate var isKey: Bool {
    switch self {
    case .bool, .int, .uint, .string, .dyn, .variable, .parameter: true
    case .wrapper(let type): type.isKey
    default: false
    }
  }

  /// The type of a literal.
  fileprivate init(of value: CELValue) {
    switch value {
    case .null: self = .null
    case .bool: self = .bool
    case .int: self = .int
    case .uint: self = .uint
    case .double: self = .double
    case .text: self = .string
    case .bytes: self = .bytes
    default: self = .dyn
    }
  }
}
