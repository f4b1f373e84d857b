extension DiagnosticRenderer {
  /// Renders diagnostics as a SARIF 2.1.0 log, for code scanning and editors.
  ///
  /// Columns count UTF-16 code units. Paths below the current folder are relative to `%SRCROOT%`.
  /// `documentation` is the address under which `docs/errors` is published; without one the rules
  /// have no help pages.
  package static func sarif(
    _ reports: [FileDiagnostics], version: String, documentation: String? = nil
  ) -> String {
    let codes = Set(reports.flatMap(\.diagnostics).map(\.code)).sorted { $0.name < $1.name }
    let places = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1, $0) })
    let driver = jsonObject([
      "name": jsonString("bellwether"), "semanticVersion": jsonString(version),
      "rules": jsonArray(codes.map { rule($0, documentation) }),
    ])
    let results = reports.flatMap { report in
      report.diagnostics.map { result($0, in: report.source, rule: places[$0.code]) }
    }
    let run = jsonObject([
      "tool": jsonObject(["driver": driver]), "columnKind": jsonString("utf16CodeUnits"),
      "results": jsonArray(results),
    ])
    return jsonObject([
      "$schema": jsonString("https://json.schemastore.org/sarif-2.1.0.json"),
      "version": jsonString("2.1.0"), "runs": jsonArray([run]),
    ])
  }

  private static func rule(_ code: Diagnostic.Code, _ documentation: String?) -> String {
    jsonObject([
      "id": jsonString(code.name),
      "shortDescription": code.title.map { jsonObject(["text": jsonString($0)]) },
      "helpUri": documentation.map { jsonString("\($0)/\(code.name).md") },
    ])
  }

  private static func result(
    _ diagnostic: Diagnostic, in source: SourceText, rule: Int?
  ) -> String {
    let start = source.utf16Position(of: diagnostic.span.lowerBound)
    let end = source.utf16Position(of: diagnostic.span.upperBound)
    let text = diagnostic.message + (diagnostic.help.map { "\nhelp: \($0)" } ?? "")
    let region = jsonObject([
      "startLine": "\(start.line)", "startColumn": "\(start.column)",
      "endLine": "\(end.line)", "endColumn": "\(end.column)",
    ])
    let place = jsonObject([
      "artifactLocation": artifact(source.path), "region": region,
    ])
    return jsonObject([
      "ruleId": jsonString(diagnostic.code.name), "ruleIndex": rule.map(String.init),
      "level": jsonString(diagnostic.severity.rawValue),
      "message": jsonObject(["text": jsonString(text)]),
      "locations": jsonArray([jsonObject(["physicalLocation": place])]),
    ])
  }

  /// A file by its address: relative to the root of the sources, or where it is on this machine.
  private static func artifact(_ path: String) -> String {
    if path.utf8.first == UInt8(ascii: "/") {
      return jsonObject(["uri": jsonString("file://" + percentEncoded(path))])
    }
    return jsonObject([
      "uri": jsonString(percentEncoded(path)), "uriBaseId": jsonString("%SRCROOT%"),
    ])
  }

  /// A path as part of an address (RFC 3986); a colon would make its first part a scheme.
  private static func percentEncoded(_ path: String) -> String {
    path.utf8.reduce(into: "") { encoded, byte in
      let scalar = Unicode.Scalar(byte)
      if scalar.isASCII,
        scalar.properties.isAlphabetic || "0123456789-._~/".contains(Character(scalar))
      {
        encoded.unicodeScalars.append(scalar)
      } else {
        let hex = String(byte, radix: 16, uppercase: true)
        encoded += "%" + (hex.count == 1 ? "0" : "") + hex
      }
    }
  }
}
