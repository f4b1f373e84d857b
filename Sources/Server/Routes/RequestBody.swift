import HTTPTypes

/// The members of a JSON object that a caller sends, each of which is checked as it is taken.
struct RequestBody {
  private let members: [String: JSONValue]

  /// Reads an object that has no other members than these.
  init(_ bytes: [UInt8], members names: [String]) throws(Problem) {
    guard case .object(let members)? = JSONValue(bytes) else {
      throw Problem(.badRequest, "the body is not a JSON object")
    }
    guard members.keys.allSatisfy(names.contains) else {
      throw Problem(.badRequest, "the body may have \(names.joined(separator: ", "))")
    }
    self.members = members
  }

  /// A text of 1 to 500 characters, if it is there.
  func text(_ name: String) throws(Problem) -> String? {
    guard let member = members[name] else { return nil }
    guard let text = member.string, (1...Self.longest).contains(text.unicodeScalars.count) else {
      throw Problem(.badRequest, "\(name) is a text of 1 to \(Self.longest) characters")
    }
    // The one character that PostgreSQL cannot keep.
    return String(text.unicodeScalars.filter { $0.value != 0 })
  }

  /// A list of 1 to 100 different names, which must be there.
  func names(_ name: String) throws(Problem) -> [String] {
    guard case .array(let items)? = members[name], (1...Self.mostNames).contains(items.count),
      items.allSatisfy({ $0.string.map(Parameter.Kind.name.accepts) == true }),
      Set(items).count == items.count
    else {
      throw Problem(.badRequest, "\(name) is a list of 1 to \(Self.mostNames) different names")
    }
    return items.compactMap(\.string)
  }

  /// A whole number of a range, if it is there.
  func wholeNumber(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let member = members[name] else { return nil }
    guard case .integer(let number) = member, let value = Int(exactly: number),
      range.contains(value)
    else {
      throw Problem(
        .badRequest, "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// Whether `true` is said.
  func isTrue(_ name: String) throws(Problem) -> Bool {
    guard let member = members[name] else { return false }
    guard case .bool(let flag) = member else {
      throw Problem(.badRequest, "\(name) is true or false")
    }
    return flag
  }

  private static let longest = 500
  private static let mostNames = 100

  /// How much may be sent.
  static let mostBytes = 64 * 1024

  static let textSchema: JSONValue = [
    "type": "string", "minLength": 1, "maxLength": .integer(Int64(longest)),
  ]
  static let namesSchema: JSONValue = [
    "type": "array", "minItems": 1, "maxItems": .integer(Int64(mostNames)), "uniqueItems": true,
    "items": Parameter.Kind.name.schema,
  ]
}
