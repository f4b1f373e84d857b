/// What a function takes and gives.
struct Signature {
  enum Parameter {
    case exactly(ValueType)

    /// A number, a length of time or a point in time; all such of one call alike.
    case quantity

    /// A number or a length of time.
    case magnitude

    /// A text or a list.
    case sized

    /// One of several types.
    case anyOf([ValueType])

    /// A list of whatever.
    case anyList

    /// A list whose elements come one after another.
    case orderedList

    /// A list of lists.
    case nestedList

    /// The type of the first argument.
    case alike
  }

  enum Result {
    case exactly(ValueType)
    case sameAsFirst

    /// The type of what the first argument is a list of.
    case elementOfFirst
  }

  var parameters: [Parameter]

  /// How many of the parameters must be given.
  var required: Int

  /// Whether the last parameter may be given more than once.
  var repeats = false
  var result: Result

  init(
    _ parameters: Parameter..., required: Int? = nil, repeats: Bool = false, gives result: Result
  ) {
    self.parameters = parameters
    self.required = required ?? parameters.count
    self.repeats = repeats
    self.result = result
  }

  func parameter(at index: Int) -> Parameter? {
    if index < parameters.count { return parameters[index] }
    return repeats ? parameters.last : nil
  }

  /// How many arguments there may be, in words; what stands before the dot is not counted.
  func arity(asMethod: Bool) -> String {
    let (least, most) =
      asMethod ? (required - 1, parameters.count - 1) : (required, parameters.count)
    if repeats { return "at least \(least)" }
    return least == most ? "\(least)" : "\(least) or \(most)"
  }
}

extension Function {
  var signature: Signature {
    switch self {
    case .since, .until: Signature(.exactly(.instant), gives: .exactly(.duration))
    case .days: Signature(.exactly(.duration), gives: .exactly(.number))
    case .min, .max: Signature(.quantity, required: 1, repeats: true, gives: .sameAsFirst)
    case .abs: Signature(.magnitude, gives: .sameAsFirst)
    case .sign: Signature(.magnitude, gives: .exactly(.number))
    case .round:
      Signature(.exactly(.number), .exactly(.number), required: 1, gives: .exactly(.number))
    case .floor, .ceil, .trunc, .sqrt, .z:
      Signature(.exactly(.number), gives: .exactly(.number))
    case .isNaN, .isInf, .isFinite: Signature(.exactly(.number), gives: .exactly(.bool))
    case .clamp: Signature(.quantity, .quantity, .quantity, gives: .sameAsFirst)
    case .size: Signature(.sized, gives: .exactly(.number))
    case .mean, .median, .stddev, .slope, .sum:
      Signature(.exactly(.list(.number)), gives: .exactly(.number))
    case .percentile:
      Signature(.exactly(.list(.number)), .exactly(.number), gives: .exactly(.number))
    case .forecast:
      Signature(.exactly(.list(.number)), .exactly(.duration), gives: .exactly(.number))
    case .count: Signature(.anyList, gives: .exactly(.number))
    case .weekday, .month, .hour, .getFullYear, .getMonth, .getDate, .getDayOfMonth,
      .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes, .getSeconds, .getMilliseconds:
      Signature(.exactly(.instant), gives: .exactly(.number))
    case .int: Signature(.anyOf([.number, .text, .instant]), gives: .exactly(.number))
    case .double: Signature(.anyOf([.number, .text]), gives: .exactly(.number))
    case .string:
      Signature(.anyOf([.text, .number, .bool, .instant, .duration]), gives: .exactly(.text))
    case .bool: Signature(.anyOf([.bool, .text]), gives: .exactly(.bool))
    default: ofTextsAndLists
    }
  }

  private var ofTextsAndLists: Signature {
    let text = Signature.Parameter.exactly(.text)
    let number = Signature.Parameter.exactly(.number)
    return switch self {
    case .contains, .startsWith, .endsWith, .matches: Signature(text, text, gives: .exactly(.bool))
    case .charAt: Signature(text, number, gives: .exactly(.text))
    case .indexOf, .lastIndexOf:
      Signature(text, text, number, required: 2, gives: .exactly(.number))
    case .join: Signature(.exactly(.list(.text)), text, required: 1, gives: .exactly(.text))
    case .replace: Signature(text, text, text, number, required: 3, gives: .exactly(.text))
    case .split: Signature(text, text, number, required: 2, gives: .exactly(.list(.text)))
    case .substring: Signature(text, number, number, required: 2, gives: .exactly(.text))
    case .reverse: Signature(.sized, gives: .sameAsFirst)
    case .distinct: Signature(.anyList, gives: .sameAsFirst)
    case .sort: Signature(.orderedList, gives: .sameAsFirst)
    case .slice: Signature(.anyList, number, number, gives: .sameAsFirst)
    case .flatten: Signature(.nestedList, gives: .elementOfFirst)
    case .first, .last: Signature(.anyList, gives: .elementOfFirst)
    case .range: Signature(number, gives: .exactly(.list(.number)))
    case .containsAll, .equivalent, .intersects:
      Signature(.anyList, .alike, gives: .exactly(.bool))
    default: Signature(text, gives: .exactly(.text))
    }
  }

  /// How a function may be written.
  enum Style {
    /// `f(x)` alone.
    case call

    /// `x.f()` alone.
    case method
    case either
  }

  var style: Style {
    switch self {
    case .size, .contains, .startsWith, .endsWith, .matches, .lowerAscii, .upperAscii, .trim:
      .either
    case .charAt, .indexOf, .lastIndexOf, .join, .replace, .split, .substring, .reverse, .distinct,
      .flatten, .slice, .sort, .first, .last, .getFullYear, .getMonth, .getDate, .getDayOfMonth,
      .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes, .getSeconds, .getMilliseconds:
      .method
    default: .call
    }
  }

  /// The words that name a function when brackets follow, and so nothing else in a rule.
  package static var callWords: [String] {
    allCases.filter { $0.style != .method && !$0.rawValue.contains(".") }.map(\.rawValue)
  }

  /// CEL's names for functions that have another name here, and the spaces that functions stand in.
  static let aliases: [String: Function] = [
    "math.greatest": .max, "math.least": .min, "math.ceil": .ceil, "math.floor": .floor,
    "math.round": .round, "math.trunc": .trunc, "math.abs": .abs, "math.sign": .sign,
    "math.sqrt": .sqrt,
  ]
}
