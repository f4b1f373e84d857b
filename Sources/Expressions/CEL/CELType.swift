/// A type of the Common Expression Language, as the checker deduces it.
package indirect enum CELType: Sendable, Hashable {
  /// Any value; what it is shows only at run time.
  case dyn
  case null, bool, int, uint, double, string, bytes, timestamp, duration
  case list(CELType)
  case map(CELType, CELType)

  /// The type of a type.
  case type(CELType)

  /// A number, text, bytes or bool that may be null.
  case wrapper(CELType)

  /// A type that only its functions know: `optional_type(int)`.
  case opaque(String, [CELType])

  /// A placeholder in a declaration: the `T` of `list(T)`.
  case parameter(String)

  /// A type that is not known yet.
  case variable(Int)

  /// A value that may be absent.
  package static func optional(_ type: CELType) -> CELType { .opaque("optional_type", [type]) }
}

extension CELType: CustomStringConvertible {
  /// The type as CEL's own documentation writes it: `map(string, list(int))`.
  package var description: String {
    switch self {
    case .dyn: "dyn"
    case .null: "null_type"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: "google.protobuf.Timestamp"
    case .duration: "google.protobuf.Duration"
    case .list(let element): "list(\(element))"
    case .map(let key, let value): "map(\(key), \(value))"
    case .type(let type): "type(\(type))"
    case .wrapper(let type): "wrapper(\(type))"
    case .opaque(let name, let parts):
      parts.isEmpty ? name : "\(name)(\(parts.map(\.description).joined(separator: ", ")))"
    case .parameter(let name): "<\(name)>"
    // What is still unknown may be anything.
    case .variable: "dyn"
    }
  }

  /// Reads a type as `description` writes it; `nil` if the text is none.
  ///
  /// A bare `list` or `map` is one of anything, and the names of the protocol buffers' wrappers
  /// stand for wrappers.
  package init?(_ text: String) {
    var rest = text.unicodeScalars.filter { $0 != " " }[...]
    guard let type = CELType(reading: &rest, depth: 0), rest.isEmpty else { return nil }
    self = type
  }

  private init?(reading text: inout Substring.UnicodeScalarView, depth: Int) {
    guard depth < 100 else { return nil }
    if text.first == "<" {
      guard let end = text.firstIndex(of: ">") else { return nil }
      self = .parameter(String(text[text.index(after: text.startIndex)..<end]))
      text = text[text.index(after: end)...]
      return
    }
    let end = text.firstIndex { "(),<>".unicodeScalars.contains($0) } ?? text.endIndex
    let name = String(text[..<end])
    guard !name.isEmpty else { return nil }
    text = text[end...]
    var parts: [CELType] = []
    if text.first == "(" {
      repeat {
        text.removeFirst()
        guard let part = CELType(reading: &text, depth: depth + 1) else { return nil }
        parts.append(part)
      } while text.first == ","
      guard text.first == ")" else { return nil }
      text.removeFirst()
    }
    self = CELType(name, parts)
  }

  private init(_ name: String, _ parts: [CELType]) {
    switch (name, parts.count) {
    case ("list", 0): self = .list(.dyn)
    case ("list", 1): self = .list(parts[0])
    case ("map", 0): self = .map(.dyn, .dyn)
    case ("map", 2): self = .map(parts[0], parts[1])
    case ("type", 0): self = .type(.dyn)
    case ("type", 1): self = .type(parts[0])
    case ("wrapper", 1): self = .wrapper(parts[0])
    default: self = parts.isEmpty ? Self.names[name] ?? .opaque(name, []) : .opaque(name, parts)
    }
  }

  private static let names: [String: CELType] = {
    let plain: [CELType] = [
      .dyn, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration,
    ]
    let described = plain.map { ($0.description, $0) }
    return Dictionary(uniqueKeysWithValues: described).merging(
      [
        "any": .dyn, "null": .null, "timestamp": .timestamp, "duration": .duration,
        "google.protobuf.Any": .dyn, "google.protobuf.Value": .dyn,
        "google.protobuf.BoolValue": .wrapper(.bool),
        "google.protobuf.BytesValue": .wrapper(.bytes),
        "google.protobuf.DoubleValue": .wrapper(.double),
        "google.protobuf.FloatValue": .wrapper(.double),
        "google.protobuf.Int32Value": .wrapper(.int),
        "google.protobuf.Int64Value": .wrapper(.int),
        "google.protobuf.StringValue": .wrapper(.string),
        "google.protobuf.UInt32Value": .wrapper(.uint),
        "google.protobuf.UInt64Value": .wrapper(.uint),
      ], uniquingKeysWith: { first, _ in first })
  }()
}

extension CELType {
  /// The types that are also values, by their names.
  static let values: [String: CELType] = [
    "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string,
    "bytes": .bytes, "list": .list(.dyn), "map": .map(.dyn, .dyn), "null_type": .null,
    "type": .type(.dyn), "google.protobuf.Timestamp": .timestamp,
    "google.protobuf.Duration": .duration, "optional_type": .optional(.dyn),
  ]

  /// Whether a value may stand where the type is asked for; what is inside it is not looked at.
  func admits(_ value: CELValue) -> Bool {
    switch (self, value) {
    case (.dyn, _), (.parameter, _), (.variable, _), (.null, .null), (.bool, .bool), (.int, .int),
      (.uint, .uint), (.double, .double), (.string, .text), (.bytes, .bytes),
      (.timestamp, .timestamp), (.duration, .duration), (.list, .list), (.map, .map),
      (.type, .type), (.wrapper, .null), (.opaque("optional_type", _), .optional):
      true
    case (.wrapper(let type), _): type.admits(value)
    default: false
    }
  }

  /// The type with every placeholder and unknown replaced.
  func replacing(_ replacement: (CELType) -> CELType) -> CELType {
    switch self {
    case .parameter, .variable: replacement(self)
    case .list(let element): .list(element.replacing(replacement))
    case .map(let key, let value):
      .map(key.replacing(replacement), value.replacing(replacement))
    case .type(let type): .type(type.replacing(replacement))
    case .opaque(let name, let parts): .opaque(name, parts.map { $0.replacing(replacement) })
    default: self
    }
  }
}
