/// Renders diagnostics for a terminal: place, code, sentence, line, caret, one fix.
package enum DiagnosticRenderer {
  /// Renders one diagnostic, without a trailing newline.
  package static func text(_ diagnostic: Diagnostic, in source: SourceText) -> String {
    let (line, column) = source.position(of: diagnostic.span.lowerBound)
    let range = source.lineRange(line)
    let text = source.text(in: range)
    let gutter = String(repeating: " ", count: String(line).count)
    // A tab stays a tab in the indent, so that the caret stands under what it means.
    let indent = String(text.prefix(column - 1).map { $0 == "\t" ? "\t" : " " })
    let marked = source.text(in: diagnostic.span.clamped(to: range))
    let underline = String(repeating: "^", count: max(1, marked.count))

    var output = """
      \(source.path):\(line):\(column): \(diagnostic.severity.rawValue)[\(diagnostic.code.name)]: \
      \(diagnostic.message)
      \(gutter) |
      \(line) | \(text)
      \(gutter) | \(indent)\(underline)
      """
    if let help = diagnostic.help {
      output += "\n\(gutter) = help: \(help)"
    }
    return output
  }
}
