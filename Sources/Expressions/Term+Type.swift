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
    default: nil
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
    default: nil
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
      if case .list(let element)? = operands.first?.type { return element }
      return operands.first?.type
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
