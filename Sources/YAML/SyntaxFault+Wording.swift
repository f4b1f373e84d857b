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
      .syntax, words.message, at: self.offset..<min(self.offset + 1, bytes.count),
      help: words.help)
  }

  private func words(in source: SourceText) -> (message: String, help: String?) {
    let openLine = source.position(of: contextOffset).line
    switch problem {
    case "mapping values are not allowed in this context":
      return (
        "`: ` cannot stand inside a text without quotes",
        "put quotes around the whole text; or check the indentation of this line"
      )
    case "found character that cannot start any token":
      return (
        "a text cannot begin with `\(source.text(in: offset..<offset + 1))`",
        "put quotes around the whole text"
      )
    case "did not find expected key", "did not find expected '-' indicator",
      "could not find expected ':'", "block sequence entries are not allowed in this context",
      "did not find expected <document start>":
      return (
        "the line does not fit what is around it",
        "each key stands as `key: value`, in line with its neighbours; "
          + "quotes are balanced and reach around the whole text"
      )
    case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
      guard offset >= source.bytes.count || source.bytes[offset] != UInt8(ascii: "[") else {
        return (
          "`[` cannot stand in a text between brackets without quotes",
          "put quotes around the text, or write each key on a line of its own"
        )
      }
      let opening = problem.hasSuffix("']'") ? "[" : "{"
      return ("the `\(opening)` of line \(openLine) is not closed before this place", nil)
    case "found unexpected end of stream":
      return ("the quote of line \(openLine) is never closed", nil)
    case "control characters are not allowed":
      return ("a control character stands here", "remove it")
    default:
      return (problem + (context.isEmpty ? "" : " (\(context))"), nil)
    }
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
