extension Term {
  /// The type of what the term gives; `nil` where it hangs on what only the checker knew.
  package var type: ValueType? {
    switch self {
    case .constant(let value): value.type
    case .input(_, let type): type
    case .now, .today: .instant
    case .severity: .severity
    case .named(_, let inner): inner.type
    case .apply(let operation, let operands): operation.type(over: operands)
    case .loop(let loop): loop.type
    case .parameter, .variable: nil
    }
  }

  /// Whether the term is seen to be a point in time.
  package var isPointInTime: Bool { type == .instant }
}

extension Loop {
  fileprivate var type: ValueType? {
    switch kind {
    case .all, .exists, .existsOne: .bool
    case .filter, .sortBy: list.type
    case .map, .transformList: body.type.map { .list($0) }
    }
  }
}

extension Operation {
  fileprivate func type(over operands: [Term]) -> ValueType? {
    switch self {
    case .and, .or, .not, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn,
      .between, .isMissing, .isPresent, .severityIs, .severityAtLeast:
      .bool
    case .negate: operands.first?.type
    case .conditional: operands.dropFirst().compactMap(\.type).first
    case .add, .subtract, .multiply, .divide, .modulo:
      operands.count == 2
        ? arithmeticType(operands[0].type, operands[1].type) : nil
    case .function(let function): function.type(over: operands)
    case .list: operands.lazy.compactMap(\.type).first.map { .list($0) }
    case .firstPresent: operands.lazy.compactMap(\.type).first
    case .element: operands.first?.type?.element
    case .lookup: operands.count > 2 ? operands[2].type : nil
    }
  }

  private func arithmeticType(_ left: ValueType?, _ right: ValueType?) -> ValueType? {
    switch (self, left, right) {
    case (_, .number, .number): .number
    case (.subtract, .instant, .instant): .duration
    case (.add, .instant, .duration), (.add, .duration, .instant), (.subtract, .instant, .duration):
      .instant
    case (.add, .duration, .duration), (.subtract, .duration, .duration): .duration
    case (.multiply, .duration, .number), (.multiply, .number, .duration): .duration
    case (.divide, .duration, .number): .duration
    case (.divide, .duration, .duration): .number
    case (.add, .text, .text): .text
    default: nil
    }
  }
}

extension Function {
  fileprivate func type(over operands: [Term]) -> ValueType? {
    switch signature.result {
    case .exactly(let type): return type
    case .sameAsFirst:
      // Of one list, the least and the largest are asked for among what it holds.
      guard self == .min || self == .max else { return operands.first?.type }
      return operands.first?.type?.element ?? operands.first?.type
    case .elementOfFirst: return operands.first?.type?.element
    }
  }
}

extension Value {
  /// The value's type, where the value alone tells it.
  fileprivate var type: ValueType? {
    switch self {
    case .bool: .bool
    case .number: .number
    case .text: .text
    case .instant: .instant
    case .duration: .duration
    default: nil
    }
  }
}
