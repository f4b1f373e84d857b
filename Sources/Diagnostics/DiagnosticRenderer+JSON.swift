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
    return "{\"errors\":\(errors),\"warnings\":\(all.count - errors),\"diagnostics\":["
      + entries.joined(separator: ",") + "]}"
  }

  private static func json(_ diagnostic: Diagnostic, in source: SourceText) -> String {
    let start = source.position(of: diagnostic.span.lowerBound)
    let end = source.position(of: diagnostic.span.upperBound)
    var members = [
      "\"file\":" + quoted(source.path), "\"line\":\(start.line)", "\"column\":\(start.column)",
      "\"endLine\":\(end.line)", "\"endColumn\":\(end.column)",
      "\"severity\":" + quoted(diagnostic.severity.rawValue),
      "\"code\":" + quoted(diagnostic.code.name), "\"message\":" + quoted(diagnostic.message),
    ]
    if let help = diagnostic.help { members.append("\"help\":" + quoted(help)) }
    return "{" + members.joined(separator: ",") + "}"
  }

  private static func quoted(_ text: String) -> String { "\"" + jsonEscaped(text) + "\"" }
}
