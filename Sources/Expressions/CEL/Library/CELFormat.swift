import Foundation

/// `format`, whose clauses are a percent sign, perhaps a precision, and a letter.
enum CELFormat {
  static func text(
    _ template: String, _ arguments: [CELValue], _ meter: inout CELMeter
  ) throws(CELError) -> String {
    var result = String.UnicodeScalarView()
    var next = arguments.makeIterator()
    var scalars = Array(template.unicodeScalars)[...]
    try meter.spend(scalars.count)
    while let scalar = scalars.popFirst() {
      guard scalar == "%" else {
        result.append(scalar)
        continue
      }
      if scalars.first == "%" {
        result.append("%")
        scalars.removeFirst()
        continue
      }
      let precision = try precision(&scalars)
      guard let verb = scalars.popFirst() else { throw fault("the text ends within a clause") }
      guard "sdfeboxX".unicodeScalars.contains(verb) else { throw fault("there is no %\(verb)") }
      guard let argument = next.next() else { throw fault("there are too few arguments") }
      result.append(
        contentsOf: try clause(verb, precision, argument, &meter).unicodeScalars)
    }
    return String(result)
  }

  private static func fault(_ reason: String) -> CELError { .invalidArgument("format", reason) }

  private static func precision(
    _ scalars: inout ArraySlice<Unicode.Scalar>
  ) throws(CELError) -> Int? {
    guard scalars.first == "." else { return nil }
    scalars.removeFirst()
    let digits = scalars.prefix { ("0"..."9").contains($0) }
    scalars = scalars.dropFirst(digits.count)
    guard let precision = Int(String(String.UnicodeScalarView(digits))), precision <= 1000 else {
      throw fault("a precision is a number up to 1000")
    }
    return precision
  }

  private static func clause(
    _ verb: Unicode.Scalar, _ precision: Int?, _ value: CELValue, _ meter: inout CELMeter
  ) throws(CELError) -> String {
    switch (verb, value) {
    case ("s", _): return try shown(value, &meter)
    case ("d", .int(let int)): return String(int)
    case ("d", .uint(let uint)): return String(uint)
    case ("d", .double(let double)) where !double.isFinite: return double.specialText
    case ("f", _), ("e", _):
      guard let number = value.number else { break }
      let text = fixed(number, verb, precision ?? 6)
      try meter.spend(text.utf8.count)
      return text
    case ("b", .bool(let bool)): return bool ? "1" : "0"
    case ("b", .int(let int)): return String(int, radix: 2)
    case ("b", .uint(let uint)): return String(uint, radix: 2)
    case ("o", .int(let int)): return String(int, radix: 8)
    case ("o", .uint(let uint)): return String(uint, radix: 8)
    case ("x", _), ("X", _):
      guard let digits = try hexadecimal(value, &meter) else { break }
      return verb == "X" ? digits.uppercased() : digits
    default: break
    }
    throw .noSuchOverload("format %\(verb)", [value.typeName])
  }

  /// The stored binary value to a count of places, exact ties to even, which C has right.
  private static func fixed(_ number: Double, _ verb: Unicode.Scalar, _ places: Int) -> String {
    guard number.isFinite else { return number.specialText }
    // The largest number has 309 digits before the point.
    let capacity = 320 + places
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      let written = buffer.withMemoryRebound(to: CChar.self) { text in
        withVaList([number]) {
          vsnprintf(text.baseAddress, capacity, "%.\(places)\(verb)", $0)
        }
      }
      count = min(max(0, Int(written)), capacity)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hexadecimal(
    _ value: CELValue, _ meter: inout CELMeter
  ) throws(CELError) -> String? {
    let bytes: [UInt8]
    switch value {
    case .int(let int): return String(int, radix: 16)
    case .uint(let uint): return String(uint, radix: 16)
    case .text(let text): bytes = Array(text.utf8)
    case .bytes(let data): bytes = data
    default: return nil
    }
    try meter.spend(2 * bytes.count)
    return bytes.map(\.hexadecimal).joined()
  }

  /// A value as `%s` shows it, whole lists and maps included.
  private static func shown(
    _ value: CELValue, _ meter: inout CELMeter
  ) throws(CELError) -> String {
    let text: String
    switch value {
    case .null: text = "null"
    case .bool(let bool): text = String(bool)
    case .int(let int): text = String(int)
    case .uint(let uint): text = String(uint)
    case .double(let double): text = double.plainText
    case .text(let string): text = string
    case .bytes(let bytes): text = String(decoding: bytes, as: UTF8.self)
    case .timestamp(let timestamp): text = timestamp.text
    case .duration(let duration): text = duration.text
    case .type(let name): text = name
    case .optional: throw .noSuchOverload("format %s", [value.typeName])
    case .list(let list):
      var parts: [String] = []
      for element in list { parts.append(try shown(element, &meter)) }
      text = "[\(parts.joined(separator: ", "))]"
    case .map(let map):
      var parts: [(key: String, value: String)] = []
      for entry in map.entries {
        let key = try shown(entry.key, &meter)
        parts.append((key, try shown(entry.value, &meter)))
      }
      parts.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      text = "{\(parts.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
    }
    try meter.spend(text.utf8.count + 1)
    return text
  }
}

extension CELValue {
  /// A number of any type as a double.
  fileprivate var number: Double? {
    switch self {
    case .int(let int): Double(int)
    case .uint(let uint): Double(uint)
    case .double(let double): double
    default: nil
    }
  }
}
