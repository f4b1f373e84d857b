import Expressions

/// An expression of the Common Expression Language: printed, compiled and evaluated.
enum FuzzedCEL {
  static func run(_ text: String) -> [String] {
    let broken = FuzzedExpression.printing(text, in: .cel)
    guard let unchecked = try? environment.compile(text, isChecked: false) else {
      // The checker only refuses.
      let isRefused = (try? environment.compile(text)) == nil
      return broken + (isRefused ? [] : ["\(text) compiles only when it is checked"])
    }
    let checked = try? environment.compile(text)
    return broken
      + bindings.flatMap { values -> [String] in
        let expected = outcome(of: unchecked, values).shown
        guard let checked else { return [] }
        let found = outcome(of: checked, values)
        if found.shown != expected {
          return ["\(text) is \(expected), but when checked \(found.shown)"]
        }
        guard case .success(let value) = found, !value.isOne(of: checked.type) else { return [] }
        return ["\(text) is \(expected), no \(checked.type)"]
      }
  }

  private static func outcome(
    of program: CELProgram, _ values: [String: CELValue]
  ) -> Result<CELValue, CELError> {
    Result { () throws(CELError) in try program.evaluate(values, costLimit: 20_000) }
  }

  private static let environment = CELEnvironment(
    variables: [
      "b": .bool, "i": .int, "u": .uint, "f": .double, "s": .string, "y": .bytes, "x": .dyn,
      "l": .list(.int), "m": .map(.string, .dyn), "t": .timestamp, "d": .duration,
      "o": .optional(.int),
    ], container: "c.d")

  private static let bindings: [[String: CELValue]] = {
    var map = CELMap()
    try? map.insert(.text("k"), .list([.null, .double(.nan)]))
    try? map.insert(.text(""), .int(1))
    let epoch = try? CELTimestamp(seconds: 0)
    let last = try? CELTimestamp(seconds: 253_402_300_799, nanoseconds: 999_999_999)
    var ordinary: [String: CELValue] = [
      "b": .bool(true), "i": .int(7), "u": .uint(3), "f": .double(0.1), "s": .text("e\u{301}✓"),
      "y": .bytes([0, 0xFF]), "x": .map(map), "l": .list([.int(2), .int(-1)]), "m": .map(map),
      "d": .duration(CELDuration(nanoseconds: 1)), "o": .optional(.int(1)),
    ]
    ordinary["t"] = epoch.map(CELValue.timestamp)
    var extreme: [String: CELValue] = [
      "b": .bool(false), "i": .int(.min), "u": .uint(.max), "f": .double(-.infinity),
      "s": .text(""), "y": .bytes([]), "x": .int(.max), "l": .list([]), "m": .map(CELMap()),
      "d": .duration(CELDuration(nanoseconds: .min)), "o": .optional(nil),
    ]
    extreme["t"] = last.map(CELValue.timestamp)
    return [ordinary, extreme, [:]]
  }()
}

extension Result<CELValue, CELError> {
  /// The value, or why there is none.
  fileprivate var shown: String {
    switch self {
    case .success(let value): value.shown
    case .failure(let error): error.message
    }
  }
}

extension CELValue {
  /// Whether the value is one that an expression of the type may have; the elements are not seen.
  fileprivate func isOne(of type: CELType) -> Bool {
    switch (type, self) {
    case (.dyn, _), (.variable, _), (.parameter, _): true
    // The specification lets null stand for these.
    case (.wrapper, .null), (.opaque, .null), (.timestamp, .null), (.duration, .null): true
    case (.wrapper(let inner), _): isOne(of: inner)
    default: type.description.prefix { $0 != "(" } == typeName
    }
  }
}
