// Fields, elements and optional values.
extension CELEvaluator {
  /// `e.f` and `e.?f`; of an optional value, either is optional.
  func select(
    _ name: String, from value: CELValue, isOptional: Bool
  ) throws(CELError) -> CELValue {
    switch value {
    case .optional(let present):
      guard let present else { return .optional(nil) }
      return try select(name, from: present, isOptional: true)
    case .map(let map):
      let found = map.value(named: name)
      if isOptional { return .optional(found) }
      guard let found else { throw .noSuchKey(name) }
      return found
    default:
      throw .noSuchOverload(".\(name)", [value.typeName])
    }
  }

  func has(_ name: String, in value: CELValue) throws(CELError) -> Bool {
    switch value {
    case .optional(let present):
      try present.map { value throws(CELError) in try has(name, in: value) } ?? false
    case .map(let map): map.value(named: name) != nil
    default: throw .noSuchOverload("has", [value.typeName])
    }
  }

  /// `e[i]` and `e[?i]`; of an optional value, either is optional.
  func element(
    at position: CELValue, of value: CELValue, isOptional: Bool
  ) throws(CELError) -> CELValue {
    switch value {
    case .optional(let present):
      guard let present else { return .optional(nil) }
      return try element(at: position, of: present, isOptional: true)
    case .map(let map):
      let found = try map.value(at: position)
      if isOptional { return .optional(found) }
      guard let found else { throw .noSuchKey(position.shown) }
      return found
    case .list(let list):
      let index = try index(position)
      let isThere = index >= 0 && index < list.count
      if isOptional { return .optional(isThere ? list[Int(index)] : nil) }
      guard isThere else { throw .indexOutOfRange(index) }
      return list[Int(index)]
    default:
      throw .noSuchOverload("[]", [value.typeName, position.typeName])
    }
  }

  private func index(_ position: CELValue) throws(CELError) -> Int64 {
    switch position {
    case .int(let int): return int
    case .uint(let uint): return Int64(clamping: uint)
    case .double(let double):
      guard let whole = Int64(exactly: double) else {
        throw .invalidArgument("[]", "\(double.shortText) is no position")
      }
      return whole
    default: throw .noSuchOverload("[]", ["list", position.typeName])
    }
  }

  mutating func mapOptional(
    _ operand: CELNode, _ slot: Int, _ body: CELNode, isFlat: Bool
  ) throws(CELError) -> CELValue {
    let name = isFlat ? "optFlatMap" : "optMap"
    guard let present = try optional(try value(of: operand), name) else { return .optional(nil) }
    frame[slot] = present
    let result = try value(of: body)
    return isFlat ? .optional(try optional(result, name)) : .optional(result)
  }

  /// `or` and `orValue`, which leave the other alone where there is a value.
  mutating func alternative(
    _ operand: CELNode, _ other: CELNode, isValue: Bool
  ) throws(CELError) -> CELValue {
    let name = isValue ? "orValue" : "or"
    if let present = try optional(try value(of: operand), name) {
      return isValue ? present : .optional(present)
    }
    let value = try value(of: other)
    return isValue ? value : .optional(try optional(value, name))
  }
}
