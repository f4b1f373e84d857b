import Expressions
import Foundation

/// A value as the suite writes it: `{"int":"5"}`.
struct TaggedValue: Decodable {
  let celValue: CELValue

  private enum Key: String, CodingKey {
    case int, uint, double, string, bytes, bool, null, list, map, timestamp, duration, type
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    guard let key = container.allKeys.first else { throw Self.fault(decoder, "no known tag") }
    switch key {
    case .bool: celValue = .bool(try container.decode(Bool.self, forKey: key))
    case .null: celValue = .null
    case .list:
      celValue = .list(try container.decode([TaggedValue].self, forKey: key).map(\.celValue))
    case .map:
      var map = CELMap()
      for pair in try container.decode([[TaggedValue]].self, forKey: key) {
        guard pair.count == 2 else { throw Self.fault(decoder, "no key and value") }
        try map.insert(pair[0].celValue, pair[1].celValue)
      }
      celValue = .map(map)
    default:
      let text = try container.decode(String.self, forKey: key)
      guard let value = try Self.scalar(key, text) else { throw Self.fault(decoder, text) }
      celValue = value
    }
  }

  private static func scalar(_ key: Key, _ text: String) throws -> CELValue? {
    switch key {
    case .int: Int64(text).map { .int($0) }
    case .uint: UInt64(text).map { .uint($0) }
    case .double: Double(text).map { .double($0) }
    case .string: .text(text)
    case .bytes: Data(base64Encoded: text).map { .bytes(Array($0)) }
    case .timestamp: .timestamp(try CELTimestamp(text))
    case .duration: .duration(try CELDuration(text))
    case .type: .type(text)
    case .bool, .null, .list, .map: nil
    }
  }

  private static func fault(_ decoder: any Decoder, _ text: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: text))
  }
}

extension CELValue {
  /// Whether two values are the same in type and all, which CEL's own equality does not ask.
  ///
  /// What is no number is the same as itself here, and zero is not minus zero.
  func isSame(as other: CELValue) -> Bool {
    switch (self, other) {
    case (.double(let left), .double(let right)):
      return left.isNaN && right.isNaN || left == right && left.sign == right.sign
    case (.list(let left), .list(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
    case (.map(let left), .map(let right)):
      return left.count == right.count
        && left.entries.allSatisfy { entry in
          right.entries.contains {
            entry.key.isSame(as: $0.key) && entry.value.isSame(as: $0.value)
          }
        }
    case (.optional(let left), .optional(let right)):
      guard let left, let right else { return left == nil && right == nil }
      return left.isSame(as: right)
    default:
      var meter = CELMeter(limit: 1_000_000)
      return typeName == other.typeName && ((try? equals(other, &meter)) ?? false)
    }
  }
}
