/// A value of the Common Expression Language.
package indirect enum CELValue: Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case uint(UInt64)
  case double(Double)

  /// A text, which is its code points: nothing is normalised.
  case text(String)
  case bytes([UInt8])
  case list([CELValue])
  case map(CELMap)
  case timestamp(CELTimestamp)
  case duration(CELDuration)

  /// A type, which has no parameters at run time.
  case type(String)

  /// A value that may be absent, which is not the same as null.
  case optional(CELValue?)
}

extension CELValue {
  /// The name of the value's type, as `type(x)` shows it.
  package var typeName: String {
    switch self {
    case .null: "null_type"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .text: "string"
    case .bytes: "bytes"
    case .list: "list"
    case .map: "map"
    case .timestamp: CELType.timestamp.description
    case .duration: CELType.duration.description
    case .type: "type"
    case .optional: "optional_type"
    }
  }

  /// Whether the value is what its type starts from: `0`, `''`, `[]`, `false`, null.
  var isZero: Bool {
    switch self {
    case .null: true
    case .bool(let bool): !bool
    case .int(let int): int == 0
    case .uint(let uint): uint == 0
    case .double(let double): double == 0
    case .text(let text): text.isEmpty
    case .bytes(let bytes): bytes.isEmpty
    case .list(let list): list.isEmpty
    case .map(let map): map.count == 0
    case .timestamp(let timestamp): timestamp == CELTimestamp.epoch
    case .duration(let duration): duration.nanoseconds == 0
    case .type: false
    case .optional(let value): value == nil
    }
  }
}

/// A map with keys in the order they were put in.
///
/// Keys lie on one number line: `1`, `1u` and, when looked up, `1.0` are the same key.
package struct CELMap: Sendable {
  package typealias Entry = (key: CELValue, value: CELValue)

  package private(set) var entries: [Entry] = []
  private var places: [Key: Int] = [:]

  package init() {}

  package var count: Int { entries.count }

  /// Adds an entry; a key that no map can hold and a key that is there are faults.
  package mutating func insert(_ key: CELValue, _ value: CELValue) throws(CELError) {
    guard let place = Key(storing: key) else { throw .badKey(key.typeName) }
    guard places.updateValue(entries.count, forKey: place) == nil else {
      throw .repeatedKey(key.shown)
    }
    entries.append((key, value))
  }

  /// The value at a key; `nil` if there is none.
  package func value(at key: CELValue) throws(CELError) -> CELValue? {
    guard case .double(let number) = key else {
      guard let place = Key(storing: key) else { throw .badKey(key.typeName) }
      return places[place].map { entries[$0].value }
    }
    guard let place = Key(number) else { return nil }
    return places[place].map { entries[$0].value }
  }

  /// The value at a text; `nil` if there is none.
  func value(named name: String) -> CELValue? {
    places[.text(CodePoints(name))].map { entries[$0].value }
  }

  private enum Key: Hashable {
    case bool(Bool)
    case negative(Int64)
    case natural(UInt64)
    case text(CodePoints)

    /// A key as a map holds it; `nil` for what no map can hold.
    init?(storing value: CELValue) {
      switch value {
      case .bool(let bool): self = .bool(bool)
      case .int(let int): self = int < 0 ? .negative(int) : .natural(UInt64(int))
      case .uint(let uint): self = .natural(uint)
      case .text(let text): self = .text(CodePoints(text))
      default: return nil
      }
    }

    /// The key of a whole number; `nil` for any other.
    init?(_ number: Double) {
      if let natural = UInt64(exactly: number) {
        self = .natural(natural)
      } else if let negative = Int64(exactly: number) {
        self = .negative(negative)
      } else {
        return nil
      }
    }
  }
}

/// A text that is equal only to the same code points.
///
/// Swift's own comparison holds canonically equivalent texts for equal.
struct CodePoints: Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: CodePoints, right: CodePoints) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}
