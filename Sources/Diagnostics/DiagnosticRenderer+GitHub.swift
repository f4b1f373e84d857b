extension DiagnosticRenderer {
  /// Renders diagnostics as workflow commands, which GitHub shows beside the lines of a change.
  ///
  /// `::error file=rules/a.yaml,line=3,col=7,endLine=3,endColumn=9,title=E0412::message`, a line
  /// each. Columns stand there only where the end is on the same line, as GitHub wants it.
  package static func github(_ reports: [FileDiagnostics]) -> String {
    reports.flatMap { report in
      report.diagnostics.map { github($0, in: report.source) + "\n" }
    }.joined()
  }

  private static func github(_ diagnostic: Diagnostic, in source: SourceText) -> String {
    let start = source.utf16Position(of: diagnostic.span.lowerBound)
    let end = source.utf16Position(of: diagnostic.span.upperBound)
    var properties = [("file", source.path), ("line", "\(start.line)")]
    if start.line == end.line { properties.append(("col", "\(start.column)")) }
    properties.append(("endLine", "\(end.line)"))
    if start.line == end.line { properties.append(("endColumn", "\(end.column)")) }
    properties.append(("title", diagnostic.code.name))
    let written = properties.map { "\($0)=\(escaped($1, ":,"))" }.joined(separator: ",")
    let message = diagnostic.message + (diagnostic.help.map { "\nhelp: \($0)" } ?? "")
    return "::\(diagnostic.severity.rawValue) \(written)::\(escaped(message))"
  }

  /// Percent-encodes what would end a line, or some other special character.
  private static func escaped(_ text: String, _ special: String = "") -> String {
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      if "%\r\n".unicodeScalars.contains(scalar) || special.unicodeScalars.contains(scalar) {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        escaped += "%" + (hex.count == 1 ? "0" : "") + hex
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
  }
}
