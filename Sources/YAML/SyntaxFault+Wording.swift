import Diagnostics

extension SyntaxFault {
  /// The fault in the words of whoever wrote the file.
  func diagnostic(in source: SourceText) -> Diagnostic {
    let bytes = source.bytes
    let offset = min(self.offset, max(0, bytes.count - 1))
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "\t") {
      return Diagnostic(
        .tab, "a tab stands where only spaces may", at: offset..<offset + 1,
        help: "indent with spaces")
    }
    if let start = unquotedTemplate(in: source) {
      return TreeBuilder.unquotedTemplate(at: start..<start + 2)
    }
    let words = self.words(in: source)
    return Diagnostic(
      .syntax, words.message, at: words.place ?? self.offset..<min(self.offset + 1, bytes.count),
      help: words.help)
  }

  private typealias Wording = (message: String, help: String?, place: Range<Int>?)

  private func words(in source: SourceText) -> Wording {
    switch problem {
    case "mapping values are not allowed in this context": colon(in: source)
    case "found character that cannot start any token": strangeBeginning(in: source)
    case "did not find expected alphabetic or numeric character":
      (
        "a text cannot begin with `\(source.text(in: contextOffset..<contextOffset + 1))`",
        "remove it, or put quotes around the whole text", contextOffset..<contextOffset + 1
      )
    case "did not find expected comment or line break":
      (
        "nothing may stand behind `\(source.text(in: contextOffset..<contextOffset + 1))` on its line",
        "begin the text on the next line, indented", nil
      )
    case "could not find expected ':'": lineWithoutKey(in: source)
    case "did not find expected key", "did not find expected '-' indicator",
      "block sequence entries are not allowed in this context",
      "did not find expected <document start>":
      behindQuote(in: source) ?? Self.misfit
    case "did not find expected ',' or ']'": openBracket("[", "]", in: source)
    case "did not find expected ',' or '}'": openBracket("{", "}", in: source)
    case "found unexpected end of stream":
      (
        "this quote is never closed", "put the same quote where the text ends",
        contextOffset..<contextOffset + 1
      )
    case "control characters are not allowed":
      ("a control character stands here", "remove it", nil)
    default:
      (
        problem + (context.isEmpty ? "" : " (\(context))"),
        "put quotes around the text, if it is one", nil
      )
    }
  }

  private static let misfit: Wording = (
    "the line does not fit what is around it",
    "each key stands as `key: value`, in line with its neighbours; "
      + "quotes are balanced and reach around the whole text",
    nil
  )

  // MARK: What people mean

  private func colon(in source: SourceText) -> Wording {
    let line = source.lineRange(source.position(of: offset).line)
    let before = source.text(in: line.lowerBound..<offset)
    let word = before.drop { $0 == " " }
    let isInCall = before.count(where: { $0 == "(" }) > before.count(where: { $0 == ")" })
    if isInCall, !before.contains("?") {
      return ("`: ` cannot stand in a call", "write `=` in its place, as in `after = 60d`", nil)
    }
    if !word.isEmpty, word.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) {
      let start = offset - word.utf8.count
      return (
        "`\(word)` stands further right than the line above allows",
        "let it begin where the keys beside it begin", start..<offset
      )
    }
    let quotes = "put quotes around the whole text"
    let inner = before.firstRange(of: ": ").map { before[$0.upperBound...].drop { $0 == " " } }
    let isKey = inner.map { !$0.isEmpty && $0.allSatisfy { $0.isLowercase || $0 == "_" } } ?? false
    return (
      "`: ` cannot stand inside a text without quotes",
      isKey ? "\(quotes); if `\(inner ?? "")` is a key, begin it on the next line" : quotes, nil
    )
  }

  private func strangeBeginning(in source: SourceText) -> Wording {
    let first = source.text(in: offset..<offset + 1)
    let help =
      switch first {
      case "`": "leave it out, at the end too"
      case "%": "write the sign behind its number, as in `20%`; or put quotes around the whole text"
      default: "put quotes around the whole text"
      }
    return ("a text cannot begin with `\(first)`", help, nil)
  }

  /// The line that should be a key, which libyaml notices only where the next one begins.
  private func lineWithoutKey(in source: SourceText) -> Wording {
    let line = source.lineRange(source.position(of: contextOffset).line)
    let place = contextOffset..<max(contextOffset + 1, line.upperBound)
    let text = source.text(in: place)
    guard let first = text.first, first.isLetter else { return Self.misfit }
    let hasColon = text.prefix { $0 != " " }.contains(":")
    return (
      "this line is no `key: value`",
      hasColon
        ? "put a space behind the colon"
        : "put `: ` behind its key, or `- ` in front if it belongs to a list", place
    )
  }

  /// `"active" == customer.status`: YAML takes the quotes for those of the whole text.
  private func behindQuote(in source: SourceText) -> Wording? {
    let line = source.lineRange(source.position(of: min(offset, source.bytes.count)).line)
    guard offset <= line.upperBound,
      let last = source.text(in: line.lowerBound..<offset).last(where: { $0 != " " }),
      last == "\"" || last == "'"
    else { return nil }
    let other = last == "\"" ? "'" : "\""
    return (
      "the text goes on behind its closing quote",
      "put \(other) around the whole text, so that \(last) is part of it", nil
    )
  }

  private func openBracket(_ open: String, _ close: String, in source: SourceText) -> Wording {
    if offset < source.bytes.count, source.bytes[offset] == UInt8(ascii: "[") {
      return (
        "`[` cannot stand in a text between brackets without quotes",
        "put quotes around the text, or write each key on a line of its own", nil
      )
    }
    if let comment = comment(behind: contextOffset, in: source) {
      return (
        "from ` #` on this is a comment, and `\(close)` is part of it",
        "put quotes around the text with the `#`", comment
      )
    }
    if source.position(of: contextOffset).line == source.position(of: offset).line {
      return (
        "a comma or `\(close)` is missing before this place",
        "put commas between the parts, and quotes around a text that has some", nil
      )
    }
    return (
      "this `\(open)` is never closed", "put `\(close)` where it ends",
      contextOffset..<contextOffset + 1
    )
  }

  /// The comment that takes the rest of a bracket's line away.
  private func comment(behind bracket: Int, in source: SourceText) -> Range<Int>? {
    let line = source.lineRange(source.position(of: bracket).line)
    let rest = source.bytes[bracket..<line.upperBound]
    guard let sign = rest.firstRange(of: Array(" #".utf8)),
      rest[sign.upperBound...].contains(where: { $0 == 0x5D || $0 == 0x7D })
    else { return nil }
    return sign.upperBound - 1..<line.upperBound
  }

  /// Where a text begins with `{{`, if that is what went wrong.
  private func unquotedTemplate(in source: SourceText) -> Int? {
    guard problem.contains("expected") else { return nil }
    for offset in [offset, contextOffset] {
      let line = source.lineRange(source.position(of: offset).line)
      for opening in [": {{", "- {{"] {
        if let found = source.bytes[line].firstRange(of: Array(opening.utf8)) {
          return found.upperBound - 2
        }
      }
    }
    return nil
  }
}
