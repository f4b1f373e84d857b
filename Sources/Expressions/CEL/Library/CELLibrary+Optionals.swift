import Foundation

extension CELLibrary {
  /// Values that may be absent.
  package static let optionals = CELLibrary(
    [
      .function("optional.of", [element], .optional(element)) { arguments, _ throws(CELError) in
        .optional(arguments[0])
      },
      .function("optional.ofNonZeroValue", [element], .optional(element)) {
        arguments, _ throws(CELError) in
        .optional(arguments[0].isZero ? nil : arguments[0])
      },
      .function("optional.none", [], .optional(element)) { _, _ throws(CELError) in
        .optional(nil)
      },
      .method(.optional(element), "hasValue", [], .bool) { arguments, _ throws(CELError) in
        .bool(try arguments.optional(0) != nil)
      },
      .method(.optional(element), "value", [], element) { arguments, _ throws(CELError) in
        guard let value = try arguments.optional(0) else { throw .absentOptional }
        return value
      },
      .function("optional.unwrap", [.list(.optional(element))], .list(element), body: unwrap),
      .method(.list(.optional(element)), "unwrapOpt", [], .list(element), body: unwrap),
    ], forms: [.optionals])

  private static let element = CELType.parameter("T")

  private static let unwrap: CELOverload.Body = { arguments, meter throws(CELError) in
    var values: [CELValue] = []
    for value in try arguments.list(0) {
      try meter.spend(1)
      guard case .optional(let present) = value else {
        throw .noSuchOverload("unwrap", [value.typeName])
      }
      if let present { values.append(present) }
    }
    return .list(values)
  }
}

// MARK: Encoders

extension CELLibrary {
  /// Base64, which is read with or without its padding.
  package static let encoders = CELLibrary([
    .function("base64.encode", [.bytes], .string) { arguments, meter throws(CELError) in
      let bytes = try arguments.bytes(0)
      try meter.spend(2 * bytes.count)
      return .text(Data(bytes).base64EncodedString())
    },
    .function("base64.decode", [.string], .bytes) { arguments, meter throws(CELError) in
      let text = try arguments.text(0)
      try meter.spend(text.utf8.count)
      let missing = -text.utf8.count & 3
      let isPadded = text.utf8.last == UInt8(ascii: "=")
      guard missing == 0 || !isPadded,
        let data = Data(base64Encoded: text + String(repeating: "=", count: missing))
      else {
        throw .invalidArgument("base64.decode", "the text is no base64")
      }
      return .bytes(Array(data))
    },
  ])
}
