extension DiagnosticRenderer {
  /// Renders diagnostics as one JSON object, for machines.
  ///
  /// `{"errors":1,"warnings":0,"diagnostics":[{"file","line","column","endLine","endColumn",
  /// "severity","code","message","help"}]}`; lines and columns count from 1, in characters.
  package static func json(_ reports: [FileDiagnostics]) -> String {
    let entries = reports.flatMap { report in
      report.diagnostics.map { json($0, in: report.source) }
    }
    let all = reports.flatMap(\.diagnostics)
    let errors = all.count { $0.severity == .error }
    return jsonObject([
      "errors": "\(errors)", "warnings": "\(all.count - errors)",
      "diagnostics": jsonArray(entries),
    ])
  }

  private static func json(_ diagnostic: Diagnostic, in source: SourceText) -> String {
    let start = source.position(of: diagnostic.span.lowerBound)
    let end = source.position(of: diagnostic.span.upperBound)
    return jsonObject([
      "file": jsonString(source.path), "line": "\(start.line)", "column": "\(start.column)",
      "endLine": "\(end.line)", "endColumn": "\(end.column)",
      "severity": jsonString(diagnostic.severity.rawValue),
      "code": jsonString(diagnostic.code.name), "message": jsonString(diagnostic.message),
      "help": diagnostic.help.map(jsonString),
    ])
  }
}
