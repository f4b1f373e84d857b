extension CELLibrary {
  /// The functions of the language's own definition.
  package static let standard = CELLibrary(
    sizes + textSearch + conversions + times + kinds, forms: [.macros])

  private static let element = CELType.parameter("T")

  private static let kinds: [CELOverload] = [
    .function("type", [element], .type(element)) { arguments, _ throws(CELError) in
      .type(arguments[0].typeName)
    },
    .function("dyn", [element], .dyn) { arguments, _ throws(CELError) in arguments[0] },
  ]

  private static let sizes: [CELOverload] = {
    let kinds: [CELType] = [
      .string, .bytes, .list(element), .map(.parameter("K"), .parameter("V")),
    ]
    return kinds.flatMap { kind in
      [.function("size", [kind], .int, body: size), .method(kind, "size", [], .int, body: size)]
    }
  }()

  private static let size: CELOverload.Body = { arguments, _ throws(CELError) in
    switch arguments[0] {
    case .text(let text): .int(Int64(text.unicodeScalars.count))
    case .bytes(let bytes): .int(Int64(bytes.count))
    case .map(let map): .int(Int64(map.count))
    default: .int(Int64(try arguments.list(0).count))
    }
  }

  private static let textSearch: [CELOverload] =
    [
      search("contains", TextLibrary.contains), search("startsWith", TextLibrary.startsWith),
      search("endsWith", TextLibrary.endsWith),
    ] + [
      .function("matches", [.string, .string], .bool, body: matches).preparing(matchesKnown),
      .method(.string, "matches", [.string], .bool, body: matches).preparing(matchesKnown),
    ]

  private static func search(
    _ name: String, _ isThere: @escaping @Sendable (String, String) -> Bool
  ) -> CELOverload {
    .method(.string, name, [.string], .bool) { arguments, _ throws(CELError) in
      .bool(isThere(try arguments.text(0), try arguments.text(1)))
    }
  }

  private static let matches: CELOverload.Body = { arguments, meter throws(CELError) in
    let (text, source) = (try arguments.text(0), try arguments.text(1))
    let pattern: Pattern
    do throws(PatternFault) {
      pattern = try Pattern(source)
    } catch {
      throw .invalidArgument("matches", "'\(source)' is no regular expression")
    }
    return try found(pattern, text, &meter)
  }

  /// `matches` with a pattern that is compiled once; one that is none fails when it is looked for.
  private static let matchesKnown: @Sendable (CELValue) -> CELOverload.Body? = { source in
    guard case .text(let source) = source, let pattern = try? Pattern(source) else { return nil }
    return { arguments, meter throws(CELError) in
      try found(pattern, try arguments.text(0), &meter)
    }
  }

  private static func found(
    _ pattern: Pattern, _ text: String, _ meter: inout CELMeter
  ) throws(CELError) -> CELValue {
    // A code point is tried at every step of the pattern, some of which are cheap.
    try meter.spend((text.utf8.count + 1) * (1 + pattern.size / 8))
    return .bool(pattern.matches(text))
  }
}

// MARK: Conversions

extension CELLibrary {
  private static let conversions: [CELOverload] =
    [
      convert("int", .int, from: [.int, .uint, .double, .string, .timestamp], int),
      convert("uint", .uint, from: [.uint, .int, .double, .string], uint),
      convert("double", .double, from: [.double, .int, .uint, .string], double),
      convert(
        "string", .string,
        from: [.string, .int, .uint, .double, .bool, .bytes, .timestamp, .duration], string),
      convert("bytes", .bytes, from: [.bytes, .string], bytes),
      convert("bool", .bool, from: [.bool, .string], bool),
      convert("timestamp", .timestamp, from: [.timestamp, .string, .int], timestamp),
      convert("duration", .duration, from: [.duration, .string], duration),
    ].flatMap { $0 }

  /// The forms of a conversion, which leaves a value that is of the type already as it is.
  private static func convert(
    _ name: String, _ type: CELType, from sources: [CELType],
    _ change: @escaping @Sendable (CELValue) throws(CELError) -> CELValue
  ) -> [CELOverload] {
    sources.map { source in
      .function(name, [source], type) { arguments, _ throws(CELError) in
        source == type ? arguments[0] : try change(arguments[0])
      }
    }
  }

  private static func unreadable(_ name: String, _ value: CELValue) -> CELError {
    .invalidArgument(name, "\(value.shown) cannot be converted")
  }

  private static func int(_ value: CELValue) throws(CELError) -> CELValue {
    let whole: Int64? =
      switch value {
      case .uint(let uint): Int64(exactly: uint)
      // The least int is out of range too, since a double so large may stand for a larger number.
      case .double(let double) where double > -0x1p63: Int64(exactly: double.rounded(.towardZero))
      case .text(let text): Int64(text)
      case .timestamp(let timestamp): timestamp.seconds
      default: nil
      }
    guard let whole else { throw unreadable("int", value) }
    return .int(whole)
  }

  private static func uint(_ value: CELValue) throws(CELError) -> CELValue {
    let whole: UInt64? =
      switch value {
      case .int(let int): UInt64(exactly: int)
      case .double(let double) where double >= 0: UInt64(exactly: double.rounded(.towardZero))
      case .text(let text): UInt64(text)
      default: nil
      }
    guard let whole else { throw unreadable("uint", value) }
    return .uint(whole)
  }

  private static func double(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .int(let int): return .double(Double(int))
    case .uint(let uint): return .double(Double(uint))
    case .text(let text):
      // A text of digits that are too many is out of range; an infinity is written in letters.
      let hasDigits = text.utf8.contains { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      if let number = Double(text), number.isFinite || !hasDigits { return .double(number) }
    default: break
    }
    throw unreadable("double", value)
  }

  private static func string(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .int(let int): return .text(String(int))
    case .uint(let uint): return .text(String(uint))
    case .double(let double): return .text(double.shortText)
    case .bool(let bool): return .text(String(bool))
    case .timestamp(let timestamp): return .text(timestamp.text)
    case .duration(let duration): return .text(duration.text)
    case .bytes(let bytes):
      if let text = String(validating: bytes, as: UTF8.self) { return .text(text) }
    default: break
    }
    throw unreadable("string", value)
  }

  private static func bytes(_ value: CELValue) throws(CELError) -> CELValue {
    guard case .text(let text) = value else { throw unreadable("bytes", value) }
    return .bytes(Array(text.utf8))
  }

  private static func bool(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .text("1"), .text("t"), .text("T"), .text("true"), .text("TRUE"), .text("True"):
      .bool(true)
    case .text("0"), .text("f"), .text("F"), .text("false"), .text("FALSE"), .text("False"):
      .bool(false)
    default: throw unreadable("bool", value)
    }
  }

  private static func timestamp(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .text(let text): .timestamp(try CELTimestamp(text))
    case .int(let seconds): .timestamp(try CELTimestamp(seconds: seconds))
    default: throw unreadable("timestamp", value)
    }
  }

  private static func duration(_ value: CELValue) throws(CELError) -> CELValue {
    guard case .text(let text) = value else { throw unreadable("duration", value) }
    return .duration(try CELDuration(text))
  }
}
