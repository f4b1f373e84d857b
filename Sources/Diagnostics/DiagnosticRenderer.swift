/// Renders diagnostics for a terminal: place, code, sentence, line, caret, one fix.
package enum DiagnosticRenderer {
  /// Renders one diagnostic, without a trailing newline.
  package static func text(_ diagnostic: Diagnostic, in source: SourceText) -> String {
    let (line, column) = source.position(of: diagnostic.span.lowerBound)
    let range = source.lineRange(line)
    let text = source.text(in: range)
    let gutter = String(repeating: " ", count: String(line).count)
    let marked = source.text(in: diagnostic.span.clamped(to: range))
    let (before, shown) = excerpt(of: text, around: column - 1, marked.count)
    // A tab stays a tab in the indent, so that the caret stands under what it means.
    let indent = before.map { $0 == "\t" ? "\t" : spaces($0.columns) }.joined()
    let columns = marked.reduce(0) { $0 + $1.columns }
    let underline = String(
      repeating: "^", count: max(1, min(columns, shown.count - before.count)))

    var output = """
      \(source.path):\(line):\(column): \(diagnostic.severity.rawValue)[\(diagnostic.code.name)]: \
      \(diagnostic.message)
      \(gutter) |
      \(line) | \(shown)
      \(gutter) | \(indent)\(underline)
      """
    if let help = diagnostic.help {
      output += "\n\(gutter) = help: \(help)"
    }
    return output
  }

  /// The widest line that is shown whole.
  private static let widest = 160

  /// Of a long line the part around what is marked; `before` is what stands in front of that.
  private static func excerpt(
    of line: String, around start: Int, _ count: Int
  ) -> (before: String, shown: String) {
    guard line.count > widest else { return (String(line.prefix(start)), line) }
    let first = max(0, min(start - widest / 2, line.count - widest))
    let part = line.dropFirst(first)
    let opening = first > 0 ? "…" : ""
    let closing = part.count > widest ? "…" : ""
    return (
      opening + part.prefix(start - first), opening + part.prefix(widest) + closing
    )
  }

  private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}

extension Character {
  /// How many columns of a terminal the character takes; East Asian ones and emoji take two.
  fileprivate var columns: Int {
    guard let first = unicodeScalars.first else { return 0 }
    if first.properties.isEmojiPresentation { return 2 }
    return switch first.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}
