/// What is known about types that are not known yet.
struct CELUnifier {
  private var known: [Int: CELType] = [:]
  private var count = 0

  mutating func unknown() -> CELType {
    count += 1
    return .variable(count)
  }

  /// Types of one declaration, with each placeholder an unknown of its own.
  mutating func instance(of types: [CELType]) -> [CELType] {
    var names: [String: CELType] = [:]
    return types.map { type in
      type.replacing { placeholder in
        guard case .parameter(let name) = placeholder else { return placeholder }
        if let type = names[name] { return type }
        let type = unknown()
        names[name] = type
        return type
      }
    }
  }

  /// The type with what is known put in.
  func resolved(_ type: CELType) -> CELType {
    type.replacing { placeholder in
      guard case .variable(let number) = placeholder, let type = known[number] else {
        return placeholder
      }
      return resolved(type)
    }
  }

  /// Whether a value of one type may stand where another is asked for; if so, notes what follows.
  mutating func fits(_ type: CELType, _ wanted: CELType) -> Bool {
    let before = known
    if unify(type, wanted) { return true }
    known = before
    return false
  }

  private mutating func unify(_ type: CELType, _ wanted: CELType) -> Bool {
    switch (type, wanted) {
    case (_, .variable(let number)): return note(type, number)
    case (.variable(let number), _): return note(wanted, number)
    case (.dyn, _), (_, .dyn), (.type, .type): return true
    case (.null, let other), (let other, .null): return other.isNullable
    case (.wrapper(let inner), let other), (let other, .wrapper(let inner)):
      return unify(inner, other)
    case (.list(let left), .list(let right)): return unify(left, right)
    case (.map(let key, let value), .map(let otherKey, let otherValue)):
      return unify(key, otherKey) && unify(value, otherValue)
    case (.opaque(let name, let parts), .opaque(let other, let otherParts)):
      guard name == other, parts.count == otherParts.count else { return false }
      for (left, right) in zip(parts, otherParts) where !unify(left, right) { return false }
      return true
    default: return type == wanted
    }
  }

  private mutating func note(_ type: CELType, _ number: Int) -> Bool {
    if type == .variable(number) { return true }
    if let present = known[number] {
      guard unify(type, present) else { return false }
      let general = moreGeneral(type, present)
      if !mentions(general, number) { known[number] = general }
      return true
    }
    guard !mentions(type, number) else {
      // Two unknowns that were found to be the same already.
      if case .variable = resolved(type) { return true }
      return false
    }
    known[number] = type
    return true
  }

  private func mentions(_ type: CELType, _ number: Int) -> Bool {
    var isThere = false
    _ = resolved(type).replacing { placeholder in
      if placeholder == .variable(number) { isThere = true }
      return placeholder
    }
    return isThere
  }

  /// A type for values of both types; `dyn` if they have nothing in common.
  mutating func join(_ left: CELType?, _ right: CELType) -> CELType {
    guard let left else { return right }
    return fits(left, right) ? moreGeneral(left, right) : .dyn
  }

  /// Of two types that fit, part by part the one that says less.
  private func moreGeneral(_ left: CELType, _ right: CELType) -> CELType {
    switch (left, right) {
    case (.dyn, _), (_, .dyn): .dyn
    case (.variable, _), (_, .null), (.wrapper, _): left
    case (_, .variable), (.null, _), (_, .wrapper): right
    case (.type(let one), .type(let two)): one == two ? left : .type(.dyn)
    case (.list(let one), .list(let two)): .list(moreGeneral(one, two))
    case (.map(let key, let value), .map(let otherKey, let otherValue)):
      .map(moreGeneral(key, otherKey), moreGeneral(value, otherValue))
    case (.opaque(let name, let parts), .opaque(_, let others)):
      .opaque(name, zip(parts, others).map(moreGeneral))
    default: right
    }
  }
}

extension CELType {
  /// Whether null may stand for the type.
  fileprivate var isNullable: Bool {
    switch self {
    case .null, .wrapper, .opaque, .timestamp, .duration: true
    default: false
    }
  }
}
