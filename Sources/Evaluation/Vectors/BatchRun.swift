import Expressions

/// The steps of a program over one batch, each computed when first asked for.
struct BatchRun {
  private let batch: ColumnBatch
  private let steps: [Step]
  private let references: [Int: Program]
  private let codes: [Int: TextCodes]
  private var results: [Vector?]
  private var codedColumns: [Int: [Int32]] = [:]

  init(
    _ batch: ColumnBatch, steps: [Step], references: [Int: Program], codes: [Int: TextCodes]
  ) {
    self.batch = batch
    self.steps = steps
    self.references = references
    self.codes = codes
    results = Array(repeating: nil, count: steps.count)
  }

  private var count: Int { batch.rowCount }

  // MARK: Results

  mutating func truths(_ step: Int) -> Truths {
    guard case .truths(let truths) = vector(step) else {
      preconditionFailure("The step of a condition gives truth values.")
    }
    return truths
  }

  private mutating func numbers(_ step: Int) -> Quantities<Double> {
    guard case .numbers(let numbers) = vector(step) else {
      preconditionFailure("The operand of a calculation gives numbers.")
    }
    return numbers
  }

  private mutating func times(_ step: Int) -> Quantities<Int64> {
    guard case .times(let times) = vector(step) else {
      preconditionFailure("The operand of a comparison of times gives times.")
    }
    return times
  }

  private mutating func vector(_ step: Int) -> Vector {
    if let known = results[step] { return known }
    let vector = compute(steps[step], number: step)
    results[step] = vector
    return vector
  }

  private mutating func compute(_ step: Step, number: Int) -> Vector {
    switch step {
    case .bools, .numbers, .times: column(step)
    case .number(let number): .numbers(Quantities(values: [number]))
    case .time(let time): .times(Quantities(values: [time]))
    case .compareNumbers(let relation, let left, let right, let tolerance):
      .truths(compare(relation, left, right, tolerance))
    case .compareTimes(let relation, let left, let right):
      .truths(compareTimes(relation, left, right))
    case .textIsOneOf(let slot, let codes): .truths(membership(slot, codes))
    case .isMissing(let operand): .truths(missing(operand))
    case .and(let operands): .truths(conjunction(operands))
    case .or(let operands): .truths(negation(conjunction(operands, negated: true)))
    case .not(let operand): .truths(negation(truths(operand)))
    case .arithmetic, .negate, .select, .magnitude, .larger, .nonzero: calculation(step)
    case .rows(_, let kind): rows(kind, number: number)
    }
  }

  // MARK: Columns

  private func column(_ step: Step) -> Vector {
    switch step {
    case .bools(let slot):
      guard case .bools(let column) = batch.columns[slot] else { break }
      let isTrue = Kernels.bits(count) { column.values[$0] }
      return .truths(
        Truths(isTrue: isTrue & column.validity, isFalse: column.validity & ~isTrue))
    case .numbers(let slot):
      guard case .numbers(let column) = batch.columns[slot] else { break }
      let broken = column.values.withUnsafeBufferPointer { values in
        Kernels.bits(count) { !(values[$0] - values[$0] == 0) }
      }
      return .numbers(
        Quantities(
          values: column.values, validity: column.validity.isFull ? nil : column.validity,
          doubt: broken.setCount > 0 ? broken : nil))
    case .times(let slot):
      switch batch.columns[slot] {
      case .instants(let column), .durations(let column):
        return .times(
          Quantities(
            values: column.values, validity: column.validity.isFull ? nil : column.validity))
      default: break
      }
    default: break
    }
    preconditionFailure("A batch's columns have the types that its program was made for.")
  }

  /// What has no kernel, by the reference evaluator.
  private func rows(_ kind: Step.RowKind, number: Int) -> Vector {
    guard let program = references[number] else {
      preconditionFailure("Every step without a kernel has a program.")
    }
    var validity = Bitmap(count: count)
    var doubt = Bitmap(count: count)
    var isTrue = validity
    var numbers: [Double] = kind == .number ? Array(repeating: 0, count: count) : []
    var times: [Int64] = kind == .time ? Array(repeating: 0, count: count) : []
    for row in 0..<count {
      let value = program.value(of: batch.row(row))
      switch (kind, value) {
      case (_, .missing): continue
      case (.truth, .bool(let flag)): isTrue[row] = flag
      case (.number, .number(let number)) where number.isFinite: numbers[row] = number
      case (.time, _) where value.microseconds != nil: times[row] = value.microseconds ?? 0
      default:
        doubt[row] = true
        continue
      }
      validity[row] = true
    }
    let doubtful = doubt.setCount > 0 ? doubt : nil
    switch kind {
    case .truth:
      return .truths(Truths(isTrue: isTrue, isFalse: validity & ~isTrue, doubt: doubtful))
    case .number:
      return .numbers(Quantities(values: numbers, validity: validity, doubt: doubtful))
    case .time: return .times(Quantities(values: times, validity: validity, doubt: doubtful))
    }
  }

  // MARK: Truth

  private mutating func compare(
    _ relation: Step.Relation, _ left: Int, _ right: Int, _ tolerance: Step.Tolerance
  ) -> Truths {
    let (first, second) = (numbers(left), numbers(right))
    let holds = Kernels.compare(relation, first, second, count: count)
    let near: Bitmap?
    switch tolerance {
    case .exact: near = nil
    case .relative: near = Kernels.near(first, second, scale: nil, count: count)
    case .scaled(let left, let right):
      near = Kernels.near(first, second, scale: (numbers(left), numbers(right)), count: count)
    }
    return truths(holds, first, second, near: near)
  }

  private mutating func compareTimes(_ relation: Step.Relation, _ left: Int, _ right: Int) -> Truths
  {
    let (first, second) = (times(left), times(right))
    return truths(
      Kernels.compare(relation, first, second, count: count), first, second, near: nil)
  }

  private func truths<Element>(
    _ holds: Bitmap, _ first: Quantities<Element>, _ second: Quantities<Element>, near: Bitmap?
  ) -> Truths {
    let valid = Kernels.joined(first.validity, second.validity)
    var doubt = Bitmap?.union(first.doubt, second.doubt)
    if let near {
      // Next to nothing there is no tie.
      let ties = valid.map { near & $0 } ?? near
      if ties.setCount > 0 { doubt = .union(doubt, ties) }
    }
    guard valid != nil || doubt != nil else { return Truths(isTrue: holds, isFalse: ~holds) }
    var sure = valid ?? Bitmap(repeating: true, count: count)
    if let doubt { sure = sure & ~doubt }
    return Truths(isTrue: holds & sure, isFalse: sure & ~holds, doubt: doubt)
  }

  private mutating func membership(_ slot: Int, _ wanted: [Int]) -> Truths {
    let coded = coded(slot)
    let validity = batch.columns[slot].validity
    let found = coded.withUnsafeBufferPointer { coded in
      if let code = wanted.first, wanted.count == 1 {
        let code = Int32(code)
        return Kernels.bits(count) { coded[$0] == code }
      }
      var isWanted = [Bool](repeating: false, count: (codes[slot]?.count ?? 0) + 1)
      for code in wanted { isWanted[code + 1] = true }
      return Kernels.bits(count) { isWanted[Int(coded[$0]) + 1] }
    }
    let isTrue = found & validity
    return Truths(isTrue: isTrue, isFalse: validity & ~isTrue)
  }

  private mutating func coded(_ slot: Int) -> [Int32] {
    if let known = codedColumns[slot] { return known }
    guard case .texts(let column) = batch.columns[slot], let codes = codes[slot] else {
      preconditionFailure("A text column that is compared has codes.")
    }
    let coded = codes.codes(of: column)
    codedColumns[slot] = coded
    return coded
  }

  private mutating func missing(_ operand: Int) -> Truths {
    let present: Bitmap
    let doubt: Bitmap?
    switch vector(operand) {
    case .truths(let truths): (present, doubt) = (truths.isTrue | truths.isFalse, truths.doubt)
    case .numbers(let numbers): (present, doubt) = (numbers.usable(count), numbers.doubt)
    case .times(let times): (present, doubt) = (times.usable(count), times.doubt)
    }
    let absent = ~present
    return Truths(isTrue: doubt.map { absent & ~$0 } ?? absent, isFalse: present, doubt: doubt)
  }

  /// Kleene's `and`; a false operand decides whatever the others are.
  private mutating func conjunction(_ operands: [Int], negated: Bool = false) -> Truths {
    var isTrue = Bitmap(repeating: true, count: count)
    var isFalse = Bitmap(count: count)
    var doubt: Bitmap?
    for operand in operands {
      let truths = truths(operand)
      isTrue = isTrue & (negated ? truths.isFalse : truths.isTrue)
      isFalse = isFalse | (negated ? truths.isTrue : truths.isFalse)
      doubt = .union(doubt, truths.doubt)
    }
    return Truths(isTrue: isTrue, isFalse: isFalse, doubt: doubt.map { $0 & ~isFalse })
  }

  private func negation(_ truths: Truths) -> Truths {
    Truths(isTrue: truths.isFalse, isFalse: truths.isTrue, doubt: truths.doubt)
  }

  // MARK: Quantities

  private mutating func calculation(_ step: Step) -> Vector {
    switch step {
    case .arithmetic(let calculation, let left, let right):
      return .numbers(
        Kernels.calculate(calculation, numbers(left), numbers(right), count: count))
    case .negate(let operand):
      var numbers = numbers(operand)
      numbers.values = numbers.values.map { -$0 }
      return .numbers(numbers)
    case .magnitude(let operand):
      var numbers = numbers(operand)
      numbers.values = numbers.values.map(\.magnitude)
      return .numbers(numbers)
    case .larger(let left, let right):
      let (first, second) = (numbers(left), numbers(right))
      return .numbers(
        Quantities(values: Kernels.map(first, second, count) { Swift.max($0, $1) }))
    case .nonzero(let operand, let scale):
      var divisor = numbers(operand)
      let size = numbers(scale)
      let doubtful = Kernels.bits(count) { row in
        let value = divisor.at(row)
        return value != 0 && !(value.magnitude > size.at(row) * 2e-9)
      }
      if doubtful.setCount > 0 { divisor.doubt = .union(divisor.doubt, doubtful) }
      return .numbers(divisor)
    case .select(let condition, let then, let otherwise):
      return selection(truths(condition), vector(then), vector(otherwise))
    default: preconditionFailure("Other steps are computed elsewhere.")
    }
  }

  private func selection(_ condition: Truths, _ then: Vector, _ otherwise: Vector) -> Vector {
    switch (then, otherwise) {
    case (.numbers(let first), .numbers(let second)):
      .numbers(select(condition, first, second, nothing: 0))
    case (.times(let first), .times(let second)):
      .times(select(condition, first, second, nothing: 0))
    default: preconditionFailure("Both sides of a choice have one type.")
    }
  }

  /// A choice whose condition is unknown is missing; only the side that is taken counts.
  private func select<Element>(
    _ condition: Truths, _ first: Quantities<Element>, _ second: Quantities<Element>,
    nothing: Element
  ) -> Quantities<Element> {
    let values = (0..<count).map { row in
      condition.isTrue[row]
        ? first.at(row) : condition.isFalse[row] ? second.at(row) : nothing
    }
    let all = Bitmap(repeating: true, count: count)
    let validity =
      (condition.isTrue & (first.validity ?? all)) | (condition.isFalse & (second.validity ?? all))
    let doubt = Bitmap?.union(
      condition.doubt,
      .union(first.doubt.map { $0 & condition.isTrue }, second.doubt.map { $0 & condition.isFalse })
    )
    return Quantities(values: values, validity: validity, doubt: doubt)
  }
}
