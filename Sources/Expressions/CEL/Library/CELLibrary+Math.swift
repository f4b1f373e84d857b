extension CELLibrary {
  /// Functions on numbers.
  package static let math = CELLibrary(
    extremes + roundings + signs + bits + shifts, forms: [.extremes])

  // MARK: The least and the greatest

  private static let extremes: [CELOverload] = ["math.greatest", "math.least"].flatMap {
    name -> [CELOverload] in
    let wanted: CELValue.Order = name == "math.greatest" ? .after : .before
    let numbers: [CELType] = [.int, .uint, .double]
    // Elements that may be of any type are looked at when they are there.
    return (numbers + [.dyn]).map { type in
      .function(name, [.list(type)], type) { arguments, meter throws(CELError) in
        try extreme(name, try arguments.list(0), wanted, &meter)
      }
    }
      + numbers.map { type in
        .function(name, [type], type) { arguments, _ throws(CELError) in arguments[0] }
      }
  }

  /// The first of those that are equal.
  private static func extreme(
    _ name: String, _ values: [CELValue], _ wanted: CELValue.Order, _ meter: inout CELMeter
  ) throws(CELError) -> CELValue {
    guard var best = values.first else {
      throw .invalidArgument(name, "the list has no elements")
    }
    for value in values {
      try meter.spend(1)
      guard value.isNumber else { throw .noSuchOverload(name, [value.typeName]) }
      if try value.order(to: best) == wanted { best = value }
    }
    return best
  }

  // MARK: Doubles

  private static let roundings: [CELOverload] =
    [
      onDouble("math.ceil") { $0.rounded(.up) },
      onDouble("math.floor") { $0.rounded(.down) },
      onDouble("math.round") { $0.rounded(.toNearestOrAwayFromZero) },
      onDouble("math.trunc") { $0.rounded(.towardZero) },
      asks("math.isNaN") { $0.isNaN }, asks("math.isInf") { $0.isInfinite },
      asks("math.isFinite") { $0.isFinite },
    ]
    + [CELType.double, .int, .uint].map { type in
      .function("math.sqrt", [type], .double) { arguments, _ throws(CELError) in
        switch arguments[0] {
        case .int(let int): .double(Double(int).squareRoot())
        case .uint(let uint): .double(Double(uint).squareRoot())
        default: .double(try arguments.double(0).squareRoot())
        }
      }
    }

  private static func onDouble(
    _ name: String, _ change: @escaping @Sendable (Double) -> Double
  ) -> CELOverload {
    .function(name, [.double], .double) { arguments, _ throws(CELError) in
      .double(change(try arguments.double(0)))
    }
  }

  private static func asks(
    _ name: String, _ answer: @escaping @Sendable (Double) -> Bool
  ) -> CELOverload {
    .function(name, [.double], .bool) { arguments, _ throws(CELError) in
      .bool(answer(try arguments.double(0)))
    }
  }

  // MARK: Signs

  private static let signs: [CELOverload] = [CELType.int, .uint, .double].flatMap {
    type -> [CELOverload] in
    [
      .function("math.abs", [type], type) { arguments, _ throws(CELError) in
        switch arguments[0] {
        case .int(let int) where int < 0: try arguments[0].negated()
        case .double(let double): .double(double.magnitude)
        case let natural: natural
        }
      },
      .function("math.sign", [type], type) { arguments, _ throws(CELError) in
        switch arguments[0] {
        case .int(let int): .int(int.signum())
        case .uint(let uint): .uint(uint.signum())
        case .double(let double) where double > 0: .double(1)
        case .double(let double) where double < 0: .double(-1)
        // Zero keeps its sign, and what is not a number stays so.
        case let other: other
        }
      },
    ]
  }

  // MARK: Bits

  private static let bits: [CELOverload] =
    combine("math.bitAnd", { $0 & $1 }) + combine("math.bitOr", { $0 | $1 })
    + combine("math.bitXor", { $0 ^ $1 })
    + [CELType.int, .uint].map { type in
      .function("math.bitNot", [type], type) { arguments, _ throws(CELError) in
        try onBits(arguments[0], "math.bitNot") { ~$0 }
      }
    }

  private static func combine(
    _ name: String, _ combine: @escaping @Sendable (UInt64, UInt64) -> UInt64
  ) -> [CELOverload] {
    [CELType.int, .uint].map { type in
      .function(name, [type, type], type) { arguments, _ throws(CELError) in
        let other =
          switch arguments[1] {
          case .int(let int): UInt64(bitPattern: int)
          case .uint(let uint): uint
          case let value: throw .noSuchOverload(name, [value.typeName])
          }
        return try onBits(arguments[0], name) { combine($0, other) }
      }
    }
  }

  private static let shifts: [CELOverload] = [CELType.int, .uint].flatMap {
    type -> [CELOverload] in
    [
      shift("math.bitShiftLeft", type) { $0 << $1 },
      // Zeros come in from the left, whatever the sign.
      shift("math.bitShiftRight", type) { $0 >> $1 },
    ]
  }

  /// A shift by 64 places or more leaves nothing, as Swift's own does.
  private static func shift(
    _ name: String, _ type: CELType, _ shift: @escaping @Sendable (UInt64, Int) -> UInt64
  ) -> CELOverload {
    .function(name, [type, .int], type) { arguments, _ throws(CELError) in
      let places = try arguments.int(1)
      guard places >= 0 else { throw .invalidArgument(name, "\(places) is negative") }
      return try onBits(arguments[0], name) { shift($0, places) }
    }
  }

  private static func onBits(
    _ value: CELValue, _ name: String, _ change: (UInt64) -> UInt64
  ) throws(CELError) -> CELValue {
    switch value {
    case .int(let int): .int(Int64(bitPattern: change(UInt64(bitPattern: int))))
    case .uint(let uint): .uint(change(uint))
    default: throw .noSuchOverload(name, [value.typeName])
    }
  }
}
