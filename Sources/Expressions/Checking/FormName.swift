/// What looks like a call and is none: macros, constants, and what stands for CEL's optional values.
///
/// A dot in front means that it is written behind what it is about.
enum FormName: String, CaseIterable {
  case has, timestamp, duration, daily, weekly, monthly
  case bind = "cel.bind"
  case optionalOf = "optional.of"
  case optionalNone = "optional.none"
  case orValue = ".orValue"
  case or = ".or"
  case hasValue = ".hasValue"
  case value = ".value"
  case optMap = ".optMap"
  case optFlatMap = ".optFlatMap"
  case all = ".all"
  case exists = ".exists"
  case existsOne = ".existsOne"
  case existsOneOfOld = ".exists_one"
  case filter = ".filter"
  case map = ".map"
  case transformList = ".transformList"
  case sortBy = ".sortBy"
}

/// What CEL has and rules have no use for.
package enum CelOnly: String, Sendable, Hashable, CaseIterable {
  case type, dyn, bytes, uint, format, transformMap, transformMapEntry
  case encode = "base64.encode"
  case decode = "base64.decode"
  case bitAnd = "math.bitAnd"
  case bitOr = "math.bitOr"
  case bitXor = "math.bitXor"
  case bitNot = "math.bitNot"
  case bitShiftLeft = "math.bitShiftLeft"
  case bitShiftRight = "math.bitShiftRight"
  case ofNonZeroValue = "optional.ofNonZeroValue"
}

extension Function {
  /// The function that a name calls; a dot in front makes it a method.
  static func named(_ name: String) -> Function? {
    if let function = aliases[name] { return function }
    let isMethod = name.hasPrefix(".")
    return Function(rawValue: String(isMethod ? name.dropFirst() : name[...])).flatMap {
      $0.style == (isMethod ? .call : .method) ? nil : $0
    }
  }

  /// What calls the function.
  var names: [String] {
    switch style {
    case .call: [rawValue]
    case .method: [".\(rawValue)"]
    case .either: [rawValue, ".\(rawValue)"]
    }
  }
}
