import Diagnostics

/// A JSON value whose members keep the order they were written in.
enum JSON: Hashable, Sendable {
  case bool(Bool)
  case number(Int)
  case string(String)
  case array([JSON])
  case object([Member])

  struct Member: Hashable, Sendable {
    var name: String
    var value: JSON
  }

  /// An object of the members that have a value.
  static func members(_ members: KeyValuePairs<String, JSON?>) -> JSON {
    .object(members.compactMap { name, value in value.map { Member(name: name, value: $0) } })
  }

  static func strings(_ strings: [String]) -> JSON { .array(strings.map(JSON.string)) }

  /// The object with some members behind its own.
  func adding(_ members: KeyValuePairs<String, JSON?>) -> JSON { adding(.members(members)) }

  /// The object with those of another behind its own.
  func adding(_ other: JSON) -> JSON {
    guard case .object(let own) = self, case .object(let more) = other else { return self }
    return .object(own + more)
  }

  /// The value as a text of several lines; what fits on one stands on one.
  func text(indent: String = "") -> String {
    let line = self.line
    if indent.utf8.count + line.utf8.count <= 80 { return line }
    let inner = indent + "  "
    let (open, close, parts): (String, String, [String]) =
      switch self {
      case .array(let items): ("[", "]", items.map { $0.text(indent: inner) })
      case .object(let members):
        ("{", "}", members.map { "\($0.name.asJSON): \($0.value.text(indent: inner))" })
      case .bool, .number, .string: ("", "", [])
      }
    guard !parts.isEmpty else { return line }
    return open + "\n" + parts.map { inner + $0 }.joined(separator: ",\n") + "\n" + indent + close
  }

  private var line: String {
    switch self {
    case .bool(let bool): "\(bool)"
    case .number(let number): "\(number)"
    case .string(let string): string.asJSON
    case .array(let items): "[" + items.map(\.line).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\($0.name.asJSON): \($0.value.line)" }.joined(separator: ", ") + "}"
    }
  }
}

extension String {
  fileprivate var asJSON: String { "\"\(jsonEscaped(self))\"" }
}
