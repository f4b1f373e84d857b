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

    /// A list of whatever.
    case anyList
  }

  enum Result {
    case exactly(ValueType)
    case sameAsFirst
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

  /// How many arguments there may be, in words.
  var arity: String {
    if repeats { return "at least \(required)" }
    return required == parameters.count ? "\(required)" : "\(required) or \(parameters.count)"
  }
}

extension Function {
  var signature: Signature {
    switch self {
    case .since, .until: Signature(.exactly(.instant), gives: .exactly(.duration))
    case .days: Signature(.exactly(.duration), gives: .exactly(.number))
    case .min, .max: Signature(.quantity, required: 1, repeats: true, gives: .sameAsFirst)
    case .abs: Signature(.magnitude, gives: .sameAsFirst)
    case .round:
      Signature(.exactly(.number), .exactly(.number), required: 1, gives: .exactly(.number))
    case .floor, .ceil, .sqrt, .z: Signature(.exactly(.number), gives: .exactly(.number))
    case .clamp: Signature(.quantity, .quantity, .quantity, gives: .sameAsFirst)
    case .size: Signature(.sized, gives: .exactly(.number))
    case .contains, .startsWith, .endsWith, .matches:
      Signature(.exactly(.text), .exactly(.text), gives: .exactly(.bool))
    case .lowerAscii, .upperAscii, .trim: Signature(.exactly(.text), gives: .exactly(.text))
    case .mean, .median, .stddev, .slope, .sum:
      Signature(.exactly(.list(.number)), gives: .exactly(.number))
    case .percentile:
      Signature(.exactly(.list(.number)), .exactly(.number), gives: .exactly(.number))
    case .count: Signature(.anyList, gives: .exactly(.number))
    case .weekday, .month, .hour: Signature(.exactly(.instant), gives: .exactly(.number))
    }
  }

  /// Whether CEL also has it as a method, `text.contains("x")`.
  var isMethod: Bool {
    switch self {
    case .size, .contains, .startsWith, .endsWith, .matches, .lowerAscii, .upperAscii, .trim: true
    default: false
    }
  }
}
