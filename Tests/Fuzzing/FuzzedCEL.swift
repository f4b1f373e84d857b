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
      + bindings.compactMap { values in
        let outcome = outcome(of: unchecked, values)
        guard let checked else { return nil }
        let other = Self.outcome(of: checked, values)
        return other == outcome ? nil : "\(text) is \(outcome), but when checked \(other)"
      }
  }

  private static func outcome(of program: CELProgram, _ values: [String: CELValue]) -> String {
    do throws(CELError) {
      return try program.evaluate(values, costLimit: 20_000).shown
    } catch {
      return error.message
    }
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
