extension CELLibrary {
  /// Functions on texts beyond the language's own, whose positions count code points.
  package static let strings = CELLibrary(positions + changes + pieces)

  private static let positions: [CELOverload] = [
    .method(.string, "charAt", [.int], .string) { arguments, meter throws(CELError) in
      let (text, index) = (try arguments.text(0), try arguments.int(1))
      try meter.spend(text.utf8.count)
      return .text(
        try reading("charAt") { () throws(TextFault) in try TextLibrary.charAt(text, index) })
    },
    .method(.string, "indexOf", [.string], .int, body: indexOf),
    .method(.string, "indexOf", [.string, .int], .int, body: indexOf),
    .method(.string, "lastIndexOf", [.string], .int, body: lastIndexOf),
    .method(.string, "lastIndexOf", [.string, .int], .int, body: lastIndexOf),
    .method(.string, "substring", [.int], .string, body: substring),
    .method(.string, "substring", [.int, .int], .string, body: substring),
  ]

  private static func reading<Result>(
    _ name: String, _ body: () throws(TextFault) -> Result
  ) throws(CELError) -> Result {
    do throws(TextFault) {
      return try body()
    } catch {
      switch error {
      case .indexOutOfRange(let index): throw .indexOutOfRange(Int64(index))
      case .reversedRange(let start, let end):
        throw .invalidArgument(name, "\(end) lies before \(start)")
      }
    }
  }

  private static let indexOf: CELOverload.Body = { arguments, meter throws(CELError) in
    let (text, part) = (try arguments.text(0), try arguments.text(1))
    let start = arguments.values.count > 2 ? try arguments.int(2) : 0
    try meter.spend(text.utf8.count + part.utf8.count)
    return .int(
      Int64(
        try reading("indexOf") { () throws(TextFault) in
          try TextLibrary.indexOf(text, part, from: start)
        }))
  }

  private static let lastIndexOf: CELOverload.Body = { arguments, meter throws(CELError) in
    let (text, part) = (try arguments.text(0), try arguments.text(1))
    let last = arguments.values.count > 2 ? try arguments.int(2) : nil
    try meter.spend(text.utf8.count + part.utf8.count)
    return .int(
      Int64(
        try reading("lastIndexOf") { () throws(TextFault) in
          try TextLibrary.lastIndexOf(text, part, before: last)
        }))
  }

  private static let substring: CELOverload.Body = { arguments, meter throws(CELError) in
    let (text, start) = (try arguments.text(0), try arguments.int(1))
    let end = arguments.values.count > 2 ? try arguments.int(2) : nil
    try meter.spend(text.utf8.count)
    return .text(
      try reading("substring") { () throws(TextFault) in
        try TextLibrary.substring(text, start, end)
      })
  }

  // MARK: Changes

  private static let changes: [CELOverload] = [
    change("lowerAscii", TextLibrary.lowerAscii), change("upperAscii", TextLibrary.upperAscii),
    change("trim", TextLibrary.trim), change("reverse", TextLibrary.reverse),
    .method(.string, "replace", [.string, .string], .string, body: replace),
    .method(.string, "replace", [.string, .string, .int], .string, body: replace),
    .method(.string, "format", [.list(.dyn)], .string) { arguments, meter throws(CELError) in
      .text(try CELFormat.text(try arguments.text(0), try arguments.list(1), &meter))
    },
    .function("strings.quote", [.string], .string) { arguments, meter throws(CELError) in
      let text = try arguments.text(0)
      try meter.spend(text.utf8.count)
      return .text(TextLibrary.quote(text))
    },
  ]

  private static func change(
    _ name: String, _ change: @escaping @Sendable (String) -> String
  ) -> CELOverload {
    .method(.string, name, [], .string) { arguments, meter throws(CELError) in
      let text = try arguments.text(0)
      try meter.spend(text.utf8.count)
      return .text(change(text))
    }
  }

  private static let replace: CELOverload.Body = { arguments, meter throws(CELError) in
    let (text, part) = (try arguments.text(0), try arguments.text(1))
    let replacement = try arguments.text(2)
    let limit = arguments.values.count > 3 ? try arguments.int(3) : -1
    let places = text.utf8.count / max(1, part.utf8.count) + 1
    try meter.spend(text.utf8.count)
    let made = places.multipliedReportingOverflow(by: replacement.utf8.count)
    try meter.spend(made.overflow ? .max : made.partialValue)
    return .text(TextLibrary.replace(text, part, with: replacement, limit: limit))
  }

  // MARK: Pieces

  private static let pieces: [CELOverload] = [
    .method(.string, "split", [.string], .list(.string), body: split),
    .method(.string, "split", [.string, .int], .list(.string), body: split),
    .method(.list(.string), "join", [], .string, body: join),
    .method(.list(.string), "join", [.string], .string, body: join),
  ]

  private static let split: CELOverload.Body = { arguments, meter throws(CELError) in
    let (text, separator) = (try arguments.text(0), try arguments.text(1))
    let limit = arguments.values.count > 2 ? try arguments.int(2) : -1
    try meter.spend(text.utf8.count)
    let parts = TextLibrary.split(text, separator, limit: limit)
    return .list(parts.map { .text($0) })
  }

  private static let join: CELOverload.Body = { arguments, meter throws(CELError) in
    let separator = arguments.values.count > 1 ? try arguments.text(1) : ""
    var texts: [String] = []
    for value in try arguments.list(0) {
      guard case .text(let text) = value else {
        throw .noSuchOverload("join", ["list", value.typeName])
      }
      try meter.spend(text.utf8.count + separator.utf8.count + 1)
      texts.append(text)
    }
    return .text(TextLibrary.join(texts, separator))
  }
}
