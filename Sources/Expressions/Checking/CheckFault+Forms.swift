import Diagnostics

// What the checker says about macros, lists and tables.
extension CheckError {
  var form: Diagnostic {
    switch fault {
    case .noVariable(let macro, let target):
      report(
        .noVariable, "\(macro) gives what it computes with a name first, and this is no name",
        help: target.map { "write \($0).\(macro)(x, …), with x in the place of each element" }
          ?? "write \(macro)(x, …, …), with x in the place of the value")
    case .takenVariable(let name, let free):
      report(
        .takenVariable, "'\(name)' means something else here already",
        help: free.map { "give it another name, as in \($0)" })
    case .tooNested(let limit):
      report(
        .tooNested, "more than \(limit) macros over lists stand in each other here",
        help: "compare with a list by `in`, or with sets.contains()")
    case .tableAlone(let text):
      report(
        .tableAlone, "a table is there to look something up in",
        help: "write \(text)[x] for the value of the key x, or x in \(text)")
    case .tableKey(let text):
      report(
        .tableKey, "\(text) is no key: the keys of a table are texts or numbers, written out")
    case .repeatedKey(let key):
      report(.repeatedKey, "the key \(key) stands in this table twice")
    case .noFields(let text, let type, let field):
      report(
        .noFields, "\(text) is \(type.words) and has no field \(field)",
        help: type.element == nil ? nil : "write \(text).exists(x, …) to ask about its elements")
    case .notWrittenOut(let function, let text):
      report(
        .notWrittenOut, "\(function) takes a text that is written out, and \(text) is not",
        help: function == "timestamp"
          ? "write it as in timestamp(\"2026-01-31T00:00:00Z\")"
          : "write it as in duration(\"90s\"), or simply 90s")
    case .celOnly(let name):
      report(.notAvailable, name.words.message, help: name.words.help)
    default:
      report(.notAvailable, "this is not available in rules")
    }
  }

  var list: Diagnostic {
    switch fault {
    case .notAList(let macro, let text, let type):
      report(
        .notAList, "\(macro) goes through a list, and \(text) is \(type.words)",
        help: type == .text ? "write \(text).split(\",\") if it holds several, between commas" : nil
      )
    case .noPlaces(let text, let type, let index):
      report(
        .noPlaces, "only lists and tables have places, and \(text) is \(type.words)",
        help: type == .text ? "write \(text).charAt(\(index))" : nil)
    case .badDuration(let text):
      report(
        .badDuration, "\"\(text)\" is not a length of time as CEL writes it",
        help: "write it with h, m and s, as in 1h30m, or without duration() as in 45d")
    case .numberWithoutUnit(let duration, let number, let days):
      report(
        .durationWithNumber, "\(duration) is a length of time and \(number) is not",
        help: days.map { "write \($0)d" } ?? "write a unit, as in 30d")
    default:
      report(.notAvailable, "this is not available in rules")
    }
  }
}

extension CelOnly {
  fileprivate var words: (message: String, help: String?) {
    switch self {
    case .type, .dyn:
      (
        "\(rawValue)() is not available in rules: every type is known before a rule runs",
        "leave it out"
      )
    case .bytes: ("bytes are not available in rules", "write a text: \"…\" without a b in front")
    case .uint: ("uint() is not available in rules: there is one kind of number", "write int()")
    case .format:
      (
        "format() is not available in rules: titles and bodies put texts together",
        "write \"a\" + b, or a text with {{ }} where it is shown"
      )
    case .transformMap, .transformMapEntry:
      ("\(rawValue)() is not available in rules: tables are only looked up in", nil)
    case .encode, .decode: ("\(rawValue)() is not available in rules: there are no bytes", nil)
    case .bitAnd, .bitOr, .bitXor, .bitNot, .bitShiftLeft, .bitShiftRight:
      ("\(rawValue)() is not available in rules: numbers are decimals and have no bits", nil)
    case .ofNonZeroValue:
      (
        "optional.ofNonZeroValue() is not available in rules: missing is missing, and 0 is 0",
        "write x == 0 ? null : x"
      )
    }
  }
}

extension Signature.Parameter {
  /// What is needed, in an analyst's words; `first` is the type of the first argument.
  func words(first: ValueType?) -> String {
    switch self {
    case .exactly(let type): type.words
    case .quantity: first?.words ?? "a number, a length of time or a point in time"
    case .magnitude: "a number or a length of time"
    case .sized: "a text or a list"
    case .anyOf(let types):
      types.dropLast().map(\.words).joined(separator: ", ")
        + (types.last.map { " or \($0.words)" } ?? "")
    case .anyList: "a list"
    case .orderedList: "a list of numbers, texts or times"
    case .nestedList: "a list of lists"
    case .alike: first?.words ?? "a list"
    }
  }

  var isQuantity: Bool {
    if case .quantity = self { true } else { false }
  }
}
