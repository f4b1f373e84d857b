import Expressions

/// Turns checked conditions into steps over batches, each made once for all who share it.
struct VectorCompiler: Sendable {
  private(set) var steps: [Step] = []

  /// The texts that each text column is compared with, in the order of their codes.
  private(set) var texts: [Int: [String]] = [:]
  private var known: [Step: Int] = [:]
  private let slots: [Input: Int]
  private let context: EvaluationContext

  init(slots: [Input: Int], context: EvaluationContext) {
    self.slots = slots
    self.context = context
  }

  /// The step that decides a condition.
  mutating func condition(_ term: Term) -> Int {
    truth(term) ?? add(.rows(term, .truth))
  }

  private mutating func add(_ step: Step) -> Int {
    if let index = known[step] { return index }
    steps.append(step)
    known[step] = steps.count - 1
    return steps.count - 1
  }

  // MARK: Truth

  /// `nil` where no kernel fits.
  private mutating func truth(_ term: Term) -> Int? {
    switch term {
    case .named(_, let inner): return truth(inner)
    case .input(let input, .bool): return slots[input].map { add(.bools(slot: $0)) }
    case .apply(.and, let operands): return add(.and(operands.map { condition($0) }))
    case .apply(.or, let operands): return add(.or(operands.map { condition($0) }))
    case .apply(let operation, let operands): return truth(operation, operands)
    default: return nil
    }
  }

  private mutating func truth(_ operation: Operation, _ operands: [Term]) -> Int? {
    switch (operation, operands.count) {
    case (.not, 1): return add(.not(condition(operands[0])))
    case (.equal, 2): return equality(operands[0], operands[1])
    case (.notEqual, 2): return equality(operands[0], operands[1]).map { add(.not($0)) }
    case (.less, 2): return order(.less, operands[0], operands[1])
    case (.lessOrEqual, 2): return order(.lessOrEqual, operands[0], operands[1])
    case (.greater, 2): return order(.less, operands[1], operands[0])
    case (.greaterOrEqual, 2): return order(.lessOrEqual, operands[1], operands[0])
    case (.between, 3):
      guard let low = order(.lessOrEqual, operands[1], operands[0]),
        let high = order(.lessOrEqual, operands[0], operands[2])
      else { return nil }
      return add(.and([low, high]))
    case (.isIn, 2): return membership(operands[0], operands[1])
    case (.isMissing, 1): return quantityOrTruth(operands[0]).map { add(.isMissing($0)) }
    case (.isPresent, 1):
      return quantityOrTruth(operands[0]).map { add(.not(add(.isMissing($0)))) }
    default: return nil
    }
  }

  private mutating func quantityOrTruth(_ term: Term) -> Int? {
    term.type == .bool ? condition(term) : quantity(term)
  }

  private mutating func equality(_ left: Term, _ right: Term) -> Int? {
    if let slot = textSlot(left), let text = right.textConstant { return membership(slot, [text]) }
    if let slot = textSlot(right), let text = left.textConstant { return membership(slot, [text]) }
    return order(.equal, left, right)
  }

  private mutating func membership(_ term: Term, _ list: Term) -> Int? {
    guard case .apply(.list, let elements) = list.unnamed, !elements.isEmpty else { return nil }
    let texts = elements.compactMap(\.textConstant)
    if let slot = textSlot(term), texts.count == elements.count { return membership(slot, texts) }
    var found: [Int] = []
    for element in elements {
      guard let step = equality(term, element) else { return nil }
      found.append(step)
    }
    return found.count == 1 ? found[0] : add(.or(found))
  }

  private mutating func membership(_ slot: Int, _ wanted: [String]) -> Int {
    let codes = wanted.map { text -> Int in
      if let code = texts[slot]?.firstIndex(where: { $0.utf8.elementsEqual(text.utf8) }) {
        return code
      }
      texts[slot, default: []].append(text)
      return (texts[slot]?.count ?? 1) - 1
    }
    return add(.textIsOneOf(slot: slot, codes: Set(codes).sorted()))
  }

  private func textSlot(_ term: Term) -> Int? {
    guard case .input(let input, .text) = term.unnamed else { return nil }
    return slots[input]
  }

  private mutating func order(_ relation: Step.Relation, _ left: Term, _ right: Term) -> Int? {
    switch (left.type, right.type) {
    case (.number, .number):
      guard let first = quantity(left), let second = quantity(right) else { return nil }
      return add(.compareNumbers(relation, first, second, tolerance(left, right)))
    case (.instant, .instant), (.duration, .duration):
      guard let first = quantity(left), let second = quantity(right) else { return nil }
      return add(.compareTimes(relation, first, second))
    default: return nil
    }
  }

  private mutating func tolerance(_ left: Term, _ right: Term) -> Step.Tolerance {
    switch max(left.trust, right.trust) {
    case .exact: return .exact
    case .computed: return .relative
    case .cancelling: return .scaled(scale(of: left), scale(of: right))
    }
  }

  // MARK: Quantities

  /// The step that gives a number or a time; `nil` for what is neither.
  private mutating func quantity(_ term: Term) -> Int? {
    switch term.type {
    case .number: return number(term) ?? add(.rows(term.unnamed, .number))
    case .instant, .duration: return time(term) ?? add(.rows(term.unnamed, .time))
    default: return nil
    }
  }

  private mutating func number(_ term: Term) -> Int? {
    switch term {
    case .named(_, let inner): return number(inner)
    case .input(let input, .number): return slots[input].map { add(.numbers(slot: $0)) }
    case .constant(.number(let number)) where number.isFinite: return add(.number(number))
    case .apply(.add, let operands): return calculation(.add, operands)
    case .apply(.subtract, let operands): return calculation(.subtract, operands)
    case .apply(.multiply, let operands): return calculation(.multiply, operands)
    case .apply(.divide, let operands): return calculation(.divide, operands)
    case .apply(.negate, let operands) where operands.count == 1:
      return quantity(operands[0]).map { add(.negate($0)) }
    case .apply(.conditional, let operands): return selection(operands)
    default: return nil
    }
  }

  private mutating func calculation(
    _ calculation: Step.Calculation, _ operands: [Term]
  ) -> Int? {
    guard operands.count == 2, operands.allSatisfy({ $0.type == .number }),
      let left = quantity(operands[0]), var right = quantity(operands[1])
    else { return nil }
    if calculation == .divide, operands[1].trust == .cancelling {
      right = add(.nonzero(right, scale: scale(of: operands[1])))
    }
    return add(.arithmetic(calculation, left, right))
  }

  private mutating func time(_ term: Term) -> Int? {
    switch term {
    case .named(_, let inner): return time(inner)
    case .input(let input, .instant), .input(let input, .duration):
      return slots[input].map { add(.times(slot: $0)) }
    case .apply(.conditional, let operands): return selection(operands)
    default:
      guard term.inputs.isEmpty, !term.contains(where: { $0 == .severity }) else { return nil }
      return Program(term, slots: [:], context: context).value(of: NoRow()).microseconds
        .map { add(.time($0)) }
    }
  }

  private mutating func selection(_ operands: [Term]) -> Int? {
    guard operands.count == 3, operands[1].type == operands[2].type,
      let then = quantity(operands[1]), let otherwise = quantity(operands[2])
    else { return nil }
    return add(.select(condition: condition(operands[0]), then: then, otherwise: otherwise))
  }

  /// How large the numbers were that a number is the sum or difference of, as the reference
  /// evaluator estimates it.
  private mutating func scale(of term: Term) -> Int {
    switch term {
    case .named(_, let inner): return scale(of: inner)
    case .apply(.add, let operands) where operands.count == 2,
      .apply(.subtract, let operands) where operands.count == 2:
      return add(.larger(scale(of: operands[0]), scale(of: operands[1])))
    case .apply(.multiply, let operands) where operands.count == 2:
      return add(.arithmetic(.multiply, scale(of: operands[0]), scale(of: operands[1])))
    case .apply(.divide, let operands) where operands.count == 2:
      guard let divisor = quantity(operands[1]) else { return add(.number(1)) }
      let size = add(.magnitude(divisor))
      let own = add(.arithmetic(.divide, scale(of: operands[0]), size))
      let share = add(.arithmetic(.divide, scale(of: operands[1]), size))
      return add(.arithmetic(.multiply, own, add(.larger(share, add(.number(1))))))
    case .apply(.negate, let operands) where operands.count == 1:
      return scale(of: operands[0])
    case .apply(.conditional, let operands) where operands.count == 3:
      return add(.larger(scale(of: operands[1]), scale(of: operands[2])))
    case .apply(.function(let function), let operands)
    where [.abs, .min, .max, .clamp].contains(function):
      return operands.map { scale(of: $0) }.reduce(add(.number(0))) { add(.larger($0, $1)) }
    case .apply(.function(let function), _) where function.isOverLists:
      return add(.number(.infinity))
    case .constant, .input, .apply(.function, _):
      return quantity(term).map { add(.magnitude($0)) } ?? add(.number(.infinity))
    default: return add(.number(.infinity))
    }
  }
}

extension Function {
  /// Whether the numbers of a list go into the result, and with them their rounding errors.
  fileprivate var isOverLists: Bool {
    switch self {
    case .mean, .median, .stddev, .percentile, .slope, .sum, .forecast: true
    default: false
    }
  }
}

extension Term {
  fileprivate var textConstant: String? {
    if case .constant(.text(let text)) = unnamed { text } else { nil }
  }

  /// How far the term's number can be trusted as it is.
  fileprivate var trust: Trust {
    switch self {
    case .named(_, let inner): return inner.trust
    case .constant, .input: return .exact
    case .apply(.negate, let operands): return operands.first?.trust ?? .exact
    case .apply(.multiply, let operands), .apply(.divide, let operands):
      return operands.map(\.trust).reduce(.computed, max)
    case .apply(.conditional, let operands):
      return operands.dropFirst().map(\.trust).reduce(.exact, max)
    default: return .cancelling
    }
  }

  fileprivate enum Trust: Comparable { case exact, computed, cancelling }
}

extension Value {
  /// A time as a column holds it.
  var microseconds: Int64? {
    switch self {
    case .instant(let instant): instant.microseconds
    case .duration(let period): period.exactMicroseconds
    default: nil
    }
  }
}
